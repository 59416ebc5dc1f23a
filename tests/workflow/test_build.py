"""state_machines/build.asl.yaml: admitted or refused, layer by layer, and one last word that names what failed."""

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from holdfast.core.outcome import NOT_BEGUN
from holdfast.environment.catalogue import LAYERS
from tests.local.conftest import Deploy
from tests.local.workflows import Execution, Machine
from tests.support.waiting import until
from tests.workflow.stand_ins import LEASE_LATER
from tests.workflow.workflow import LONG, Functions, Workflow, failed

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

REFUSED = "AWS refused: no. What to do: ask"


def _stood(execution: Execution) -> dict[str, object]:
    state = execution.end(LONG)
    assert state["status"] == "SUCCEEDED", f"{state.get('error')}: {state.get('cause')}"
    told: dict[str, object] = json.loads(state["output"])["told"]
    return told


def test_all_layers_stand_and_conclude_is_told_of_each(workflow: Workflow) -> None:
    execution = workflow.start()
    told = _stood(execution)
    assert failed(told["layers"]) == {}, f"a layer that was built is not told of: {told['layers']}"
    assert (told["environment"], told["execution"], told["fence"]) == ("atlas", execution.arn, 7)
    ended = {layer: one["status"] for layer, one in workflow.layers().items()}
    assert ended == dict.fromkeys(LAYERS, "SUCCEEDED")


def test_no_layer_begins_before_what_it_needs_has_ended(workflow: Workflow) -> None:
    _stood(workflow.start())
    layers = workflow.layers()
    for then, layer in LAYERS.items():
        for first in layer.needs:
            assert layers[first]["stopDate"] <= layers[then]["startDate"], f"{then} leans on {first}"


def test_nested_executions_have_names_that_this_build_alone_can_have(workflow: Workflow) -> None:
    """StartExecution refuses a known name: whatever is retried, one build starts no layer twice."""
    longest = "a" * 20
    builds = [workflow.start(longest), workflow.start(longest)]
    for build in builds:
        _stood(build)
    marks = [sha256(build.arn.encode()).hexdigest()[:12] for build in builds]
    names = [f"{longest}-{layer}-{mark}" for layer in LAYERS for mark in marks]
    assert sorted(workflow.names()) == sorted(names), "a name follows from the build's own ARN, and from nothing else"
    assert max(map(len, names)) <= 80, "StartExecution takes no longer name"


def test_failed_layer_lets_its_siblings_finish_and_all_are_named(workflow: Workflow) -> None:
    state = workflow.start(script={"identity": "refuse"}).end(LONG)
    assert (state["status"], state["error"]) == ("FAILED", "NeedsHuman")
    told = {layer: (one.error, one.cause) for layer, one in failed(json.loads(state["cause"])).items()}
    not_begun = dict.fromkeys(LAYERS.keys() - {"network"}, (NOT_BEGUN, "not begun: the build stopped at identity"))
    assert told == not_begun | {"identity": ("NeedsHuman", f"identity/one: {REFUSED}")}
    ended = {layer: one["status"] for layer, one in workflow.layers().items()}
    assert ended == {"network": "SUCCEEDED", "identity": "FAILED"}, "a sibling was cut short, or too much was begun"


def test_every_failed_layer_is_named(workflow: Workflow) -> None:
    script = {"network": "disagree", "keys": "refuse"}
    state = workflow.start(script=script).end(LONG)
    told = {layer: one.cause for layer, one in failed(json.loads(state["cause"])).items()}
    assert told["network"] == "network: built, but its probe disagrees: who?"
    assert told["keys"] == f"keys/one: {REFUSED}"


def test_layer_that_fails_leaves_its_siblings_standing(workflow: Workflow) -> None:
    state = workflow.start(script={"logs": "refuse"}).end(LONG)
    told = failed(json.loads(state["cause"]))
    assert [layer for layer, one in told.items() if one.error != NOT_BEGUN] == ["logs"]
    for sibling in ("security_groups", "object_storage"):
        assert workflow.layers()[sibling]["status"] == "SUCCEEDED"


def test_layer_that_somebody_stopped_is_named_as_that(workflow: Workflow) -> None:
    execution = workflow.start(script={"keys": "wait"})
    until("the layer keys begins", workflow.layers, lambda layers: "keys" in layers)
    workflow.stop(workflow.layers()["keys"]["executionArn"])
    told = failed(json.loads(execution.end(LONG)["cause"]))
    assert told["keys"].cause.startswith("somebody stopped it (ABORTED)")
    assert workflow.layers()["keys"]["executionArn"] in told["keys"].cause, "where to look: core/outcome.py"


def test_stopped_build_stops_its_layers(workflow: Workflow) -> None:
    execution = workflow.start(script={"network": "wait", "identity": "wait"})
    until("both layers begin", workflow.layers, lambda layers: layers.keys() >= {"network", "identity"})
    workflow.stop(execution.arn)
    assert execution.end(LONG)["status"] == "ABORTED"
    ended = {layer: one["status"] for layer, one in workflow.layers().items()}
    assert ended == {"network": "ABORTED", "identity": "ABORTED"}, "a stopped build goes on changing AWS"


def test_refused_admission_fails_in_plain_words_and_begins_nothing(workflow: Workflow) -> None:
    sentence = 'name: must be a lower-case DNS label; network.cidr: is "missing"'
    state = workflow.start(refused=sentence).end(LONG)
    assert (state["status"], state["error"], state["cause"]) == ("FAILED", "WrongInput", sentence), (
        "what is wrong must be readable by `describe-execution` alone: build.asl.yaml, state `refused`"
    )
    assert workflow.layers() == {}


def test_refused_conclusion_fails_in_plain_words(workflow: Workflow) -> None:
    state = workflow.start(script={"conclude": "refuse"}).end(LONG)
    assert (state["error"], state["cause"]) == ("NeedsHuman", "CloudTrail: none of 0 trails logs")


def test_lease_that_is_not_free_yet_is_waited_for(
    states: "SFNClient", machine: Machine, deploy: Deploy, functions: Functions
) -> None:
    workflow = Workflow(states, machine, functions._replace(admit=deploy(LEASE_LATER)))
    execution = workflow.start()
    assert _stood(execution)["fence"] == 7
    again = ["admit", "admitted", "wait for the lease"]
    assert workflow.entered(execution)[:8] == [*again * 2, "admit", "admitted"]


def _announced(workflow: Workflow, execution: Execution) -> dict[str, object]:
    """What ``announce`` was told, as the history keeps it."""
    (told,) = (task["announced"] for task in workflow.answers(execution) if "announced" in task)
    return {key: told.get(key) for key in ("environment", "execution", "summary", "error", "cause")}


def test_how_a_build_ended_is_announced(workflow: Workflow) -> None:
    execution = workflow.start()
    _stood(execution)
    whole = {"environment": "atlas", "execution": execution.arn, "summary": {"layers": ["network"]}}
    assert _announced(workflow, execution) == whole | {"error": None, "cause": None}


def test_failed_build_is_announced_with_what_failed(workflow: Workflow) -> None:
    execution = workflow.start(script={"logs": "refuse"})
    state = execution.end(LONG)
    told = _announced(workflow, execution)
    assert (told["error"], told["cause"]) == (state["error"], state["cause"])
    assert told["summary"] == {"layers": ["network"]}


def test_refused_conclusion_is_announced(workflow: Workflow) -> None:
    execution = workflow.start(script={"conclude": "refuse"})
    execution.end(LONG)
    assert _announced(workflow, execution)["cause"] == "CloudTrail: none of 0 trails logs"


def test_build_does_not_fail_because_nobody_can_be_told(workflow: Workflow) -> None:
    _stood(workflow.start(script={"announce": "refuse"}))
    state = workflow.start(script={"logs": "refuse", "announce": "refuse"}).end(LONG)
    assert failed(json.loads(state["cause"]))["logs"].error == "NeedsHuman", "its own failure is what is told"
