"""Whether Holdfast can hear: a trail logs, recorders record, and every rule of ours is on and leads where it should.

Whoever puts one off is told of at once, by an event; but of a rule that is off already, or that nobody heard being put
off, nothing more is told. So this is asked of AWS, again and again.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Final

from holdfast.aws.clients import Clients
from holdfast.aws.trail import require_trail
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

type Parts = Mapping[str, set[str]]
"""The physical ids of the stack's parts, by type; of a type that it has none of, none."""

ABROAD: Final = "us-east-1"
RULES_ABROAD: Final = ("GlobalCalls", "GlobalCallsRule")
"""Of template-us-east-1.yaml, as it calls them."""


def unheard(clients: Clients, stack: str) -> list[str]:
    """What is off, or missing, of what lets the stack ``stack`` hear of changes: a sentence for each."""
    parts = _parts(clients, stack)
    return [
        *_trails(clients),
        *_recorders(clients, parts),
        *_rules(clients, stack, parts),
        *_rules_abroad(clients, stack),
    ]


def _trails(clients: Clients) -> Iterator[str]:
    try:
        require_trail(clients.cloudtrail)
    except NeedsHuman as trouble:
        yield str(trouble)


def _recorders(clients: Clients, parts: Parts) -> Iterator[str]:
    """An account may do without one, unless the stack made it; one that stands must record."""
    found = clients.config.describe_configuration_recorder_status()["ConfigurationRecordersStatus"]
    for one in found:
        if not one["recording"]:
            yield f"the recorder {one['name']} does not record"
    for name in sorted(parts["AWS::Config::ConfigurationRecorder"] - {one["name"] for one in found}):
        yield f"the recorder {name} is missing"


def _rules(clients: Clients, stack: str, parts: Parts) -> Iterator[str]:
    ways = {url.rpartition("/")[2] for url in parts["AWS::SQS::Queue"]}
    ways |= {arn.rpartition(":")[2] for arn in parts["AWS::SNS::Topic"]}
    on = _on(clients.events, stack)
    for name in sorted(parts["AWS::Events::Rule"]):
        if name not in on:
            yield f"the rule {name} is off or missing"
        elif not {arn.rpartition(":")[2] for arn in _targets(clients.events, name)} & ways:
            yield f"the rule {name} leads to no queue or topic of ours"


def _rules_abroad(clients: Clients, stack: str) -> Iterator[str]:
    """That stack is known by the beginning of its name alone; where ours stands there, none is needed."""
    home = clients.events.meta.region_name
    if home == ABROAD:
        return
    on = _on(clients.events_abroad, stack)
    for rule in RULES_ABROAD:
        named = [name for name in on if f"-{rule}-" in name]
        if not named:
            yield f"no rule {rule} is on in {ABROAD}: is template-us-east-1.yaml deployed there?"
        elif not any(f":{home}:" in arn for name in named for arn in _targets(clients.events_abroad, name)):
            yield f"the rule {named[0]} in {ABROAD} does not lead to {home}"


def _on(events: "EventBridgeClient", stack: str) -> set[str]:
    """The rules whose names begin as the stack's do, and which are on."""
    pages = events.get_paginator("list_rules").paginate(NamePrefix=f"{stack}-")
    return {rule["Name"] for page in pages for rule in page["Rules"] if rule["State"] == "ENABLED"}


def _targets(events: "EventBridgeClient", rule: str) -> list[str]:
    return [target["Arn"] for target in events.list_targets_by_rule(Rule=rule)["Targets"]]


def _parts(clients: Clients, stack: str) -> Parts:
    """As CloudFormation made them, whatever became of them since; without those that it is at work on, or took away."""
    found: dict[str, set[str]] = defaultdict(set)
    for page in clients.cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for part in page["StackResourceSummaries"]:
            status = part["ResourceStatus"]
            if not status.startswith("DELETE_") and not status.endswith("_IN_PROGRESS"):
                found[part["ResourceType"]].add(part["PhysicalResourceId"])
    return found
