"""Step Functions' executions, where the emulator's differ from AWS's. Pages on docs.aws.amazon.com:

- "StopExecution" (step-functions/latest/apireference/API_StopExecution.html) and "State machine structure"
  (step-functions/latest/dg/statemachine-structure.html, TimeoutSeconds: it fails with States.Timeout) end an
  execution at once, whatever it waits for.
- "Discover service integration patterns" (step-functions/latest/dg/connect-to-resource.html, Run a Job): the execution
  that a `.sync` task waits for is cancelled when the task is aborted: the parent is stopped, or another branch of its
  Parallel, another iteration of its Map fails.
- "Start workflow executions from a task state" (step-functions/latest/dg/connect-stepfunctions.html): what a nested
  execution answers. One that fails is States.TaskFailed, its description the cause.
- "StartExecution" (step-functions/latest/apireference/API_StartExecution.html): the name of an open execution with the
  same input starts nothing and succeeds; any other known name is refused.
"""

import contextvars
import json
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Lock, Timer
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps.scopes import Scope, Stopped, current
from local.gaps.stepfunctions_states import Execution, State, Surroundings, map_item, walk

type Response = tuple[int, dict[str, str], bytes]

_emulated_start: Callable[[dict[str, Any]], Response] = sfn._start_execution
_emulated_stop: Callable[[dict[str, Any]], Response] = sfn._stop_execution
_emulated_nested_start: Callable[[str, Any], dict[str, Any]] = sfn._invoke_nested_start_execution
_emulated_event: Callable[..., dict[str, Any]] = sfn._add_event


@dataclass
class _Awaiting:
    """A `.sync` task that waits for the execution it has just started."""

    scope: Scope
    ended: Future[None] = field(default_factory=Future)


_awaiting: contextvars.ContextVar[_Awaiting | None] = contextvars.ContextVar("awaiting", default=None)
_running: dict[str, Scope] = {}
_lock = Lock()


def run(arn: str) -> None:
    """Run an execution to its end, in the thread that was started for it."""
    execution = sfn._executions[arn]
    machine = sfn._state_machines[execution["stateMachineArn"]]
    definition = json.loads(machine["definition"])
    awaiting = _awaiting.get()
    # Executions that this one starts without waiting for them are nobody's.
    _awaiting.set(None)
    try:
        with _scope(execution, awaiting.scope if awaiting else None) as scope, _timeout(definition, execution, scope):
            start = json.loads(execution["input"])
            around = _surroundings(definition, execution, machine["name"], start)
            output = walk(definition["States"], definition["StartAt"], start, execution, around)
            end(execution, "SUCCEEDED", output=json.dumps(output))
    except sfn._ExecutionError as error:
        end(execution, "FAILED", error=error.error, cause=error.cause)
    except Stopped:
        pass
    except Exception as defect:
        end(execution, "FAILED", error="States.Runtime", cause=str(defect))
        raise
    finally:
        if awaiting:
            awaiting.ended.set_result(None)


def end(execution: Execution, status: str, **details: str) -> None:
    """Give a running execution its last status; one that has ended keeps the status it has."""
    with _lock:
        if execution["status"] != "RUNNING":
            return
        execution |= {"status": status, "stopDate": sfn.now_iso(), **details}
    name = "".join(word.capitalize() for word in status.split("_"))
    sfn._add_event(execution, f"Execution{name}", {f"execution{name}EventDetails": details})
    sfn._emit_execution_status_event(execution)


def start(request: dict[str, Any]) -> Response:
    base = sfn._resolve_state_machine_arn(request.get("stateMachineArn", "")) or ""
    arn = f"{base.replace(':stateMachine:', ':execution:')}:{request.get('name')}"
    known = sfn._executions.get(arn)
    if known and known["status"] == "RUNNING" and known["input"] == request.get("input", "{}"):
        response: Response = sfn.json_response({"executionArn": arn, "startDate": known["startDate"]})
        return response
    return _emulated_start(request)


def stop(request: dict[str, Any]) -> Response:
    response = _emulated_stop(request)
    scope = _running.get(request.get("executionArn", ""))
    if scope:
        scope.stop()
    return response


def start_nested(resource: str, argument: Any) -> dict[str, Any]:
    try:
        return _emulated_nested_start(resource, argument)
    except sfn._ExecutionError as refused:
        raise _refusal(refused.error, refused.cause) from None


def run_nested(resource: str, argument: Any) -> dict[str, Any]:
    awaiting = _Awaiting(current())
    token = _awaiting.set(awaiting)
    try:
        status, _, body = _emulated_start(sfn._nested_start_execution_request(argument))
    finally:
        _awaiting.reset(token)
    answer = json.loads(body)
    if status >= 400:
        raise _refusal(answer["__type"], answer["message"])
    current().until(awaiting.ended)
    description = _description(answer["executionArn"])
    if description["Status"] != "SUCCEEDED":
        raise sfn._ExecutionError("States.TaskFailed", json.dumps(description))
    if resource.endswith(":2"):
        description |= {name: json.loads(description[name]) for name in ("Input", "Output")}
    return description


def run_map_item(states: dict[str, State], first: str, value: Any, execution: Execution, around: Surroundings) -> Any:
    """Walk an item of a Map: of an inline one, or as the child execution that a distributed one has made for it."""
    if execution["executionArn"] in _running:
        return map_item(states, first, value, execution, around)
    with _scope(execution, current()):
        return walk(states, first, value, execution, around)


def add_event(execution: Execution, kind: str, details: dict[str, Any] | None = None) -> dict[str, Any]:
    """Number events one at a time: branches write the same history side by side."""
    with _lock:
        return _emulated_event(execution, kind, details)


@contextmanager
def _scope(execution: Execution, parent: Scope | None) -> Generator[Scope]:
    arn = execution["executionArn"]
    context = contextvars.copy_context()
    with Scope(parent, on_stop=lambda: context.run(end, execution, "ABORTED")) as scope:
        _running[arn] = scope
        try:
            yield scope
        finally:
            del _running[arn]


@contextmanager
def _timeout(definition: dict[str, Any], execution: Execution, scope: Scope) -> Generator[None]:
    def time_out() -> None:
        end(execution, "TIMED_OUT", error="States.Timeout")
        scope.stop()

    if "TimeoutSeconds" not in definition:
        yield
        return
    timer = Timer(definition["TimeoutSeconds"], contextvars.copy_context().run, [time_out])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _surroundings(definition: dict[str, Any], execution: Execution, machine: str, start: Any) -> Surroundings:
    return {
        "QueryLanguage": definition.get("QueryLanguage", "JSONPath"),
        "Execution": {
            "Id": execution["executionArn"],
            "Input": start,
            "Name": execution["name"],
            "StartTime": execution["startDate"],
        },
        "StateMachine": {"Id": execution["stateMachineArn"], "Name": machine},
        "variables": {},
    }


def _refusal(code: str, message: str) -> BaseException:
    name = code if code.endswith("Exception") else f"{code}Exception"
    refusal: BaseException = sfn._ExecutionError(f"StepFunctions.{name}", message)
    return refusal


def _description(arn: str) -> dict[str, Any]:
    """DescribeExecution's answer as a task sees it: names in Pascal case and in order, dates in milliseconds."""
    execution = sfn._executions[arn]
    shown = ["executionArn", "stateMachineArn", "name", "status", "input", "output", "error", "cause"]
    described = {name: execution[name] for name in shown if execution.get(name) is not None}
    described |= {name: sfn._iso_to_epoch_ms(execution[name]) for name in ("startDate", "stopDate")}
    described["inputDetails"] = {"Included": True}
    if "output" in described:
        described["outputDetails"] = {"Included": True}
    return {name[0].upper() + name[1:]: described[name] for name in sorted(described)}
