"""Whoever changes Holdfast itself, on-call is told by name, by no part that could have been changed.

The calls change nothing that others need: they say once more what stands, or are taken back at once. What fails here is
mended in section 7 of template.yaml.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.support.cloud import Application, Caller
from tests.support.oncall import Mailbox, mailbox, subscribed
from tests.support.waiting import until


def _rule(who: Caller, parts: dict[str, str]) -> None:
    events = who.client("events")
    events.disable_rule(Name=parts["WafCompliance"])
    events.enable_rule(Name=parts["WafCompliance"])


def _mapping(who: Caller, parts: dict[str, str]) -> None:
    functions = who.client("lambda")
    (one,) = functions.list_event_source_mappings(FunctionName=parts["RestoreWafFunction"])["EventSourceMappings"]
    functions.update_event_source_mapping(UUID=one["UUID"], BatchSize=one["BatchSize"])


def _role(who: Caller, parts: dict[str, str]) -> None:
    iam, role = who.client("iam"), parts["SurveyRole"]
    more = {"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [more]})
    iam.put_role_policy(RoleName=role, PolicyName="more", PolicyDocument=document)
    iam.delete_role_policy(RoleName=role, PolicyName="more")


def _key(who: Caller, parts: dict[str, str]) -> None:
    kms = who.client("kms")
    stands = kms.get_key_policy(KeyId=parts["Key"], PolicyName="default")["Policy"]
    kms.put_key_policy(KeyId=parts["Key"], PolicyName="default", Policy=stands)


def _alarm(who: Caller, parts: dict[str, str]) -> None:
    names = [parts["WafDeadLettersAlarm"]]
    who.client("cloudwatch").disable_alarm_actions(AlarmNames=names)
    who.client("cloudwatch").enable_alarm_actions(AlarmNames=names)


def _trail(who: Caller, parts: dict[str, str]) -> None:
    who.client("cloudtrail").update_trail(Name=parts["Trail"], IsMultiRegionTrail=True)


ATTACKS: Final[dict[str, Callable[[Caller, dict[str, str]], Any]]] = {
    "DisableRule": _rule,
    "UpdateEventSourceMapping20150331": _mapping,
    "UpdateFunctionConfiguration20150331v2": lambda who, parts: who.client("lambda").update_function_configuration(
        FunctionName=parts["SurveyFunction"], Timeout=60
    ),
    "SetQueueAttributes": lambda who, parts: who.client("sqs").set_queue_attributes(
        QueueUrl=parts["WafDeadLetters"], Attributes={"MessageRetentionPeriod": "1209600"}
    ),
    "SetTopicAttributes": lambda who, parts: who.client("sns").set_topic_attributes(
        TopicArn=parts["PagesTopic"], AttributeName="DisplayName", AttributeValue="Holdfast itself"
    ),
    "PutRolePolicy": _role,
    "PutKeyPolicy": _key,
    "UpdateContinuousBackups": lambda who, parts: who.client("dynamodb").update_continuous_backups(
        TableName=parts["GuardTable"], PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
    ),
    "DisableAlarmActions": _alarm,
    "UpdateTrail": _trail,
}
"""By the call that on-call is told of."""


@pytest.fixture(scope="module")
def paged(application: Application, mark: str) -> Iterator[Mailbox]:
    topic = application.outputs["PagesTopicArn"]
    with (
        mailbox(f"paged-{mark}", "sns.amazonaws.com", topic) as box,
        subscribed(application, box, output="PagesTopicArn", RawMessageDelivery="true"),
    ):
        yield box


@pytest.mark.parametrize("call", ATTACKS)
def test_whoever_changes_a_part_of_holdfast_is_told_of(
    call: str, paged: Mailbox, vandal: Caller, application: Application
) -> None:
    ATTACKS[call](vandal, dict(application.parts))
    page = until(
        f"a page that names {call} and {vandal.arn}",
        lambda: [one.body for one in paged.heard() if f"CHANGED: {call}," in one.body and vandal.arn in one.body],
    )[0]
    first, who, what, then = (line.strip('"') for line in page.splitlines())  # EventBridge leaves them
    assert first.startswith("HOLDFAST ITSELF WAS CHANGED"), page
    assert "from 127.0.0.1" in who, page
    assert what.startswith("What: "), page
    assert "docs/runbooks/itself.md" in then, page


@pytest.mark.parametrize(
    "rule",
    [
        "OwnRules",
        "OwnRulesToo",
        "OwnFunctions",
        "OwnQueues",
        "OwnRoles",
        "OwnKey",
        "OwnRecords",
        "OwnAlarms",
        "TrailsAndRecorders",
    ],
)
def test_whoever_puts_off_a_rule_on_ourselves_is_told_of_by_another(
    rule: str, paged: Mailbox, vandal: Caller, application: Application
) -> None:
    events, name = vandal.client("events"), application.parts[rule]
    events.disable_rule(Name=name)
    try:
        _require_paged(paged, name, vandal)
    finally:
        events.enable_rule(Name=name)


@pytest.mark.parametrize("rule", ["GlobalCalls", "GlobalCallsRule"])
def test_whoever_puts_off_a_rule_abroad_is_told_of_at_home(rule: str, paged: Mailbox, vandal: Caller) -> None:
    there = ("--region", "us-east-1")
    stack = ("--stack-name", "holdfast-us-east-1", "--logical-resource-id", rule)
    said = vandal.cli("cloudformation", "describe-stack-resource", *there, *stack)
    name = said["StackResourceDetail"]["PhysicalResourceId"]
    vandal.cli("events", "disable-rule", *there, "--name", name)
    try:
        _require_paged(paged, name, vandal)
    finally:
        vandal.cli("events", "enable-rule", *there, "--name", name)


def _require_paged(paged: Mailbox, rule: str, who: Caller) -> None:
    """On-call is told that the rule was put off, and by whom."""
    until(
        f"a page that names {rule} and {who.arn}",
        lambda: [one for one in paged.heard() if "CHANGED: DisableRule," in one.body and rule in one.body],
        lambda seen: any(who.arn in one.body for one in seen),
    )
