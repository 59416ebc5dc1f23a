"""What became of a build's layers, read from the workflow's own data."""

import json
from collections.abc import Iterable, Iterator, Mapping
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


NOT_BEGUN = "not begun"


def failures(layers: object, needs: Mapping[str, Iterable[str]]) -> list[Failure]:
    """The failed layers and those that could not begin because of them, in the order of ``needs``.

    ``layers`` holds, nested as the branches are, ``{"layer"}`` of each that stands and ``{"layer", "error", "cause"}``
    of each that failed, the last two as Step Functions gives them to a Catch (which may know of no cause).
    """
    ended = {str(one["layer"]): one for one in _flat(layers)}
    failed: list[Failure] = []
    for layer in needs:
        if layer not in ended:
            lacks = sorted(need for need in needs[layer] if need in {failure.layer for failure in failed})
            failed.append(
                Failure(layer, NOT_BEGUN, f"not begun: it needs {', '.join(lacks) or 'what failed before it'}")
            )
        elif "error" in ended[layer]:
            failed.append(_told(layer, str(ended[layer]["error"]), str(ended[layer].get("cause", ""))))
    return failed


def _told(layer: str, error: str, cause: str) -> Failure:
    """A nested execution fails as ``States.TaskFailed``; its own error and cause are inside, as JSON."""
    try:
        inner = json.loads(cause)
    except ValueError:
        return Failure(layer, error, cause or "its execution ended without a word")
    if not isinstance(inner, dict):
        return Failure(layer, error, cause)
    told = inner.get("Cause") or f"its execution ended {inner.get('Status', 'without a word')}"
    return Failure(layer, str(inner.get("Error", error)), str(told))


def _flat(layers: object) -> Iterator[Mapping[str, object]]:
    match layers:
        case list():
            for one in layers:
                yield from _flat(one)
        case {"layer": str()}:
            yield layers  # type: ignore[misc]
