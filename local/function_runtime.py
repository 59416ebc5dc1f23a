"""What runs inside the process of a Python function: the Lambda runtime of the laptop AWS.

`local.gaps.lambda_` hands this file to the emulator as the script of its worker processes. The emulator speaks to it in
lines of JSON: one that describes the function, then one an invocation, each answered by one. What an invocation logs
ends with a line of its own, so that nobody has to wait whether there is more. It promises what AWS does:
- a handler that raises answers with the class name, message and stack trace, and the process lives on ("AWS Lambda
  function errors in Python", lambda/latest/dg/python-exceptions.html);
- a module that cannot be loaded fails the invocation under the name of its trouble, and is tried again by the next one
  ("Understanding the Lambda execution environment lifecycle", lambda/latest/dg/lambda-runtime-environment.html);
- modules come from the function, then its layers, then the runtime ("Working with .zip file archives for Python Lambda
  functions", lambda/latest/dg/python-package.html);
- the environment is that of "Working with Lambda environment variables", lambda/latest/dg/configuration-envvars.html.
"""

import importlib
import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TextIO

_LAYERS: Final = "_LAMBDA_LAYERS_DIRS"
# AWS_ENDPOINT_URL is how functions find the laptop AWS, TMPDIR stands for Lambda's /tmp, and HOME keeps the SDK from
# reading the settings of whoever runs this.
_KEPT: Final = frozenset(
    {
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION"),
        *("AWS_LAMBDA_FUNCTION_NAME", "AWS_LAMBDA_FUNCTION_VERSION", "AWS_LAMBDA_FUNCTION_MEMORY_SIZE"),
        *("AWS_LAMBDA_LOG_STREAM_NAME", "LAMBDA_TASK_ROOT", "LANG", "PATH"),
        *("AWS_ENDPOINT_URL", "AWS_DISABLE_HOST_PREFIX_INJECTION", "TMPDIR", "HOME"),
    }
)
_DEPTH_HEADER: Final = "X-Ministack-Invoke-Depth"
LOGGED: Final = "\x1elogged"
"""The line after the last one that an invocation has logged, before it is answered."""

type Handler = Callable[[Any, "Context"], Any]

_call: dict[str, Any] = {}


class Context:
    """The second argument of a handler ("Using the Lambda context object", lambda/latest/dg/python-context.html)."""

    identity = None
    client_context = None

    def __init__(self, call: dict[str, Any]) -> None:
        self.function_name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = os.environ["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = os.environ["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = os.environ["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.invoked_function_arn: str = call["invoked_function_arn"]
        self.aws_request_id: str = call["request_id"]
        self._deadline = time.monotonic() + call["timeout_ms"] / 1000

    def get_remaining_time_in_millis(self) -> int:
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class LambdaRuntimeError(Exception):
    """Not the handler fails but what is around it; `kind` is the name that AWS gives the reason."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def main() -> None:
    answers, sys.stdout = sys.stdout, sys.stderr
    function = json.loads(sys.stdin.readline())
    _set_environment(function)
    _set_path(function["code_dir"])
    _announce_depth()
    _leave_the_account_out_of_hosts()
    handler: Handler | None = None
    try:
        handler = _load(function)
    except Exception as trouble:  # noqa: BLE001 - whatever the function's code raises is the invocation's answer
        if function.get("snapstart"):
            _answer(answers, _marshalled({"status": "error", "error": str(trouble)}))
            return
    _answer(answers, _marshalled({"status": "ready"}))
    for line in sys.stdin:
        message = json.loads(line)
        call = message["ctx"]
        _set_call(call)
        try:
            handler = handler or _load(function)
            answer = _marshalled({"status": "ok", "result": handler(message["event"], Context(call))})
        except Exception as error:  # noqa: BLE001 - whatever the function's code raises is the invocation's answer
            print(f"[ERROR] {''.join(traceback.format_exception(error))}", file=sys.stderr)
            answer = _marshalled({"status": "ok", "failure": _failure(error, call["request_id"])})
        print(LOGGED, file=sys.stderr, flush=True)
        _answer(answers, answer)


def _marshalled(answer: dict[str, Any]) -> str:
    try:
        return json.dumps(answer)
    except (TypeError, ValueError) as error:
        raise LambdaRuntimeError("Runtime.MarshalError", f"Unable to marshal response: {error}") from None


def _answer(answers: TextIO, answer: str) -> None:
    answers.write(answer + "\n")
    answers.flush()


def _set_environment(function: dict[str, Any]) -> None:
    name = os.environ["AWS_LAMBDA_FUNCTION_NAME"]
    layers = os.environ.get(_LAYERS, "")
    for other in set(os.environ) - _KEPT:
        del os.environ[other]
    os.environ[_LAYERS] = layers
    os.environ |= {
        "_HANDLER": f"{function['module']}.{function['handler']}",
        "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "snap-start" if function.get("snapstart") else "on-demand",
        "AWS_LAMBDA_LOG_GROUP_NAME": f"/aws/lambda/{name}",
        "TZ": ":UTC",
    }
    os.environ |= function["env"]


def _set_path(code: str) -> None:
    layers = [Path(layer) / "python" for layer in os.environ.pop(_LAYERS).split(os.pathsep) if layer]
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    # Lambda unpacks layers over each other, and so the last one wins.
    places = [place for layer in reversed(layers) for place in (layer / "lib" / version / "site-packages", layer)]
    sys.path[:1] = [code, *(str(place) for place in places if place.is_dir())]


def _announce_depth() -> None:
    """Let the emulator see which calls a function makes because of which, so that it can end a loop of functions.

    It reads a header of its own where Lambda reads the trace header. Clients keep the hooks that they find when they
    are made, and so this comes before the function's modules.
    """
    import botocore.handlers  # noqa: PLC0415 - from the runtime's own folder, which is on the path only now

    def announce(params: dict[str, Any], **_: object) -> None:
        if _call.get("depth") is not None:
            params["headers"].setdefault(_DEPTH_HEADER, str(_call["depth"]))

    botocore.handlers.BUILTIN_HANDLERS.append(("before-call", announce))


def _leave_the_account_out_of_hosts() -> None:
    """Let calls of S3 Control reach the laptop AWS: their host begins with the account, which no resolver here knows.

    botocore puts it there by the service's endpoint rules, which no setting of a client turns off; the account is in a
    header of each of these calls as well.
    """
    import botocore.handlers  # noqa: PLC0415 - as above

    def leave_out(params: dict[str, Any], **_: object) -> None:
        account = params["headers"].get("x-amz-account-id", "")
        params["url"] = params["url"].replace(f"//{account}.", "//", 1)

    botocore.handlers.BUILTIN_HANDLERS.append(("before-call.s3-control", leave_out))


def _load(function: dict[str, Any]) -> Handler:
    module, name = function["module"], function["handler"]
    try:
        handler: Handler = getattr(importlib.import_module(module), name)
    except ImportError as error:
        raise LambdaRuntimeError("Runtime.ImportModuleError", f"Unable to import module '{module}': {error}") from error
    except SyntaxError as error:
        raise LambdaRuntimeError(
            "Runtime.UserCodeSyntaxError", f"Syntax error in module '{module}': {error}"
        ) from error
    except AttributeError as error:
        if error.name != name:
            raise
        raise LambdaRuntimeError("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module}'") from error
    return handler


def _set_call(call: dict[str, Any]) -> None:
    _call.clear()
    _call.update(call)
    os.environ.pop("_X_AMZN_TRACE_ID", None)
    if call.get("trace_id"):
        os.environ["_X_AMZN_TRACE_ID"] = call["trace_id"]


def _failure(error: Exception, request_id: str) -> dict[str, Any]:
    if isinstance(error, LambdaRuntimeError):
        kind, trace = error.kind, None
    else:
        kind, trace = type(error).__name__, _without_ours(error.__traceback__)
    lines = traceback.format_list(traceback.extract_tb(trace))
    return {"errorMessage": str(error), "errorType": kind, "requestId": request_id, "stackTrace": lines}


def _without_ours(trace: TracebackType | None) -> TracebackType | None:
    while trace and trace.tb_frame.f_globals is globals():
        trace = trace.tb_next
    return trace


if __name__ == "__main__":
    main()
