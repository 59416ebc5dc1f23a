"""state_machines/layer.asl.yaml: converge, wait as told, verify; and plain words where it fails."""

from typing import TYPE_CHECKING, Final

import pytest

from tests.local.conftest import Deploy
from tests.local.workflows import Machine
from tests.support.waiting import until
from tests.workflow.stand_ins import BUSY, KILLED, SHOWN_LATER, WAITS
from tests.workflow.workflow import LONG, Functions, Workflow

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

ORDER: Final = {"environment": "atlas", "execution": "arn:of:the:build", "fence": 7, "layer": "keys"}


def test_it_converges_waits_as_told_and_verifies(
    states: "SFNClient", machine: Machine, deploy: Deploy, functions: Functions
) -> None:
    workflow = Workflow(states, machine, functions._replace(converge=deploy(WAITS)))
    execution = workflow.converge(ORDER)
    assert execution.end(LONG)["status"] == "SUCCEEDED"
    again = ["converge", "stands", "wait"]
    assert workflow.entered(execution) == [*again * 3, "converge", "stands", "verify", "shown", "verified"]


def test_it_verifies_until_all_is_shown_and_says_since_when(
    states: "SFNClient", machine: Machine, deploy: Deploy, functions: Functions
) -> None:
    workflow = Workflow(states, machine, functions._replace(verify=deploy(SHOWN_LATER)))
    execution = workflow.converge(ORDER)
    assert execution.output()["event"] == ORDER | {"since": 1700000000.5}
    again = ["verify", "shown", "wait to be shown"]
    assert workflow.entered(execution) == ["converge", "stands", *again * 2, "verify", "shown", "verified"]


def test_the_same_order_reaches_every_call(workflow: Workflow) -> None:
    assert workflow.converge(ORDER).output() == ORDER | {"wait": None}, (
        "verify must get the lease, and the layer, as converge did"
    )


def test_while_it_waits_nothing_is_called(workflow: Workflow) -> None:
    execution = workflow.converge(ORDER | {"script": {"keys": "wait"}})
    until("it waits", lambda: workflow.entered(execution), lambda entered: entered[-1:] == ["wait"])
    assert workflow.entered(execution) == ["converge", "stands", "wait"]


REFUSALS: Final = {
    "converge": ("refuse", "keys/one: AWS refused: no. What to do: ask"),
    "verify": ("disagree", "keys: built, but its probe disagrees: who?"),
}


@pytest.mark.parametrize(("script", "cause"), REFUSALS.values(), ids=REFUSALS)
def test_what_needs_a_human_ends_failed_in_plain_words(workflow: Workflow, script: str, cause: str) -> None:
    state = workflow.converge(ORDER | {"script": {"keys": script}}).end(LONG)
    assert (state["status"], state["error"], state["cause"]) == ("FAILED", "NeedsHuman", cause), (
        "on-call reads this in `describe-execution`, without a Python trace around it: layer.asl.yaml, state `failed`"
    )


@pytest.mark.parametrize("which", ["converge", "verify"])
@pytest.mark.parametrize("source", [BUSY, KILLED], ids=["busy", "killed"])
def test_function_that_must_come_back_or_was_killed_is_asked_again(
    states: "SFNClient", machine: Machine, deploy: Deploy, functions: Functions, which: str, source: str
) -> None:
    workflow = Workflow(states, machine, functions._replace(**{which: deploy(source)}))
    state = workflow.converge(ORDER).end(LONG)
    assert state["status"] == "SUCCEEDED", f"not retried: {state.get('error')}: {state.get('cause')}"
