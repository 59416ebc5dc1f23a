"""Step Functions: where its gaps are closed, and for the most of them what `stepfunctions_*` beside this puts there.

Here every wait of the emulator becomes one that a stop ends, and a throttled function has the error that AWS gives it:
Lambda.TooManyRequestsException ("Handle Lambda service exceptions",
step-functions/latest/dg/bp-lambda-serviceexception.html
on docs.aws.amazon.com).
"""

import json
from collections.abc import Callable
from typing import Any

from ministack.services import stepfunctions as sfn

from local.gaps import stepfunctions_executions as executions
from local.gaps import stepfunctions_states as states
from local.gaps.scopes import current


def close() -> None:
    sfn._run_execution = executions.run
    sfn._add_event = executions.add_event
    sfn._start_execution = executions.start
    sfn._stop_execution = executions.stop
    sfn._invoke_nested_start_execution = executions.start_nested
    sfn._invoke_nested_start_execution_sync = executions.run_nested
    sfn._run_sub_machine = executions.run_map_item
    sfn._run_map_items = states.map_items
    sfn._run_distributed_map = states.distributed_map
    sfn._run_parallel_branches = states.parallel
    sfn._execute_choice = states.choice
    sfn._scaled_sleep = _sleep
    sfn._invoke_resource = _stoppable(sfn._invoke_resource)
    sfn._invoke_with_callback = _stoppable(sfn._invoke_with_callback)
    sfn._call_lambda = _naming_throttles(sfn._call_lambda)


def _sleep(seconds: float) -> None:
    current().sleep(seconds * sfn._SFN_WAIT_SCALE)


def _stoppable(wait: Callable[..., Any]) -> Callable[..., Any]:
    return lambda *arguments: current().run(lambda: wait(*arguments))


def _naming_throttles(original: Callable[[str, Any], Any]) -> Callable[[str, Any], Any]:
    def call(function: str, event: Any) -> Any:
        try:
            return original(function, event)
        except sfn._ExecutionError as error:
            if error.error != "Lambda.Unknown" or not error.cause.startswith("{"):
                raise
            cause = json.loads(error.cause)
            if cause.get("__type") != "TooManyRequestsException":
                raise
            raise sfn._ExecutionError("Lambda.TooManyRequestsException", cause["message"]) from None

    return call
