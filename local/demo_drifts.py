"""Drifts that alice makes, and what becomes of each: the rules as they were, an incident with her name, an alert.

Promises: `drift` measures from the return of alice's last call to the first reading, by somebody else than Holdfast,
that shows exactly the rules and tags from before; it raises `DidNotHold` where that does not come about.
"""

import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import boto3

from local.demo_calls import Calls
from local.demo_stage import USER, Alert, DidNotHold, OnCall, Stack

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef, IpPermissionTypeDef, SecurityGroupRuleRequestTypeDef

ANYWHERE: Final = "0.0.0.0/0"
_POLL_SECONDS: Final = 0.02
_PATIENCE: Final = 60.0
"""Seconds after which a drift counts as not restored; what only closes something may wait 15 s on a contended group."""


class Drift(NamedTuple):
    """`group` is a security group's `holdfast:name`; `make` does it, given EC2 as alice and the group's id."""

    words: str
    group: str
    make: Callable[["EC2Client", str], object]


class Restored(NamedTuple):
    """`incident` as its table has it; `alert` is None where on-call was told of the same drift before."""

    seconds: float
    incident: dict[str, Any]
    alert: Alert | None
    reads: int
    writes: int


class Scene(NamedTuple):
    """All that it takes to make a drift and to watch it."""

    stack: Stack
    environment: str
    alice: "EC2Client"
    on_call: OnCall
    calls: Calls
    root: "EC2Client"

    def drift(self, drift: Drift) -> Restored:
        """Let alice make `drift`, and follow it until on-call has read of it."""
        group = self._group(drift.group)
        promised, began = self._state(group), time.time()
        self.calls.newly_restoring(group)
        drift.make(self.alice, group)
        returned = time.monotonic()
        until(f"the rules of {drift.group} are as promised", lambda: self._state(group) == promised)
        seconds = time.monotonic() - returned
        incident = until(f"an incident of {drift.group} is closed", lambda: self._incident(group, began))
        if not any(actor["arn"].endswith(f":user/{USER}") for actor in incident["actors"]):
            raise DidNotHold(f"incident {incident['id']} does not name {USER}, but {incident['actors']}")
        alert = None if incident["folded"] else self._alert(incident)
        calls = self.calls.newly_restoring(group)
        reads = sum(call.reads for call in calls)
        return Restored(seconds, incident, alert, reads, len(calls) - reads)

    def _group(self, name: str) -> str:
        tags = {"holdfast:environment": self.environment, "holdfast:name": name}
        filters: list[FilterTypeDef] = [{"Name": f"tag:{key}", "Values": [value]} for key, value in tags.items()]
        (group,) = self.root.describe_security_groups(Filters=filters)["SecurityGroups"]
        return group["GroupId"]

    def _state(self, group: str) -> frozenset[tuple[object, ...]]:
        """Every rule and every tag of ours that the group has."""
        (found,) = self.root.describe_security_groups(GroupIds=[group])["SecurityGroups"]
        tags = ((tag["Key"], tag["Value"]) for tag in found.get("Tags", []) if tag["Key"].startswith("holdfast:"))
        inward, outward = found["IpPermissions"], found["IpPermissionsEgress"]
        return frozenset([*tags, *_rules("in", inward), *_rules("out", outward)])

    def _incident(self, group: str, since: float) -> dict[str, Any] | None:
        """The group's newest incident, once it is closed. Ids begin with the environment and the time."""
        began = datetime.fromtimestamp(since, UTC)
        found = boto3.client("dynamodb").query(
            TableName=self.stack.outputs["IncidentsTableName"],
            KeyConditionExpression="environment = :environment AND id BETWEEN :since AND :end",
            ExpressionAttributeValues={
                ":environment": {"S": self.environment},
                ":since": {"S": f"{self.environment}-{began:%Y%m%dT%H%M%S}.{began.microsecond // 1000:03d}"},
                ":end": {"S": f"{self.environment}-9999"},
            },
        )["Items"]
        ours = [json.loads(item["incident"]["S"]) for item in found if item["physical_id"]["S"] == group]
        return next((incident for incident in reversed(ours) if incident["restored_at"]), None)

    def _alert(self, incident: dict[str, Any]) -> Alert:
        alert = until(f"on-call reads of incident {incident['id']}", lambda: self.on_call.told(incident["id"]))
        wanted = (incident["id"], incident["physical_id"], incident["state"], incident["actors"][0]["arn"])
        if missing := [word for word in wanted if word not in alert.text]:
            raise DidNotHold(f"the alert of {incident['id']} does not say {', '.join(missing)}")
        return alert


def _rules(way: str, permissions: Any) -> Iterator[tuple[object, ...]]:
    for one in permissions:
        ports = (way, one["IpProtocol"], one.get("FromPort"), one.get("ToPort"))
        for peers, peer in (
            ("IpRanges", "CidrIp"),
            ("Ipv6Ranges", "CidrIpv6"),
            ("PrefixListIds", "PrefixListId"),
            ("UserIdGroupPairs", "GroupId"),
        ):
            yield from ((*ports, each[peer]) for each in one.get(peers, []))


def until[T](what: str, look: Callable[[], T | None]) -> T:
    """The first answer of `look` that is true; raises `DidNotHold` if there is none in time."""
    deadline = time.monotonic() + _PATIENCE
    while not (answer := look()):
        if time.monotonic() > deadline:
            raise DidNotHold(f"{what}: not within {_PATIENCE:.0f} s")
        time.sleep(_POLL_SECONDS)
    return answer


def _rule(protocol: str, *peers: str, port: int | None = None) -> list["IpPermissionTypeDef"]:
    rule: IpPermissionTypeDef = {
        "IpProtocol": protocol,
        "IpRanges": [{"CidrIp": peer} for peer in peers if "." in peer],
        "Ipv6Ranges": [{"CidrIpv6": peer} for peer in peers if ":" in peer],
    }
    return [rule if port is None else {**rule, "FromPort": port, "ToPort": port}]


def _widen_the_way_out(ec2: "EC2Client", group: str) -> None:
    rules = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    way_out = next(rule["SecurityGroupRuleId"] for rule in rules if rule.get("CidrIpv4") == ANYWHERE)
    everything: SecurityGroupRuleRequestTypeDef = {
        "IpProtocol": "-1",
        "FromPort": -1,
        "ToPort": -1,
        "CidrIpv4": ANYWHERE,
    }
    ec2.modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[{"SecurityGroupRuleId": way_out, "SecurityGroupRule": everything}],
    )


def _strip_and_open(ec2: "EC2Client", group: str) -> None:
    ec2.delete_tags(Resources=[group], Tags=[{"Key": f"holdfast:{key}"} for key in ("environment", "layer", "name")])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=_rule("tcp", ANYWHERE, port=3389))


DRIFTS: Final = (
    Drift(
        "opens SSH of the load balancer to the world",
        "alb",
        lambda ec2, group: ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=_rule("tcp", ANYWHERE, port=22)
        ),
    ),
    Drift(
        "opens the database to 10.0.0.0/8, and to all of IPv6",
        "database",
        lambda ec2, group: ec2.authorize_security_group_ingress(
            GroupId=group, IpPermissions=_rule("tcp", "10.0.0.0/8", "::/0", port=5432)
        ),
    ),
    Drift(
        "lets the file system open connections to everywhere",
        "file_system",
        lambda ec2, group: ec2.authorize_security_group_egress(GroupId=group, IpPermissions=_rule("-1", ANYWHERE)),
    ),
    Drift("rewrites a rule in place: all ports instead of one", "kubernetes", _widen_the_way_out),
    Drift("strips the tags that say whose it is, then opens RDP", "control_plane", _strip_and_open),
    Drift(
        "opens the VPC's default group",
        "default_security_group",
        lambda ec2, group: ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=_rule("-1", ANYWHERE)),
    ),
    Drift(
        "takes HTTPS away from the load balancer",
        "alb",
        lambda ec2, group: ec2.revoke_security_group_ingress(
            GroupId=group, IpPermissions=_rule("tcp", ANYWHERE, port=443)
        ),
    ),
)
