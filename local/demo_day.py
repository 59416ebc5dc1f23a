"""A day on call: drifts of every kind that bob, an administrator, makes by hand, and what Holdfast does about each.

Promises: bob calls plain AWS and the guard function as any administrator would; every line that says `restored` was
read from an incident that Holdfast closed after reading back; `DidNotHold` is raised where that does not come about.
"""

import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final, NamedTuple

import boto3
from rich.console import Console

from local.demo_drifts import until
from local.demo_stage import DidNotHold, OnCall, Stack

type Json = dict[str, Any]

APART: Final = 1.2
"""Seconds after which a drift of a resource is an incident of its own."""


class Day(NamedTuple):
    """``bob`` makes clients for a service, with his own key."""

    stack: Stack
    environment: str
    bob: Callable[[str], Any]
    on_call: OnCall

    def id(self, path: str) -> str:
        return self.physical(path)["id"]

    def physical(self, path: str) -> Mapping[str, str]:
        """What AWS calls a resource, by its place in the manifest."""
        key = {"environment": {"S": self.environment}, "path": {"S": path}}
        table = self.stack.outputs["ManifestTableName"]
        item = boto3.client("dynamodb").get_item(TableName=table, Key=key)["Item"]
        physical: dict[str, str] = json.loads(item["physical"]["S"])
        return physical

    def incident(self, path: str, concern: str, since: float, states: tuple[str, ...]) -> Json:
        """The newest incident of a resource that was opened `since`, once its state is one of `states`."""

        def look() -> Json | None:
            found = [
                one
                for one in self.guard(action="list", environment=self.environment)["incidents"]
                if (one["resource"], one["concern"]) == (path, concern) and one["opened_at"] >= since
            ]
            return next((one for one in found if one["state"] in states), None)

        return until(f"an incident of {path} is {' or '.join(states)}", look)

    def told(self, incident: Json) -> str:
        """The subject that on-call reads of an incident in its present state."""
        identity, state = incident["id"], incident["state"]

        def look() -> str | None:
            self.on_call.told(identity)
            alerts = (one for one in self.on_call.read if identity in one.text)
            return next((one.title for one in alerts if one.attributes["state"] == state), None)

        return until(f"on-call reads that {identity} is {state}", look)

    def guard(self, **order: Any) -> Json:
        """Ask the guard function, as `aws lambda invoke` does."""
        function = self.stack.outputs["GuardFunctionArn"]
        answer = self.bob("lambda").invoke(FunctionName=function, Payload=json.dumps(order))
        told: Json = json.loads(answer["Payload"].read())
        if "errorMessage" in told:
            raise DidNotHold(f"the guard refused {order}: {told['errorMessage']}")
        return told


class Moment(NamedTuple):
    """One drift: what bob does, in words and in calls, and the resource and concern that hold against it."""

    words: str
    path: str
    concern: str
    make: Callable[[Day], object]


def whole(day: Day, console: Console) -> int:
    """The day from morning to evening; how many drifts it had."""
    for moment in MOMENTS:
        console.print(f"\n   bob {moment.words}")
        with console.status("watching"):
            began = time.time()
            moment.make(day)
            incident = day.incident(moment.path, moment.concern, began, ("restored",))
        _tell(day, incident, console)
    special = (_observed, _excepted, _undone, _contended, _swept)
    for scene in special:
        scene(day, console)
    return len(MOMENTS) + len(special)


def _tell(day: Day, incident: Json, console: Console) -> None:
    """What became of it, as it reads once on-call was told: by then CloudTrail has said who it was."""
    subject = day.told(incident)
    known = day.guard(action="list", environment=day.environment)["incidents"]
    incident = next(one for one in known if one["id"] == incident["id"])
    who = ", ".join(sorted({actor["arn"].rpartition("/")[2] for actor in incident["actors"]})) or "nobody known"
    calls = "; ".join(incident["calls"]) or "none"
    seconds = incident["restored_at"] - incident["opened_at"]
    style = "green" if incident["state"] == "restored" else "yellow"
    done = f" in {seconds:.2f} s" if incident["restored_at"] else ""
    console.print(
        f"   [bold {style}]{incident['state']}[/]{done} by {incident['concern']}, was by {who}", soft_wrap=True
    )
    console.print(f"   calls: {calls}", markup=False, soft_wrap=True)
    console.print(f"   on-call: {subject}", markup=False, soft_wrap=True)


def _in(**later: float) -> str:
    return (datetime.now(UTC) + timedelta(**later)).isoformat()


def _retention(day: Day, days: int) -> None:
    group = day.id("logs/containers_application")
    day.bob("logs").put_retention_policy(logGroupName=group, retentionInDays=days)


def _open(day: Day, port: int) -> None:
    permission = {"IpProtocol": "tcp", "FromPort": port, "ToPort": port, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = day.id("security_groups/alb")
    day.bob("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])


def _off_the_load_balancer(day: Day) -> None:
    day.bob("wafv2").disassociate_web_acl(ResourceArn=day.id("waf/web_acl_association"))


def _observed(day: Day, console: Console) -> None:
    console.print("\n   bob has [bold]waf[/] observed only, for an hour, and takes the web ACL off the load balancer")
    order: Json = {"action": "guard", "environment": day.environment, "concern": "waf"}
    day.guard(**order, mode="observe", until=_in(hours=1), reason="tuning the rules")
    began, path = time.time(), "waf/web_acl_association"
    _off_the_load_balancer(day)
    _tell(day, day.incident(path, "waf", began, ("observed",)), console)
    console.print("   and has it enforced again")
    day.guard(**order, mode="enforce", reason="done")
    _tell(day, day.incident(path, "waf", began, ("restored",)), console)


def _excepted(day: Day, console: Console) -> None:
    console.print("\n   bob lets application logs be kept for a day only; it is put back; he has that value excepted")
    began, path = time.time(), "logs/containers_application"
    _retention(day, 1)
    incident = day.incident(path, "logging", began, ("restored",))
    _tell(day, incident, console)
    order = {"owner": "bob", "reason": "a test of the log pipeline", "until": _in(days=2)}
    day.guard(action="except", incident=incident["id"], **order)
    time.sleep(APART)
    _retention(day, 1)
    _tell(day, day.incident(path, "logging", incident["opened_at"] + APART, ("excepted",)), console)
    day.guard(action="withdraw", environment=day.environment, resource=path, reason="the test is over")
    _tell(day, day.incident(path, "logging", incident["opened_at"] + APART, ("restored",)), console)


def _undone(day: Day, console: Console) -> None:
    console.print("\n   bob opens port 8080 of the load balancer; it is closed; he asks to have that undone")
    began, path = time.time(), "security_groups/alb"
    _open(day, 8080)
    incident = day.incident(path, "security_groups", began, ("restored",))
    _tell(day, incident, console)
    time.sleep(APART)
    day.guard(action="undo", incident=incident["id"], reason="it was meant")
    excepted = day.incident(path, "security_groups", incident["opened_at"] + APART, ("excepted",))
    console.print(f"   [bold yellow]excepted[/]: {excepted['why']}", soft_wrap=True)
    day.guard(action="withdraw", environment=day.environment, resource=path, reason="the day is over")


def _contended(day: Day, console: Console) -> None:
    console.print("\n   bob opens SSH of the database, again and again")
    began, path, rules = time.time(), "security_groups/database", "security_groups"
    permission = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
    group = day.id(path)
    for _ in range(7):
        day.bob("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=[permission])
        until("it is closed", lambda: not _is_open(group))
        time.sleep(APART / 2)
    _tell(day, day.incident(path, rules, began, ("contended",)), console)


def _is_open(group: str) -> bool:
    (found,) = boto3.client("ec2").describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return any(one.get("FromPort") == 22 for one in found["IpPermissions"])


def _swept(day: Day, console: Console) -> None:
    console.print(
        "\n   the rules that hear of the WAF are switched off, and bob takes the web ACL off the load balancer"
    )
    rules = [name for part, name in day.stack.parts.items() if part in {"WafCalls", "WafPictures", "WafCompliance"}]
    events, began, path = day.bob("events"), time.time(), "waf/web_acl_association"
    try:
        for rule in rules:
            events.disable_rule(Name=rule)
        _off_the_load_balancer(day)
        console.print("   no event comes; the sweep looks (every 15 minutes, here started by hand)")
        machine, order = day.stack.outputs["SweepStateMachineArn"], json.dumps({"name": day.environment})
        boto3.client("stepfunctions").start_execution(stateMachineArn=machine, input=order)
        _tell(day, day.incident(path, "waf", began, ("restored",)), console)
    finally:
        for rule in rules:
            events.enable_rule(Name=rule)


MOMENTS: Final = (
    Moment(
        "opens SSH of the load balancer to the world",
        "security_groups/alb",
        "security_groups",
        lambda day: _open(day, 22),
    ),
    Moment("takes the web ACL off the load balancer", "waf/web_acl_association", "waf", _off_the_load_balancer),
    Moment(
        "lifts the public access block of the data bucket",
        "object_storage/data_bucket",
        "exposure",
        lambda day: day.bob("s3").delete_public_access_block(Bucket=day.id("object_storage/data_bucket")),
    ),
    Moment(
        "disables the data key",
        "keys/data",
        "encryption",
        lambda day: day.bob("kms").disable_key(KeyId=day.id("keys/data")),
    ),
    Moment(
        "deletes the way out of a private subnet",
        "egress/default_route_1",
        "network",
        lambda day: day.bob("ec2").delete_route(
            RouteTableId=day.id("network/private_route_table_1"), DestinationCidrBlock="0.0.0.0/0"
        ),
    ),
    Moment(
        "makes the application an administrator",
        "workloads/application",
        "identity",
        lambda day: day.bob("iam").attach_role_policy(
            RoleName=day.id("workloads/application"), PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
        ),
    ),
    Moment(
        "suspends the launches of an Auto Scaling group",
        "ingress/general_scaling",
        "autoscaling",
        lambda day: day.bob("autoscaling").suspend_processes(
            AutoScalingGroupName=day.id("ingress/general_scaling"), ScalingProcesses=["Launch"]
        ),
    ),
)
