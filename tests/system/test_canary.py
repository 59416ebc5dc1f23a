"""The canary sings, is silenced by the same way as any drift, and on-call reads nothing of it unless it is not.

And it fails where what Holdfast hears by is off.

What fails here is mended in section 8 of template.yaml, state_machines/canary.asl.yaml, functions/sing and listen.
"""

import json
from typing import TYPE_CHECKING

import pytest

from holdfast.core.canary import PATH
from tests.support.acting import acting
from tests.support.cloud import Application, root
from tests.support.environments import Environment, rules
from tests.support.oncall import OnCall
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_stepfunctions import SFNClient

REFUSED = "UnauthorizedOperation"


def test_a_canary_is_restored_in_time_and_pages_nobody(standing: Environment, called: OnCall) -> None:
    states: SFNClient = root.client("stepfunctions")
    group, machine = standing.groups["canary"], standing.application.outputs["CanaryStateMachineArn"]
    arn = states.start_execution(stateMachineArn=machine, input=json.dumps({"name": standing.name}))["executionArn"]
    incident = until(
        "an incident of the canary, restored, that says who it was",
        lambda: [one for one in standing.incidents() if one["resource"] == PATH],
        lambda seen: seen and seen[-1]["state"] == "restored" and seen[-1]["actors"],
        look=standing.diagnosis,
    )[-1]
    assert incident["changes"][0]["found"]["Peer"] == "192.0.2.1/32"
    assert standing.application.parts["SingRole"] in incident["actors"][0]["arn"]
    ended = until(
        "the canary's execution ends",
        lambda: states.describe_execution(executionArn=arn),
        lambda seen: seen["status"] != "RUNNING",
        seconds=120,
    )
    assert (ended["status"], json.loads(ended["output"])) == ("SUCCEEDED", {"left": [], "off": []}), ended.get("cause")
    assert rules(group) == frozenset()
    assert called.alerts(group) == [], "on-call was told of the canary"


def test_a_canary_that_is_not_silenced_is_heard(standing: Environment) -> None:
    """Asked while the rule stands on a group of nobody's, which nothing restores."""
    ec2, functions = root.client("ec2"), root.client("lambda")
    group = ec2.create_security_group(GroupName="caged", Description="-", VpcId=standing.ids["network/vpc"])["GroupId"]
    song = [{"IpProtocol": "udp", "FromPort": 9, "ToPort": 9, "IpRanges": [{"CidrIp": "192.0.2.1/32"}]}]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=song)
    canaries = [
        {"environment": "caged", "group": group},
        {"environment": "silent", "error": "NeedsHuman"},
        {"environment": "free", "group": standing.groups["canary"]},
        {"environment": "not-guarded", "group": ""},
    ]
    assert _listened(functions, standing, canaries) == ["caged", "silent"]
    ec2.delete_security_group(GroupId=group)


def _listened(functions: "LambdaClient", standing: Environment, canaries: list[dict[str, str]]) -> list[str]:
    name = standing.application.parts["ListenFunction"]
    answer = functions.invoke(FunctionName=name, Payload=json.dumps({"canaries": canaries}))
    left: list[str] = json.loads(answer["Payload"].read())["left"]
    return left


def test_what_nobody_heard_being_put_off_fails_the_canary_until_it_is_on(standing: Environment) -> None:
    """Each of the two rules hears of the other: whoever puts off both is told of by neither."""
    application, order = standing.application, json.dumps({"name": standing.name})
    events, states = root.client("events"), root.client("stepfunctions")
    rules = [application.parts[rule] for rule in ("OwnRules", "OwnRulesToo")]
    for name in rules:
        events.disable_rule(Name=name)
    try:
        found = _heard(root.client("lambda"), application)["off"]
        machine = application.outputs["CanaryStateMachineArn"]
        arn = states.start_execution(stateMachineArn=machine, input=order)["executionArn"]
        ended = until(
            "the canary's execution ends",
            lambda: states.describe_execution(executionArn=arn),
            lambda seen: seen["status"] != "RUNNING",
            seconds=120,
        )
    finally:
        for name in rules:
            events.enable_rule(Name=name)
    assert found == [f"the rule {name} is off or missing" for name in sorted(rules)]
    assert (ended["status"], ended["error"]) == ("FAILED", "CannotHear")
    assert all(name in ended["cause"] for name in rules), ended["cause"]
    assert _heard(root.client("lambda"), application)["off"] == []


def _heard(functions: "LambdaClient", application: Application) -> dict[str, list[str]]:
    answer = functions.invoke(FunctionName=application.parts["ListenFunction"], Payload=json.dumps({"canaries": []}))
    said: dict[str, list[str]] = json.loads(answer["Payload"].read())
    assert "off" in said, json.dumps(said)[:700]
    return said


@pytest.mark.parametrize("group", ["alb", "default"])
def test_whoever_sings_opens_no_other_group(group: str, standing: Environment, mark: str) -> None:
    with acting(f"as-canary-{group}-{mark}", standing.application.parts["SingRole"]) as act:
        song = [{"IpProtocol": "udp", "FromPort": 9, "ToPort": 9, "IpRanges": [{"CidrIp": "192.0.2.1/32"}]}]
        said = act("ec2", "authorize_security_group_ingress", GroupId=standing.groups[group], IpPermissions=song)
    assert said == REFUSED
