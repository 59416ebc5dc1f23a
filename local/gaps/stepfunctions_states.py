"""Step Functions' states, where the emulator's differ from AWS's. Pages under step-functions/latest/dg:

- "Parallel workflow state" (state-parallel.html): Arguments, Output and Assign in JSONata; a branch that fails fails
  the state and stops the other branches. "Map workflow state" (state-map.html) says the same of iterations.
- "Passing data between states with variables" (workflow-variables.html): each branch has variables of its own, which
  see the outer ones and end with it.
- "Using Map state in Distributed mode" (state-map-distributed.html): Items, Output and Assign in JSONata.
- "Succeed workflow state" (state-succeed.html): Output. "Choice workflow state" (state-choice.html): the state's own
  Output where no rule matches.
"""

import copy
import functools
import json
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps.scopes import Scope, current

type State = dict[str, Any]
type Execution = dict[str, Any]
# What the emulator keeps beside the state's input: the context object, the query language and the variables.
type Surroundings = dict[str, Any]
type Step = tuple[Any, str | None]

_emulated_choice: Callable[..., Step] = sfn._execute_choice
_emulated_map: Callable[..., Step] = sfn._run_map_items
_emulated_distributed_map: Callable[..., Step] = sfn._run_distributed_map


def walk(states: dict[str, State], start: str | None, value: Any, execution: Execution, around: Surroundings) -> Any:
    """Go through the states from `start` to an end, and return its output. Each state is seen in the history."""
    name, value = start, copy.deepcopy(value)
    while name:
        current().check()
        state = states.get(name)
        if state is None:
            raise sfn._ExecutionError("States.Runtime", f"State '{name}' not found in definition")
        around["State"] = {"Name": name, "EnteredTime": sfn.now_iso(), "RetryCount": 0}
        details = {"name": name, "input": json.dumps(value)}
        sfn._add_event(execution, f"{state['Type']}StateEntered", {"stateEnteredEventDetails": details})
        value, following = _step(state, value, execution, around)
        details = {"name": name, "output": json.dumps(value)}
        sfn._add_event(execution, f"{state['Type']}StateExited", {"stateExitedEventDetails": details})
        name = following
    return value


def _step(state: State, value: Any, execution: Execution, around: Surroundings) -> Step:
    match state["Type"]:
        case "Succeed":
            return _succeed(state, value, around), None
        case "Fail":
            raise sfn._ExecutionError(*sfn._fail_state_error(state, value, around))
        case "Task" | "Parallel" | "Map" as kind:
            step: Step = getattr(sfn, f"_execute_{kind.lower()}")(state, value, execution, around)
        case "Pass" | "Choice" | "Wait" as kind:
            step = getattr(sfn, f"_execute_{kind.lower()}")(state, value, around)
        case kind:
            raise sfn._ExecutionError("States.Runtime", f"Unknown state type: {kind}")
    return step


def _succeed(state: State, value: Any, around: Surroundings) -> Any:
    if _is_jsonata(state, around):
        return sfn._apply_jsonata_output(state, value, around, default=value)
    return sfn._apply_output_path(state, sfn._apply_input_path(state, value, around), around)


def choice(state: State, value: Any, around: Surroundings) -> Step:
    """Choose as the emulator does; the default is a last rule, which holds always and has the state's own fields."""
    if _is_jsonata(state, around) and "Default" in state:
        fields = {name: state[name] for name in ("Output", "Assign") if name in state}
        default = fields | {"Condition": True, "Next": state["Default"], "QueryLanguage": "JSONata"}
        state = state | {"Choices": [*state["Choices"], default]}
    return _emulated_choice(state, value, around)


def parallel(state: State, value: Any, execution: Execution, around: Surroundings) -> Step:
    jsonata = _is_jsonata(state, around)
    if jsonata:
        argument = sfn._apply_jsonata_arguments(state, value, around)
    else:
        argument = sfn._apply_parameters(state, sfn._apply_input_path(state, value, around), around)

    def branch(machine: State) -> Any:
        return walk(machine["States"], machine["StartAt"], argument, execution, copy.deepcopy(around))

    results = current().together([functools.partial(branch, machine) for machine in state["Branches"]])
    if jsonata:
        output = sfn._apply_jsonata_output(state, value, around, result=results, default=results)
        sfn._apply_state_assign(state, value, around, result=results)
    else:
        output = sfn._apply_result_path(state, value, sfn._apply_result_selector(state, results))
        output = sfn._apply_output_path(state, output, around)
    return output, sfn._next_or_end(state)


def map_items(state: State, value: Any, execution: Execution, around: Surroundings) -> Step:
    with Scope(current()) as items:
        try:
            return _emulated_map(state, value, execution, around)
        finally:
            items.stop()


def distributed_map(state: State, value: Any, effective: Any, *rest: Any) -> Step:
    """The emulator knows JSONPath's fields alone: without any it runs over its input, and answers with all results."""
    _, _, around = rest
    if not _is_jsonata(state, around) or "ItemReader" in state:
        return _emulated_distributed_map(state, value, effective, *rest)
    items = sfn._jsonata_state_field(state, "Items", "array", value, around) if "Items" in state else value
    plain = {name: field for name, field in state.items() if name not in {"Items", "Output", "Assign"}}
    results, following = _emulated_distributed_map(plain, value, items, *rest)
    output = sfn._apply_jsonata_output(state, value, around, result=results, default=results)
    sfn._apply_state_assign(state, value, around, result=results)
    return output, following


def map_item(states: dict[str, State], start: str, value: Any, execution: Execution, around: Surroundings) -> Any:
    """Walk one item of a Map. An inline Map's items are in one scope, which ends with the first that fails."""
    try:
        return walk(states, start, value, execution, around)
    except sfn._ExecutionError:
        current().stop()
        raise


def _is_jsonata(state: State, around: Surroundings) -> bool:
    return bool(sfn._state_query_language(state, around) == "JSONata")
