"""What became of a build's layers, read from the workflow's own data."""

import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import NamedTuple


class Failure(NamedTuple):
    """One layer that does not stand: the ``error`` that its execution ended with, and its ``cause``."""

    layer: str
    error: str
    cause: str

    def __str__(self) -> str:
        return f"[{self.layer}] {self.cause}"

    @staticmethod
    def kind(failed: Iterable["Failure"]) -> str:
        """One error name for all: their own if they agree, else ``NeedsHuman``."""
        kinds = {failure.error for failure in failed if failure.error != NOT_BEGUN}
        return kinds.pop() if len(kinds) == 1 else "NeedsHuman"

    @staticmethod
    def sentence(failed: Iterable["Failure"]) -> str:
        """One cause for all: each failed layer, and at the end the page for whoever must do something about it."""
        return f"{'; '.join(map(str, failed))}. Runbook: {RUNBOOK}"


NOT_BEGUN = "not begun"
RUNBOOK = "docs/runbooks/build.md"
_ENDED = {
    "TIMED_OUT": "it took longer than a layer may (TIMED_OUT). What to do: see what it waits for",
    "ABORTED": "somebody stopped it (ABORTED). What to do: start the build again; if nobody says so, see how it ended",
}
"""What it means that an execution ended by itself, without words of its own."""


def failures(layers: object, order: Collection[str]) -> list[Failure]:
    """The failed layers and those that were never begun because of them, in ``order``.

    ``layers`` holds, nested as the branches are, ``{"layer"}`` of each that stands and ``{"layer", "error", "cause"}``
    of each that failed, the last two as Step Functions gives them to a Catch (which may know of no cause).
    """
    ended = {str(one["layer"]): one for one in _flat(layers)}
    stopped_at = ", ".join(layer for layer in order if "error" in ended.get(layer, {})) or "admit"
    failed: list[Failure] = []
    for layer in order:
        if layer not in ended:
            failed.append(Failure(layer, NOT_BEGUN, f"not begun: the build stopped at {stopped_at}"))
        elif "error" in ended[layer]:
            failed.append(_told(layer, str(ended[layer]["error"]), str(ended[layer].get("cause", ""))))
    return failed


def _told(layer: str, error: str, cause: str) -> Failure:
    """A nested execution fails as ``States.TaskFailed``; its own error and cause are inside, as JSON.

    That is DescribeExecution's answer ("Start workflow executions from a task state in Step Functions",
    step-functions/latest/dg/connect-stepfunctions.html).
    """
    try:
        inner = json.loads(cause)
    except ValueError:
        return Failure(layer, error, cause or "its execution ended without a word")
    if not isinstance(inner, dict):
        return Failure(layer, error, cause)
    told = inner.get("Cause") or _without_words(inner)
    return Failure(layer, str(inner.get("Error", error)), str(told))


def _without_words(execution: Mapping[str, object]) -> str:
    status = str(execution.get("Status", "without a word"))
    arn = execution.get("ExecutionArn", f"ARN (step 3 of {RUNBOOK})")
    means = _ENDED.get(status, f"its execution ended {status}. What to do: see how")
    history = f"aws stepfunctions get-execution-history --reverse-order --execution-arn {arn}"
    return f"{means}: `{history}`, where the last answer of converge or verify lists what is pending"


def _flat(layers: object) -> Iterator[Mapping[str, object]]:
    match layers:
        case list():
            for one in layers:
                yield from _flat(one)
        case Mapping() if isinstance(layers.get("layer"), str):
            yield layers
