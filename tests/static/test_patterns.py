"""What wakes a concern is what core/concern.py says, nothing of ours wakes it, and what wakes it is never lost.

"Amazon EventBridge event patterns" (eventbridge/latest/userguide/eb-event-patterns.html).
"""

import json
import re
from itertools import product
from typing import Any, Final

import pytest

from holdfast.core.concern import Concern
from holdfast.core.event import CLOUDTRAIL, COMPLIANCE, CONFIG
from tests.static import concerns
from tests.static.stack import stack

PAGES: Final = stack().resolved({"Ref": "PagesTopic"})
RULES: Final = {
    name: rule
    for name, rule in stack().of_type("AWS::Events::Rule").items()
    if PAGES not in {target["Arn"] for target in rule["Targets"]}
}
"""All but those on Holdfast's own parts, which page by themselves (see ``test_itself``)."""
PATTERNS: Final[dict[str, Any]] = {name: rule["EventPattern"] for name, rule in RULES.items()}
OF_CLOUDTRAIL: Final = [name for name, pattern in PATTERNS.items() if CLOUDTRAIL in pattern["detail-type"]]
OF_COMPLIANCE: Final = [name for name, pattern in PATTERNS.items() if COMPLIANCE in pattern["detail-type"]]
OF_CONFIG: Final = [name for name, pattern in PATTERNS.items() if CONFIG in pattern["detail-type"]]
QUEUES: Final = stack().of_type("AWS::SQS::Queue")
DEAD_LETTERS: Final = {
    queue["RedrivePolicy"]["deadLetterTargetArn"] for queue in QUEUES.values() if "RedrivePolicy" in queue
}
CONCERNS: Final = {f"{name.title().replace('_', '')}Queue": concern for name, concern in concerns.every().items()}
"""The concern that each queue serves."""

LONGEST_PATTERN: Final = 2048
"""Characters ("Amazon EventBridge quotas")."""
CANARY: Final = "SingRole"
"""Its drift must be heard as anybody's would."""
IAM_PREFIX: Final = {"monitoring": "cloudwatch"}
"""Services whose actions IAM knows by another word than CloudTrail."""
DATE: Final = re.compile(r"\d{8}(v\d)?$")
"""How CloudTrail's names of Lambda's calls end."""
ISSUER: Final = ("userIdentity", "sessionContext", "sessionIssuer", "arn")


def _rules_of(queue: str) -> list[str]:
    """The rules whose target is the queue."""
    arn = stack().resolved({"Fn::GetAtt": [queue, "Arn"]})
    return [name for name, rule in RULES.items() if arn in {target["Arn"] for target in rule["Targets"]}]


@pytest.mark.parametrize(("queue", "concern"), CONCERNS.items())
def test_the_rules_listen_to_the_calls_of_the_concern(queue: str, concern: Concern) -> None:
    """A rule of several services hears each name of any: what no line of the table knows leads nowhere."""
    wanted = {(watched.event_source, event) for watched in concern.watched for event in watched.event_names}
    heard: set[tuple[str, str]] = set()
    for rule in set(_rules_of(queue)) & set(OF_CLOUDTRAIL):
        sources, events = PATTERNS[rule]["detail"]["eventSource"], PATTERNS[rule]["detail"]["eventName"]
        meant = {(source, event) for source, event in product(sources, events) if (source, event) in wanted}
        idle = {*sources, *events} - {word for pair in meant for word in pair}
        assert not idle, f"template.yaml, {rule}: core/concerns/{concern.name}.py has no line for {sorted(idle)}"
        heard |= meant
    assert heard == wanted, f"template.yaml: no rule of {queue} hears {sorted(wanted - heard)} of core/concerns"


@pytest.mark.parametrize(("queue", "concern"), CONCERNS.items())
def test_the_rules_listen_to_the_types_of_the_concern(queue: str, concern: Concern) -> None:
    heard = {
        kind
        for rule in _rules_of(queue)
        if rule in OF_CONFIG
        for kind in PATTERNS[rule]["detail"]["configurationItem"]["resourceType"]
    }
    wanted = {watched.config_type for watched in concern.watched if watched.config_type}
    assert heard == wanted, (
        f"core/concerns says {sorted(wanted)}, the rules of {queue} in template.yaml {sorted(heard)}"
    )


@pytest.mark.parametrize(("queue", "concern"), CONCERNS.items())
def test_what_breaks_a_rule_of_config_is_heard_too(queue: str, concern: Concern) -> None:
    heard = {
        kind for rule in _rules_of(queue) if rule in OF_COMPLIANCE for kind in PATTERNS[rule]["detail"]["resourceType"]
    }
    wanted = {watched.config_type for watched in concern.watched if watched.config_type}
    assert heard == wanted, (
        f"core/concerns says {sorted(wanted)}, the compliance rules of {queue} in template.yaml {sorted(heard)}"
    )


@pytest.mark.parametrize(("queue", "concern"), CONCERNS.items())
def test_the_recorder_records_the_types_of_the_concern(queue: str, concern: Concern) -> None:
    (recorder,) = stack().of_type("AWS::Config::ConfigurationRecorder").values()
    wanted = {watched.config_type for watched in concern.watched if watched.config_type}
    lacking = wanted - set(recorder["RecordingGroup"]["ResourceTypes"])
    assert not lacking, f"template.yaml: the Recorder does not record {sorted(lacking)}, which {queue} waits for"


@pytest.mark.parametrize("rule", OF_CLOUDTRAIL)
def test_a_call_comes_from_the_service_that_is_named(rule: str) -> None:
    pattern = PATTERNS[rule]
    sources = [f"aws.{one.removesuffix('.amazonaws.com')}" for one in pattern["detail"]["eventSource"]]
    assert pattern["source"] == sources, (
        f"template.yaml, {rule}: an event of {sources} never has source {pattern['source']}"
    )


@pytest.mark.parametrize("rule", OF_CLOUDTRAIL)
def test_a_failed_call_wakes_nobody(rule: str) -> None:
    code = PATTERNS[rule]["detail"].get("errorCode")
    assert code == [{"exists": False}], f"template.yaml, {rule}: errorCode must be [{{exists: false}}], is {code}"


@pytest.mark.parametrize("rule", OF_CLOUDTRAIL)
def test_our_own_calls_wake_nobody_and_all_others_do(rule: str) -> None:
    """By the role's ARN; and root and IAM users, who have no session issuer, are always heard.

    Another concern's restorer is heard as well: all eight would not fit into a pattern, and it costs a look.
    """
    services = [source.removeprefix("aws.") for source in PATTERNS[rule]["source"]]
    calls = {_action(service, event) for service in services for event in PATTERNS[rule]["detail"]["eventName"]}
    ours = {
        stack().resolved({"Fn::GetAtt": [role, "Arn"]})
        for role in stack().of_type("AWS::IAM::Role")
        if role != CANARY and role not in _restorers_of_others(rule)
        if any(calls & one.actions for one in stack().roles[role] if one.effect == "Allow")
    }
    ways = [_at(way, ISSUER) for way in PATTERNS[rule]["detail"]["$or"]]
    assert [{"exists": False}] in ways, (
        f"template.yaml, {rule}: root and IAM users have no session issuer, let them through"
    )
    ignored = {arn for way in ways for test in way for arn in test.get("anything-but", [])}
    assert ignored == ours, (
        f"template.yaml, {rule}: roles of ours that may make these calls and would wake us: {sorted(ours - ignored)}; "
        f"ignored although they cannot make them: {sorted(ignored - ours)}"
    )


def _restorers_of_others(rule: str) -> set[str]:
    roles = {queue: f"Restore{queue.removesuffix('Queue')}Role" for queue in CONCERNS}
    return {role for queue, role in roles.items() if rule not in _rules_of(queue)}


def _action(service: str, event: str) -> str:
    """The action that a call needs: IAM leaves the date of an API out, and calls one service by another word."""
    return f"{IAM_PREFIX.get(service, service)}:{DATE.sub('', event)}"


def _at(pattern: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        pattern = pattern[key]
    return pattern


@pytest.mark.parametrize("rule", RULES)
def test_a_pattern_is_short_enough(rule: str) -> None:
    written = json.dumps(PATTERNS[rule], separators=(",", ":")).replace("arn:aws:", "arn:aws-us-gov:")
    assert len(written) <= LONGEST_PATTERN, f"template.yaml, {rule}: {len(written)} characters, EventBridge takes 2,048"


@pytest.mark.parametrize("queue", CONCERNS)
def test_a_queue_admits_exactly_the_rules_of_its_concern(queue: str) -> None:
    arn = stack().resolved({"Fn::GetAtt": [queue, "Arn"]})
    admitted = [
        one
        for policy in stack().resource_policies.values()
        for one in policy
        if one.effect == "Allow" and arn in one.resources and "sqs:SendMessage" in one.actions
    ]
    sources = {source for one in admitted for source in one.condition("aws:SourceArn")}
    rules = {stack().resolved({"Fn::GetAtt": [rule, "Arn"]}) for rule in _rules_of(queue)}
    assert sources == rules, (
        f"template.yaml: the policy of {queue} admits {sorted(sources)}, its rules are {sorted(rules)}"
    )
    assert [one.principal for one in admitted] == [{"Service": "events.amazonaws.com"}]


def test_every_rule_leads_to_the_queue_of_a_concern() -> None:
    astray = RULES.keys() - {rule for queue in CONCERNS for rule in _rules_of(queue)}
    assert not astray, (
        f"no queue that CONCERNS knows is the target of {sorted(astray)}: add it there, or mend its Targets"
    )


@pytest.mark.parametrize("queue", QUEUES)
def test_a_queue_is_encrypted_by_no_key_that_one_can_disable(queue: str) -> None:
    assert QUEUES[queue].get("SqsManagedSseEnabled") is True, f"template.yaml, {queue}: SqsManagedSseEnabled: true"


@pytest.mark.parametrize("queue", QUEUES)
def test_nothing_in_a_queue_is_lost_unheard(queue: str) -> None:
    arn = stack().resolved({"Fn::GetAtt": [queue, "Arn"]})
    assert arn in DEAD_LETTERS or "RedrivePolicy" in QUEUES[queue], f"template.yaml, {queue} has no dead-letter queue"
    if arn in DEAD_LETTERS:
        assert _alarms_of(queue), f"template.yaml: no alarm tells on-call that {queue} is not empty"


def _alarms_of(queue: str) -> list[str]:
    name = stack().resolved({"Fn::GetAtt": [queue, "QueueName"]})
    topics = set(map(stack().resolved, ({"Ref": topic} for topic in stack().of_type("AWS::SNS::Topic"))))
    return [
        alarm
        for alarm, one in stack().of_type("AWS::CloudWatch::Alarm").items()
        if {"Name": "QueueName", "Value": name} in one.get("Dimensions", [])
        and (one["MetricName"], one["Statistic"]) == ("ApproximateNumberOfMessagesVisible", "Maximum")
        and (one["ComparisonOperator"], one["Threshold"]) == ("GreaterThanThreshold", 0)
        and topics & set(one["AlarmActions"])
    ]
