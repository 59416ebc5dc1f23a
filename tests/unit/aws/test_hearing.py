"""Whatever Holdfast hears by and is off or missing is named, each by its own name, and nothing else is."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.stub import Stubber

from holdfast.aws.clients import Clients
from holdfast.aws.hearing import unheard

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import TargetTypeDef

STACK: Final = "holdfast"
QUEUE: Final = "arn:aws:sqs:eu-west-1:123456789012:holdfast-queue"
TOPIC: Final = "arn:aws:sns:eu-west-1:123456789012:holdfast-pages"
RULES: Final = {"holdfast-Calls-1A2B": QUEUE, "holdfast-OwnRules-1A2B": TOPIC, "holdfast-OwnRulesToo-1A2B": TOPIC}
HOME: Final = "arn:aws:events:eu-west-1:123456789012:event-bus/default"
ABROAD: Final = ("holdfast-us-east-1-GlobalCalls-1A2B", "holdfast-us-east-1-GlobalCallsRule-1A2B")


@pytest.fixture
def standing(clients: Clients) -> Clients:
    """All is on: a trail, a recorder, the stack's rules, and those abroad."""
    clients.s3.create_bucket(Bucket="history", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    clients.cloudtrail.create_trail(Name="trail", S3BucketName="history", IsMultiRegionTrail=True)
    clients.cloudtrail.start_logging(Name="trail")
    role = "arn:aws:iam::123456789012:role/config"
    clients.config.put_configuration_recorder(ConfigurationRecorder={"name": "default", "roleARN": role})
    clients.config.put_delivery_channel(DeliveryChannel={"name": "default", "s3BucketName": "history"})
    clients.config.start_configuration_recorder(ConfigurationRecorderName="default")
    for events, rules in ((clients.events, RULES), (clients.events_abroad, dict.fromkeys(ABROAD, HOME))):
        for name, target in rules.items():
            events.put_rule(Name=name, EventPattern=json.dumps({"source": ["aws.iam"]}))
            led: TargetTypeDef = {"Id": "it", "Arn": target}
            events.put_targets(Rule=name, Targets=[led])
    return clients


def _unheard(clients: Clients, *more: tuple[str, str, str]) -> list[str]:
    """moto's CloudFormation does not load here; a stack that stands is no more than this answer."""
    made = [
        ("AWS::SQS::Queue", "https://sqs.eu-west-1.amazonaws.com/123456789012/holdfast-queue", "CREATE_COMPLETE"),
        ("AWS::SNS::Topic", TOPIC, "CREATE_COMPLETE"),
        *(("AWS::Events::Rule", name, "UPDATE_COMPLETE") for name in RULES),
        *more,
    ]
    parts = [
        {
            "LogicalResourceId": "One",
            "ResourceType": kind,
            "PhysicalResourceId": name,
            "ResourceStatus": status,
            "LastUpdatedTimestamp": datetime.now(UTC),
        }
        for kind, name, status in made
    ]
    with Stubber(clients.cloudformation) as stubber:
        stubber.add_response("list_stack_resources", {"StackResourceSummaries": parts}, {"StackName": STACK})
        return unheard(clients, STACK)


def _led_astray(clients: Clients) -> None:
    stranger: TargetTypeDef = {"Id": "it", "Arn": "arn:aws:sqs:eu-west-1:123456789012:strangers"}
    clients.events.put_targets(Rule="holdfast-Calls-1A2B", Targets=[stranger])


ATTACKS: Final[dict[str, tuple[Callable[[Clients], Any], list[str]]]] = {
    "nothing": (lambda _: None, []),
    "trail": (
        lambda clients: clients.cloudtrail.stop_logging(Name="trail"),
        ["CloudTrail: none of 1 trails logs management write events here"],
    ),
    "recorder": (
        lambda clients: clients.config.stop_configuration_recorder(ConfigurationRecorderName="default"),
        ["the recorder default does not record"],
    ),
    "both own rules": (
        lambda clients: [
            clients.events.disable_rule(Name=f"holdfast-{name}-1A2B") for name in ("OwnRules", "OwnRulesToo")
        ],
        ["the rule holdfast-OwnRules-1A2B is off or missing", "the rule holdfast-OwnRulesToo-1A2B is off or missing"],
    ),
    "deleted": (
        lambda clients: (
            clients.events.remove_targets(Rule="holdfast-Calls-1A2B", Ids=["it"]),
            clients.events.delete_rule(Name="holdfast-Calls-1A2B"),
        ),
        ["the rule holdfast-Calls-1A2B is off or missing"],
    ),
    "without a target": (
        lambda clients: clients.events.remove_targets(Rule="holdfast-OwnRules-1A2B", Ids=["it"]),
        ["the rule holdfast-OwnRules-1A2B leads to no queue or topic of ours"],
    ),
    "with another target": (_led_astray, ["the rule holdfast-Calls-1A2B leads to no queue or topic of ours"]),
    "abroad": (
        lambda clients: clients.events_abroad.disable_rule(Name=ABROAD[0]),
        ["no rule GlobalCalls is on in us-east-1"],
    ),
    "abroad without a target": (
        lambda clients: clients.events_abroad.remove_targets(Rule=ABROAD[1], Ids=["it"]),
        [f"the rule {ABROAD[1]} in us-east-1 does not lead to eu-west-1"],
    ),
}


@pytest.mark.parametrize("what", ATTACKS)
def test_what_is_off_is_named(what: str, standing: Clients) -> None:
    attack, expected = ATTACKS[what]
    attack(standing)
    found = _unheard(standing)
    assert len(found) == len(expected), found
    for sentence, said in zip(found, expected, strict=True):
        assert sentence.startswith(said)


def test_an_account_without_a_recorder_is_well(standing: Clients) -> None:
    standing.config.delete_configuration_recorder(ConfigurationRecorderName="default")
    assert _unheard(standing) == []


def test_a_recorder_that_the_stack_made_must_stand(standing: Clients) -> None:
    ours = ("AWS::Config::ConfigurationRecorder", "ours", "CREATE_COMPLETE")
    assert _unheard(standing, ours) == ["the recorder ours is missing"]


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "DELETE_COMPLETE"])
def test_what_a_deployment_is_at_work_on_or_took_away_is_not_missed(standing: Clients, status: str) -> None:
    assert _unheard(standing, ("AWS::Events::Rule", "holdfast-Another-1A2B", status)) == []


def test_in_us_east_1_itself_no_rules_bring_anything_home(standing: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ABROAD:
        standing.events_abroad.disable_rule(Name=name)
    assert len(_unheard(standing)) == len(ABROAD)
    monkeypatch.setattr("holdfast.aws.hearing.ABROAD", "eu-west-1")
    assert _unheard(standing) == []
