"""State machines and executions, as the tests of Step Functions on the laptop AWS write and watch them."""

import json
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

type Json = dict[str, Any]
type Machine = Callable[..., str]

# A wait that no test sees the end of, whatever scale waits have.
WAIT: Json = {"Type": "Wait", "Seconds": 100_000, "End": True}
FAIL: Json = {"Type": "Fail", "Error": "Broken", "Cause": "on purpose"}


class Execution:
    """One run of a state machine, as its API shows it."""

    def __init__(self, states: "SFNClient", machine: str, argument: Any = None) -> None:
        self._states = states
        self.arn = states.start_execution(stateMachineArn=machine, input=json.dumps(argument or {}))["executionArn"]

    def state(self) -> Json:
        described = self._states.describe_execution(executionArn=self.arn)
        return {name: value for name, value in described.items() if name != "ResponseMetadata"}

    def end(self, within: float = 8) -> Json:
        deadline = time.monotonic() + within
        while (state := self.state())["status"] == "RUNNING":
            assert time.monotonic() < deadline, f"{self.arn} still runs: what should have stopped it did not"
            time.sleep(0.01)
        return state

    def output(self) -> Any:
        state = self.end()
        assert state["status"] == "SUCCEEDED", f"{state.get('error')}: {state.get('cause')}"
        return json.loads(state["output"])

    def started(self, machine: str) -> Json:
        """The execution of another machine that this one has started, once it runs."""
        deadline = time.monotonic() + 5
        while not (running := self._states.list_executions(stateMachineArn=machine)["executions"]):
            assert time.monotonic() < deadline, "the nested execution was not started"
            time.sleep(0.01)
        return dict(running[0])


def nested(machine: str, **fields: Any) -> Json:
    arguments = {"StateMachineArn": machine, "Input": "{% $states.input %}", **fields.pop("Arguments", {})}
    resource = "arn:aws:states:::states:startExecution.sync:2"
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, "End": True, **fields}


def parallel(*branches: Json, **fields: Any) -> Json:
    machines = [{"StartAt": next(iter(steps)), "States": steps} for steps in branches]
    return {"Type": "Parallel", "Branches": machines, "End": True, **fields}


def succeed(output: Any) -> Json:
    return {"Type": "Succeed", "Output": output}
