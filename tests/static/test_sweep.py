"""Every concern is swept, on time, into the queue that its events come through."""

import json
from typing import Final

import pytest

from holdfast.core.concern import ELSEWHERE, HOME, holder, holders
from tests.static import concerns
from tests.static.stack import stack

VARIABLES: Final = stack().functions["SweepFunction"]["Environment"]["Variables"]
QUEUES: Final[dict[str, str]] = json.loads(VARIABLES["QUEUES"])


@pytest.mark.parametrize("concern", concerns.every())
def test_a_concern_is_swept_into_its_own_queue(concern: str) -> None:
    queue = f"{concern.title().replace('_', '')}Queue"
    assert QUEUES.get(concern) == stack().resolved({"Ref": queue}), (
        f"template.yaml, SweepFunction: QUEUES needs the line {concern}: ${{{queue}}}"
    )
    granted = {arn for one in stack().roles["SweepRole"] if "sqs:SendMessage" in one.actions for arn in one.resources}
    assert stack().resolved({"Fn::GetAtt": [queue, "Arn"]}) in granted, (
        f"template.yaml, SweepRole, AskForLooks: {queue}"
    )


def test_nothing_else_is_swept() -> None:
    assert QUEUES.keys() == concerns.every().keys()
    granted = {arn for one in stack().roles["SweepRole"] if "sqs:SendMessage" in one.actions for arn in one.resources}
    assert len(granted) == len(QUEUES), "template.yaml, SweepRole, AskForLooks: a queue of no concern"


@pytest.mark.parametrize("kind", HOME)
def test_whoever_holds_a_field_is_asked_to_look(kind: str) -> None:
    fields = [*ELSEWHERE.get(kind, {}), "a field that no line names"]
    assert holders(kind) == {holder(kind, field) for field in fields}


def test_a_sweep_is_started_on_time() -> None:
    (schedule,) = (
        one
        for one in stack().of_type("AWS::Scheduler::Schedule").values()
        if one["Target"]["Arn"] == stack().resolved({"Ref": "SweepStateMachine"})
    )
    assert schedule["ScheduleExpression"] == "rate(15 minutes)"
    assert schedule.get("State", "ENABLED") == "ENABLED"
    assert schedule["FlexibleTimeWindow"] == {"Mode": "OFF"}, "what events missed stands open until then"
    assert schedule["Target"]["Input"] == "{}", "all environments"
