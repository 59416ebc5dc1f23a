"""Every concern is swept, on time, into the queue that its events come through."""

import json
from typing import Final

import pytest

from holdfast.core.concern import ELSEWHERE, HOME, holder, holders
from tests.static import concerns
from tests.static.stack import stack, template

ASKING: Final = ("Sweep", "Guard", *(f"Restore{name.title().replace('_', '')}" for name in concerns.every()))
"""The functions that ask every concern for looks."""


def _queues() -> dict[str, str]:
    shared = template()["Globals"]["Function"]["Environment"]["Variables"]
    queues: dict[str, str] = json.loads(stack().resolved(shared["QUEUES"]))
    return queues


def _granted(verb: str) -> set[str]:
    statements = stack().roles[f"{verb}Role"]
    return {arn for one in statements if "sqs:SendMessage" in one.actions for arn in one.resources}


@pytest.mark.parametrize("verb", ASKING)
@pytest.mark.parametrize("concern", concerns.every())
def test_a_concern_is_asked_through_its_own_queue(concern: str, verb: str) -> None:
    queue = f"{concern.title().replace('_', '')}Queue"
    assert _queues().get(concern) == stack().resolved({"Ref": queue}), (
        f"template.yaml, Globals: QUEUES needs the line {concern}: ${{{queue}}}"
    )
    assert "QUEUES" not in stack().functions[f"{verb}Function"].get("Environment", {}).get("Variables", {})
    assert stack().resolved({"Fn::GetAtt": [queue, "Arn"]}) in _granted(verb), f"template.yaml, {verb}Role: {queue}"


@pytest.mark.parametrize("verb", ASKING)
def test_nobody_else_is_asked(verb: str) -> None:
    assert _queues().keys() == concerns.every().keys()
    assert len(_granted(verb)) == len(_queues()), f"template.yaml, {verb}Role: a queue of no concern"


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
