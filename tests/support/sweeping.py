"""The sweep, and a world in which it is all that notices: nothing is heard by any rule of ours."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tests.support.cloud import Application, root
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_stepfunctions import SFNClient

_RULES: Final = ("Calls", "Tags", "Services", "Pictures", "Compliance")
"""How the logical ids end of the rules by which drifts are heard of."""


def hearing(application: Application) -> dict[str, str]:
    """The rules by which drifts are heard of: the name of each by its logical id."""
    events: EventBridgeClient = root.client("events")
    pages = events.get_paginator("list_rules").paginate()
    rules = {rule["Name"] for page in pages for rule in page["Rules"]}
    return {part: name for part, name in application.parts.items() if part.endswith(_RULES) and name in rules}


@contextmanager
def deafened(application: Application) -> Iterator[None]:
    """No rule of ours hears anything."""
    events: EventBridgeClient = root.client("events")
    ours = hearing(application).values()
    for rule in ours:
        events.disable_rule(Name=rule)
    try:
        yield
    finally:
        for rule in ours:
            events.enable_rule(Name=rule)


def swept(application: Application, order: Mapping[str, str]) -> dict[str, Any]:
    """The description of a sweep that has ended."""
    states: SFNClient = root.client("stepfunctions")
    machine = application.outputs["SweepStateMachineArn"]
    arn = states.start_execution(stateMachineArn=machine, input=json.dumps(order))["executionArn"]
    ended = until(
        "the sweep ends",
        lambda: states.describe_execution(executionArn=arn),
        lambda seen: seen["status"] != "RUNNING",
    )
    return dict(ended)
