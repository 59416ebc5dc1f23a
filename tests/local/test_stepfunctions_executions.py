"""Executions on the laptop AWS start, stop and nest as on AWS; mended in local/gaps/stepfunctions_executions.py.

Pages are those of docs.aws.amazon.com/step-functions/latest/dg unless said otherwise.
"""

import json
import time
from typing import TYPE_CHECKING

import pytest

from tests.local.workflows import FAIL, WAIT, Execution, Machine, nested, parallel, succeed

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def test_a_nested_failure_is_a_failed_task_that_carries_the_description(states: "SFNClient", machine: Machine) -> None:
    """Start workflow executions from a task state (connect-stepfunctions.html)."""
    child = machine({"Fail": FAIL})
    caught = {"ErrorEquals": ["States.TaskFailed"], "Next": "Caught", "Output": "{% $states.errorOutput %}"}
    arn = machine({"Child": nested(child, Catch=[caught]), "Caught": {"Type": "Pass", "End": True}})

    error = Execution(states, arn, {"n": 1}).output()

    cause = json.loads(error["Cause"])
    assert error["Error"] == "States.TaskFailed"
    assert (cause["Status"], cause["Error"], cause["Cause"]) == ("FAILED", "Broken", "on purpose")
    assert (cause["StateMachineArn"], json.loads(cause["Input"])) == (child, {"n": 1})
    assert cause["StartDate"] <= cause["StopDate"]


def test_a_nested_success_answers_with_values(states: "SFNClient", machine: Machine) -> None:
    """Start workflow executions from a task state (connect-stepfunctions.html)."""
    child = machine({"End": succeed({"doubled": "{% $states.input.n * 2 %}"})})

    output = Execution(states, machine({"Child": nested(child)}), {"n": 2}).output()

    assert (output["Status"], output["Input"], output["Output"]) == ("SUCCEEDED", {"n": 2}, {"doubled": 4})


def test_a_nested_execution_may_not_have_a_known_name(states: "SFNClient", machine: Machine) -> None:
    """StartExecution (apireference/API_StartExecution.html), refused as connect-stepfunctions.html names errors."""
    child = machine({"End": succeed({})})
    twin = nested(child, Arguments={"Name": "twin"}, Next="Again")
    del twin["End"]
    arn = machine({"Child": twin, "Again": nested(child, Arguments={"Name": "twin"})})

    assert Execution(states, arn).end()["error"] == "StepFunctions.ExecutionAlreadyExistsException"


def test_the_same_start_twice_is_one_execution(states: "SFNClient", machine: Machine) -> None:
    """StartExecution (apireference/API_StartExecution.html): idempotent while the execution is open."""
    arn = machine({"Wait": WAIT})
    first = states.start_execution(stateMachineArn=arn, name="one", input='{"n": 1}')

    again = states.start_execution(stateMachineArn=arn, name="one", input='{"n": 1}')
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=arn, name="one", input='{"n": 2}')
    states.stop_execution(executionArn=first["executionArn"])

    assert again["executionArn"] == first["executionArn"]
    with pytest.raises(states.exceptions.ExecutionAlreadyExists):
        states.start_execution(stateMachineArn=arn, name="one", input='{"n": 1}')


def test_stop_ends_branches_and_nested_executions(states: "SFNClient", machine: Machine) -> None:
    """StopExecution (apireference/API_StopExecution.html); connect-to-resource.html, Run a Job."""
    child = machine({"Wait": WAIT})
    execution = Execution(states, machine({"Fork": parallel({"Nested": nested(child)}, {"Wait": WAIT})}))
    waited_for = execution.started(child)

    states.stop_execution(executionArn=execution.arn, error="Enough", cause="by hand")

    state = execution.state()
    assert (state["status"], state["error"], state["cause"]) == ("ABORTED", "Enough", "by hand")
    assert states.describe_execution(executionArn=waited_for["executionArn"])["status"] == "ABORTED"
    time.sleep(0.1)
    assert execution.state() == state, "an aborted execution went on"


def test_a_stopped_nested_execution_fails_the_task_that_waits(states: "SFNClient", machine: Machine) -> None:
    """StopExecution (apireference/API_StopExecution.html)."""
    child = machine({"Wait": WAIT})
    execution = Execution(states, machine({"Child": nested(child)}))

    states.stop_execution(executionArn=execution.started(child)["executionArn"])

    state = execution.end()
    assert (state["status"], state["error"]) == ("FAILED", "States.TaskFailed")
    assert json.loads(state["cause"])["Status"] == "ABORTED"


def test_a_state_machine_that_takes_too_long_times_out(states: "SFNClient", machine: Machine) -> None:
    """State machine structure (statemachine-structure.html), TimeoutSeconds."""
    child = machine({"Wait": WAIT})
    execution = Execution(states, machine({"Child": nested(child)}, TimeoutSeconds=1))

    state = execution.end()

    assert (state["status"], state["error"]) == ("TIMED_OUT", "States.Timeout")
    assert execution.started(child)["status"] == "ABORTED"


def test_stopping_a_map_run_stops_its_children(states: "SFNClient", machine: Machine) -> None:
    """Discover service integration patterns (connect-to-resource.html), through a Distributed Map."""
    child = machine({"Wait": WAIT})
    processor = {"ProcessorConfig": {"Mode": "DISTRIBUTED"}, "StartAt": "Child", "States": {"Child": nested(child)}}
    each = {"Type": "Map", "QueryLanguage": "JSONPath", "ItemsPath": "$.items", "ItemProcessor": processor, "End": True}
    execution = Execution(states, machine({"Each": each}), {"items": [{"n": 1}]})
    waited_for = execution.started(child)

    states.stop_execution(executionArn=execution.arn)

    assert states.describe_execution(executionArn=waited_for["executionArn"])["status"] == "ABORTED"
