"""Lambda: Python functions run in the runtime of `local.function_runtime`, whose docstring names AWS's pages.

The emulator takes each exception for a crash: it names all of them `Runtime.HandlerError`, without a stack, and kills
the process. It also lets functions import whatever the host has installed and read the host's variables. Here a
function that fails answers as on AWS ("AWS Lambda function errors in Python", lambda/latest/dg/python-exceptions.html),
one whose process dies answers `Runtime.ExitError` ("How do I resolve the "runtime exited" error from Lambda?",
repost.aws/knowledge-center/lambda-runtime-error), and it finds the standard library, its own code, its layers, and what
"Runtime-included libraries" of lambda/latest/dg/python-package.html lists: boto3 and what that stands on.

The emulator waits 50 ms after each invocation whether there is more to log, and may miss what comes later; here the
runtime says when it has logged everything.

A package is unpacked once for all processes that run it: eight cold starts side by side take a third of the time that
they take where each process has function and layers unpacked anew, and compiles what it imports from them.
"""

import hashlib
import queue
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

from ministack.core import lambda_runtime
from ministack.services import lambda_svc

from local import function_runtime

_INCLUDED: Final = ("boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six", "urllib3")

# The emulator's own words for it.
_DIED: Final = "Worker process died"
_BEAT: Final = 0.02
"""Seconds between two looks whether a process that logs no more has ended."""

type Answer = dict[str, Any]


class _Failure(dict[str, Any]):
    """What a handler that raised answers with, on its way through code that takes it for a result."""


class _UnpackedOnce(zipfile.ZipFile):
    """An archive whose contents appear, by a link, where the emulator wants to unpack it."""

    @cached_property
    def _unpacked(self) -> Path:
        contents = hashlib.sha256(Path(str(self.filename)).read_bytes()).hexdigest()
        return Path(tempfile.gettempdir()) / "unpacked" / contents

    def namelist(self) -> list[str]:
        """Return the names that the emulator is to look at, whether they lead out of the folder: once is enough."""
        return [] if self._unpacked.exists() else super().namelist()

    def extractall(self, path: Any = None, members: Any = None, pwd: Any = None) -> None:
        archive, wanted, unpacked = Path(str(self.filename)), Path(path), self._unpacked
        if not unpacked.exists():
            fresh = wanted.with_suffix(".fresh")
            super().extractall(fresh, super().namelist(), pwd)  # by now another may have unpacked it
            _put_unless_there(fresh, unpacked)
        archive.unlink()
        wanted.rmdir()
        wanted.symlink_to(unpacked)


def close() -> None:
    python = runtime(Path(tempfile.gettempdir()) / "runtime")
    script = Path(function_runtime.__file__).read_text()
    lambda_runtime._detect_runtime_binary = _detecting(lambda_runtime._detect_runtime_binary, python, script)
    lambda_runtime.zipfile = SimpleNamespace(**vars(zipfile) | {"ZipFile": _UnpackedOnce})
    lambda_runtime.Worker._drain_stderr_bounded = _logged(lambda_runtime.Worker._drain_stderr_bounded)
    lambda_runtime.Worker.invoke = _marking_failures(lambda_runtime.Worker.invoke)
    lambda_svc._execute_function_warm = _reporting_failures(lambda_svc._execute_function_warm)


def runtime(folder: Path) -> Path:
    """Lay out a virtual environment of links to what the Lambda runtime has, and return its interpreter."""
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    home = Path(sys.base_prefix) / "bin"
    packages = folder / "lib" / version / "site-packages"
    packages.mkdir(parents=True)
    (folder / "bin").mkdir()
    (folder / "pyvenv.cfg").write_text(f"home = {home}\ninclude-system-site-packages = false\n")
    python = folder / "bin" / "python"
    python.symlink_to(home / version)
    for name in _INCLUDED:
        found = find_spec(name)
        if found is None or found.origin is None:
            raise ModuleNotFoundError(f"the Lambda runtime includes {name}: install it beside ministack")
        path = Path(found.origin)
        path = path.parent if path.name == "__init__.py" else path
        (packages / path.name).symlink_to(path)
    return python


def _put_unless_there(fresh: Path, place: Path) -> None:
    """Move a folder to its place; where another process of the same package was faster, its folder stays."""
    place.parent.mkdir(exist_ok=True)
    try:
        fresh.rename(place)
    except OSError:
        shutil.rmtree(fresh)


def _detecting(
    original: Callable[[str], tuple[str, str]], python: Path, script: str
) -> Callable[[str], tuple[str, str]]:
    def detect(runtime: str) -> tuple[str, str]:
        return (str(python), script) if runtime.startswith("python") else original(runtime)

    return detect


def _logged(original: Callable[..., str]) -> Callable[..., str]:
    """Return what an invocation logged, to its last line: the runtime says which that is, or its process has ended."""

    def drain(worker: Any, **waits: float) -> str:
        if not worker.config["Runtime"].startswith("python"):
            return original(worker, **waits)
        lines: list[str] = []
        while worker._stderr_thread.is_alive() or not worker._stderr_queue.empty():
            with suppress(queue.Empty):
                line = worker._stderr_queue.get(timeout=_BEAT)
                if line == function_runtime.LOGGED:
                    break
                lines.append(line)
        return "\n".join(lines)

    return drain


def _marking_failures(original: Callable[..., Answer]) -> Callable[..., Answer]:
    def invoke(worker: Any, event: Any, request_id: str, **named: Any) -> Answer:
        answer = original(worker, event, request_id, **named)
        if "failure" in answer:
            answer["result"] = _Failure(answer["failure"])
        elif answer.get("error") == _DIED:
            answer |= {"status": "ok", "result": _exited(request_id)}
        return answer

    return invoke


def _exited(request_id: str) -> _Failure:
    message = f"RequestId: {request_id} Error: Runtime exited with error: signal: killed"
    return _Failure({"errorType": "Runtime.ExitError", "errorMessage": message})


def _reporting_failures(original: Callable[..., Answer]) -> Callable[..., Answer]:
    def execute(*arguments: Any, **named: Any) -> Answer:
        answer = original(*arguments, **named)
        if isinstance(answer.get("body"), _Failure):
            answer |= {"error": True, "function_error": "Unhandled"}
        return answer

    return execute
