"""The build's drawing is the catalogue's table: each layer once, under its name, and never before what it needs."""

import json
import re
from fnmatch import fnmatchcase
from itertools import chain, combinations
from typing import Any, Final

import pytest

from holdfast.core.outcome import failures
from holdfast.environment.catalogue import LAYERS
from tests.static.stack import HERE, ROOT, stack
from tests.static.workflow import LAMBDA, NESTED, Walk, definition, tasks

MACHINES: Final = stack().of_type("AWS::Serverless::StateMachine")
FILES: Final = {name: ROOT / machine["DefinitionUri"] for name, machine in MACHINES.items()}
ASL: Final = {name: definition(path.name.removesuffix(".asl.yaml")) for name, path in FILES.items()}
TASKS: Final = [(machine, name, task) for machine, asl in ASL.items() for name, task in tasks(asl)]
LAYER_STATES: Final = {
    name: task for owner, name, task in TASKS if owner == "BuildStateMachine" and task["Resource"] == NESTED
}
NEEDS: Final = {name: layer.needs for name, layer in LAYERS.items()}
WAYS_TO_FAIL: Final = [
    frozenset(failing)
    for failing in chain.from_iterable(combinations(sorted(LAYERS), many) for many in (0, 1, 2, len(LAYERS)))
]
"""Two that fail show all that branches do to each other; all subsets would double with every layer."""

DISTRIBUTED: Final = "Mode: DISTRIBUTED"
PASSING: Final = frozenset(
    {
        "Lambda.AWSLambdaException",
        "Lambda.SdkClientException",
        "Lambda.ServiceException",
        "Lambda.TooManyRequestsException",
    }
)
"""What passes by itself ("Handle transient Lambda service exceptions", Step Functions guide)."""
EXECUTION_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,80}")
"""("StartExecution", Step Functions API reference)"""


@pytest.fixture(scope="module", params=WAYS_TO_FAIL, ids=lambda failing: "+".join(sorted(failing)) or "none fails")
def walk(request: pytest.FixtureRequest) -> Walk:
    return Walk(request.param)


def test_no_layer_begins_before_what_it_needs_is_verified(walk: Walk) -> None:
    early = {
        one.state: sorted(NEEDS[one.state] - one.verified) for one in walk.begun if NEEDS[one.state] - one.verified
    }
    assert not early, (
        f"state_machines/build.asl.yaml: with {sorted(walk.failing)} failing these begin too early: {early}"
    )


def test_conclude_understands_what_the_branches_yield(walk: Walk) -> None:
    began = {one.state for one in walk.begun}
    expected = {name: f"{name} is broken" for name in LAYERS if name in walk.failing & began}
    told = {one.layer: one.cause for one in failures(walk.told["layers"], NEEDS) if one.layer in began}
    assert told == expected, "core.outcome.failures reads the Output and Catch of build.asl.yaml's layers otherwise"
    unsaid = LAYERS.keys() - began - {one.layer for one in failures(walk.told["layers"], NEEDS)}
    assert not unsaid, f"core.outcome.failures does not say that {sorted(unsaid)} never began"


def test_every_layer_runs_exactly_once() -> None:
    begun = [one.input["layer"] for one in Walk(frozenset()).begun]
    assert sorted(begun) == sorted(LAYERS), (
        "state_machines/build.asl.yaml and environment/catalogue.py name other layers"
    )


def test_a_layer_is_drawn_under_its_own_name() -> None:
    wrong = {one.state: one.input["layer"] for one in Walk(frozenset()).begun if one.state != one.input["layer"]}
    assert not wrong, f"state_machines/build.asl.yaml: states that run another layer: {wrong}"


def test_a_layers_execution_has_a_name_of_its_own() -> None:
    names = [one.name for one in Walk(frozenset()).begun]
    bad = [name for name in names if not EXECUTION_NAME.fullmatch(name)]
    assert not bad, f"state_machines/build.asl.yaml: no names for executions: {bad}"
    assert len(set(names)) == len(names), f"state_machines/build.asl.yaml: two layers under one name: {names}"


def test_all_layers_are_written_alike() -> None:
    shapes = {name: _shape(name, state) for name, state in LAYER_STATES.items()}
    model = next(iter(shapes.values()))
    other = sorted(name for name, shape in shapes.items() if shape != model)
    assert not other, f"state_machines/build.asl.yaml: {other} differ from the first layer in more than their name"


def _shape(name: str, state: Any) -> str:
    """A layer's state without its name, and without where it leads or what came before it."""
    rest = {key: value for key, value in state.items() if key not in {"Next", "End"}}
    return json.dumps(rest, sort_keys=True).replace(name, "LAYER").replace("[$states.input, ", "[")


@pytest.mark.parametrize(("machine", "name", "task"), TASKS, ids=lambda value: value if isinstance(value, str) else "")
def test_every_task_catches_what_fails(machine: str, name: str, task: Any) -> None:
    caught = {error for one in task.get("Catch", []) for error in one["ErrorEquals"]}
    assert "States.ALL" in caught, f"{FILES[machine].name}: {name} has no Catch of States.ALL"
    if task["Resource"] == LAMBDA:
        retried = {error for one in task.get("Retry", []) for error in one["ErrorEquals"]}
        assert retried >= PASSING, f"{FILES[machine].name}: {name} does not retry {sorted(PASSING - retried)}"


@pytest.mark.parametrize("machine", MACHINES)
def test_substitutions_are_used_as_declared(machine: str) -> None:
    used = set(re.findall(r"\$\{(\w+)\}", FILES[machine].read_text()))
    declared = MACHINES[machine]["DefinitionSubstitutions"].keys()
    assert used == declared, (
        f"{FILES[machine].name} uses {sorted(used)}, template.yaml gives {machine} {sorted(declared)}"
    )


@pytest.mark.parametrize("machine", MACHINES)
def test_a_state_machine_may_do_exactly_what_it_is_written_to_do(machine: str) -> None:
    allowed = {(action, arn) for one in stack().roles[machine] for action in one.actions for arn in one.resources}
    wanted = {pair for owner, _, task in TASKS if owner == machine for pair in _needed(machine, task)}
    if DISTRIBUTED in FILES[machine].read_text():
        wanted |= _needed_by_a_map(machine)
    refused = sorted(pair for pair in wanted if not any(_covers(one, pair) for one in allowed))
    assert not refused, f"template.yaml: the policies of {machine} lack {refused}"
    idle = sorted(one for one in allowed if not any(_covers(one, pair) for pair in wanted))
    assert not idle, f"template.yaml: nothing in {FILES[machine].name} needs {idle}"


def _needed(machine: str, task: Any) -> set[tuple[str, str]]:
    """("IAM policies for AWS Step Functions" and "… for AWS Lambda", Step Functions guide)"""
    subject = task["Arguments"].get("FunctionName") or task["Arguments"]["StateMachineArn"]
    arn = MACHINES[machine]["DefinitionSubstitutions"][subject.strip("${}")]
    if task["Resource"] == LAMBDA:
        return {("lambda:InvokeFunction", arn)}
    execution = arn.replace(":stateMachine:", ":execution:") + ":any"
    rule = f"arn:aws:events:{HERE}:rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
    return {
        ("states:StartExecution", arn),
        *((f"states:{verb}Execution", execution) for verb in ("Describe", "Stop")),
        *((f"events:{verb}", rule) for verb in ("DescribeRule", "PutRule", "PutTargets")),
    }


def _needed_by_a_map(machine: str) -> set[tuple[str, str]]:
    """Its items are executions of the machine itself ("Permissions for Distributed Map", Step Functions guide)."""
    arn = stack().resolved({"Ref": machine})
    child = f"{arn.replace(':stateMachine:', ':execution:')}/label:any"
    return {("states:StartExecution", arn), *((f"states:{verb}Execution", child) for verb in ("Describe", "Stop"))}


def _covers(statement: tuple[str, str], pair: tuple[str, str]) -> bool:
    return statement[0] == pair[0] and fnmatchcase(pair[1], statement[1])
