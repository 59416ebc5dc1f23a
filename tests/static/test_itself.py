"""Whoever changes a part of Holdfast itself is told of, by a way that needs no part but the rule.

Every part of the template is covered, by its own name; a type that is new must be put into the table below.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import pytest

from holdfast.core.event import CLOUDTRAIL
from tests.static.pattern import fits
from tests.static.stack import HERE, PSEUDO, stack

PAGES: Final = stack().resolved({"Ref": "PagesTopic"})
RULES: Final = {
    name: rule
    for name, rule in stack().of_type("AWS::Events::Rule").items()
    if PAGES in {target["Arn"] for target in rule["Targets"]}
}
LONGEST_PATTERN: Final = 2048
ALL: Final = "all"
"""Of these, whatever they are called: Holdfast needs the account's, not only its own."""

type Attack = tuple[str, str, str]
"""A source, a call of it, and the parameter that names the part."""

ATTACKS: Final[Mapping[str, tuple[Attack, ...]]] = {
    "AWS::CloudTrail::Trail": tuple(
        ("cloudtrail", call, ALL) for call in ("StopLogging", "DeleteTrail", "UpdateTrail", "PutEventSelectors")
    ),
    "AWS::CloudWatch::Alarm": (
        ("monitoring", "DeleteAlarms", "alarmNames"),
        ("monitoring", "DisableAlarmActions", "alarmNames"),
        ("monitoring", "PutMetricAlarm", "alarmName"),
    ),
    "AWS::Config::ConfigurationRecorder": (
        ("config", "StopConfigurationRecorder", ALL),
        ("config", "DeleteConfigurationRecorder", ALL),
        ("config", "PutConfigurationRecorder", ALL),
        ("config", "DisassociateResourceTypes", ALL),
    ),
    "AWS::Config::DeliveryChannel": (("config", "DeleteDeliveryChannel", ALL),),
    "AWS::DynamoDB::Table": (
        ("dynamodb", "DeleteTable", "tableName"),
        ("dynamodb", "UpdateContinuousBackups", "tableName"),
        ("dynamodb", "UpdateTable", "tableName"),
        ("dynamodb", "PutResourcePolicy", "resourceArn"),
        ("dynamodb", "DeleteResourcePolicy", "resourceArn"),
    ),
    "AWS::Events::Rule": (
        ("events", "DeleteRule", "name"),
        ("events", "DisableRule", "name"),
        ("events", "PutRule", "name"),
        ("events", "PutTargets", "rule"),
        ("events", "RemoveTargets", "rule"),
    ),
    "AWS::IAM::Role": tuple(
        ("iam", call, "roleName")
        for call in (
            "AttachRolePolicy",
            "DeleteRole",
            "DeleteRolePolicy",
            "DetachRolePolicy",
            "PutRolePermissionsBoundary",
            "PutRolePolicy",
            "UpdateAssumeRolePolicy",
        )
    ),
    "AWS::IAM::ManagedPolicy": tuple(
        ("iam", call, "policyArn") for call in ("CreatePolicyVersion", "DeletePolicy", "SetDefaultPolicyVersion")
    ),
    "AWS::KMS::Key": tuple(
        ("kms", call, "keyId")
        for call in ("DisableKey", "DisableKeyRotation", "PutKeyPolicy", "RevokeGrant", "ScheduleKeyDeletion")
    ),
    "AWS::SNS::Topic": (
        ("sns", "DeleteTopic", "topicArn"),
        ("sns", "PutDataProtectionPolicy", "resourceArn"),
        ("sns", "SetTopicAttributes", "topicArn"),
        ("sns", "RemovePermission", "topicArn"),
        ("sns", "Unsubscribe", "subscriptionArn"),
    ),
    "AWS::SQS::Queue": tuple(
        ("sqs", call, "queueUrl") for call in ("DeleteQueue", "PurgeQueue", "RemovePermission", "SetQueueAttributes")
    ),
    "AWS::Scheduler::Schedule": (("scheduler", "DeleteSchedule", "name"), ("scheduler", "UpdateSchedule", "name")),
    "AWS::Serverless::Function": tuple(
        ("lambda", call, "functionName")
        for call in (
            "DeleteFunction20150331",
            "PutFunctionConcurrency20171031",
            "RemovePermission20150331v2",
            "UpdateFunctionCode20150331v2",
            "UpdateFunctionConfiguration20150331v2",
        )
    ),
    "AWS::Serverless::StateMachine": (
        ("states", "DeleteStateMachine", "stateMachineArn"),
        ("states", "UpdateStateMachine", "stateMachineArn"),
    ),
}
"""What somebody may do to a part, by its type."""
ASIDE: Final = {
    "AWS::Lambda::Permission": "an attribute of its function",
    "AWS::Logs::MetricFilter": "counts what the functions say was refused: they go on without it",
    "AWS::Logs::LogGroup": "what the functions say: nothing depends on it",
    "AWS::S3::Bucket": "what the trail and the recorder have written: they go on without it",
    "AWS::S3::BucketPolicy": "the same",
    "AWS::SNS::TopicPolicy": "an attribute of its topic",
    "AWS::SQS::QueuePolicy": "an attribute of its queue",
    "AWS::Serverless::LayerVersion": "can only be deleted, and functions that have it keep it",
}


def _names(part: str, kind: str) -> list[str]:
    """What calls name the part by: each way that AWS takes."""
    arn, own = (
        stack().resolved({"Fn::GetAtt": [part, "Arn"]}) if kind not in _WITHOUT_ARN else "",
        f"{PSEUDO['AWS::StackName']}-{part}-1A2B",
    )
    match kind:
        case "AWS::KMS::Key":
            return [stack().resolved({"Ref": part}), arn]
        case "AWS::SQS::Queue":
            return [f"https://sqs.eu-west-1.amazonaws.com/{PSEUDO['AWS::AccountId']}/{own}"]
        case "AWS::SNS::Topic":
            return [f"arn:aws:sns:{HERE}:{own}"]
        case "AWS::Serverless::StateMachine" | "AWS::IAM::ManagedPolicy":
            return [arn]
        case "AWS::DynamoDB::Table":
            return [arn, arn.rpartition("/")[2]]
        case "AWS::Serverless::Function":
            account, whole = PSEUDO["AWS::AccountId"], f"arn:aws:lambda:{HERE}:function:{own}"
            return [own, f"{own}:$LATEST", whole, f"{whole}:1", f"{account}:function:{own}", f"function:{own}"]
        case _:
            return [own]


_WITHOUT_ARN: Final = ALL, "AWS::CloudWatch::Alarm", "AWS::Scheduler::Schedule"
CASES: Final = [
    pytest.param(part, one["Type"], attack, id=f"{part}-{attack[1]}")
    for part, one in stack().resources.items()
    for attack in ATTACKS.get(one["Type"], ())
]


def _told(
    source: str, call: str, parameters: Mapping[str, Any], answered: Mapping[str, Any] | None = None, **more: Any
) -> bool:
    detail = {
        "eventSource": f"{source}.amazonaws.com",
        "eventName": call,
        "requestParameters": parameters,
        "responseElements": answered,
        **more,
    }
    event = {"source": f"aws.{source}", "detail-type": CLOUDTRAIL, "detail": detail}
    return any(fits(rule["EventPattern"], event) for rule in RULES.values())


@pytest.mark.parametrize(("part", "kind", "attack"), CASES)
def test_whoever_changes_a_part_of_ours_is_told_of(part: str, kind: str, attack: Attack) -> None:
    source, call, field = attack
    parameters: list[dict[str, Any]] = [{}] if field == ALL else [{field: name} for name in _names(part, kind)]
    if field == "resourceArn":
        parameters = [one for one in parameters if one[field].startswith("arn:")]
    for one in parameters:
        if field == "alarmNames":
            one[field] = ["another", one[field]]
        assert _told(source, call, one), f"template.yaml, section 7: nobody hears {call} with {one}"


@pytest.mark.parametrize(
    "call", ["CreateEventSourceMapping20150331", "DeleteEventSourceMapping20150331", "UpdateEventSourceMapping20150331"]
)
def test_whoever_cuts_a_function_off_from_its_events_is_told_of(call: str) -> None:
    """Such a call names a mapping by an id that nobody knows before; what it answers names the function."""
    function = f"arn:aws:lambda:{HERE}:function:holdfast-RestoreWafFunction-1A2B"
    assert _told("lambda", call, {"uUID": "0a1b"}, {"functionArn": function})


def test_whoever_mutes_an_alarm_is_told_of() -> None:
    alarm = f"{PSEUDO['AWS::StackName']}-CanaryAlarm-1A2B"
    assert _told("monitoring", "PutAlarmMuteRule", {"name": "x", "muteTargets": {"alarmNames": ["another", alarm]}})
    assert not _told("monitoring", "PutAlarmMuteRule", {"name": "x", "muteTargets": {"alarmNames": ["another"]}})


@pytest.mark.parametrize("ours", [True, False])
def test_whoever_retires_a_grant_by_its_token_is_told_of(*, ours: bool) -> None:
    """Such a call names no key; what CloudTrail says beside it does ("RetireGrant", KMS developer guide)."""
    key = stack().resolved({"Fn::GetAtt": ["Key", "Arn"]}) if ours else f"arn:aws:kms:{HERE}:key/somebody-elses"
    assert _told("kms", "RetireGrant", {}, resources=[{"ARN": key, "type": "AWS::KMS::Key"}]) is ours


def test_every_schedule_bears_a_name_of_the_stacks() -> None:
    """By which alone the rule knows it; SAM would name it as the template does, in each stack the same."""
    scheduled = [
        event["Properties"].get("Name", "")
        for function in stack().functions.values()
        for event in function.get("Events", {}).values()
        if event["Type"].startswith("Schedule")
    ]
    scheduled += [one.get("Name", "") for one in stack().of_type("AWS::Scheduler::Schedule").values()]
    assert len(scheduled) == len(set(scheduled)) > 1
    for name in scheduled:
        assert name.startswith(f"{PSEUDO['AWS::StackName']}-"), f"template.yaml: a schedule without a Name: {name}"
        assert _told("scheduler", "DeleteSchedule", {"name": name})


@pytest.mark.parametrize(
    ("source", "call", "parameters"),
    [
        ("events", "DisableRule", {"name": "somebody-elses"}),
        ("lambda", "UpdateFunctionCode20150331v2", {"functionName": "somebody-elses"}),
        (
            "sqs",
            "SetQueueAttributes",
            {"queueUrl": "https://sqs.eu-west-1.amazonaws.com/123456789012/their-holdfast-1"},
        ),
        ("iam", "PutRolePolicy", {"roleName": "somebody-elses"}),
        ("kms", "DisableKey", {"keyId": "somebody-elses"}),
        ("dynamodb", "UpdateTable", {"tableName": "somebody-elses"}),
    ],
)
def test_what_is_not_ours_pages_nobody(source: str, call: str, parameters: dict[str, str]) -> None:
    assert not _told(source, call, parameters)


def test_every_type_of_part_is_guarded_or_has_a_reason() -> None:
    types = {one["Type"] for one in stack().resources.values()}
    lacking = types - ATTACKS.keys() - ASIDE.keys()
    assert not lacking, f"tests/static/test_itself.py, ATTACKS: what can somebody do to {sorted(lacking)}?"
    assert ASIDE.keys() <= types
    assert ATTACKS.keys() <= types


@pytest.mark.parametrize("rule", RULES)
def test_a_page_needs_no_function_and_no_key_of_ours(rule: str) -> None:
    (target,) = RULES[rule]["Targets"]
    assert target["Arn"] == PAGES
    assert "KmsMasterKeyId" not in stack().of_type("AWS::SNS::Topic")["PagesTopic"]
    admitted = {
        arn
        for one in stack().resource_policies["PagesTopicPolicy"]
        if one.principal == {"Service": "events.amazonaws.com"}
        for arn in one.condition("aws:SourceArn")
    }
    assert admitted == {stack().resolved({"Fn::GetAtt": [name, "Arn"]}) for name in RULES}


@pytest.mark.parametrize("rule", RULES)
def test_a_page_says_who_what_and_what_to_do(rule: str) -> None:
    (target,) = RULES[rule]["Targets"]
    text, paths = target["InputTransformer"]["InputTemplate"], target["InputTransformer"]["InputPathsMap"]
    assert all(f"<{name}>" in text for name in paths), "a path that the text does not say"
    assert "docs/runbooks/itself.md" in text
    lines = text.splitlines()
    assert all(line.startswith('"') and line.endswith('"') for line in lines), "each line is a string of its own"


@pytest.mark.parametrize("rule", RULES)
def test_a_pattern_is_short_enough(rule: str) -> None:
    written = json.dumps(RULES[rule]["EventPattern"], separators=(",", ":")).replace("arn:aws:", "arn:aws-us-gov:")
    assert len(written) <= LONGEST_PATTERN, f"template.yaml, {rule}: {len(written)} characters, EventBridge takes 2,048"
    assert RULES[rule]["EventPattern"]["detail"]["errorCode"] == [{"exists": False}]


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("call", ["DisableRule", "DeleteRule", "PutRule"])
def test_of_a_rule_that_is_off_another_tells(rule: str, call: str) -> None:
    """It is off by the time that the call is told of."""
    detail = {
        "eventSource": "events.amazonaws.com",
        "eventName": call,
        "requestParameters": {"name": f"{PSEUDO['AWS::StackName']}-{rule}-1A2B"},
    }
    event = {"source": "aws.events", "detail-type": CLOUDTRAIL, "detail": detail}
    assert any(fits(RULES[other]["EventPattern"], event) for other in RULES.keys() - {rule}), rule
