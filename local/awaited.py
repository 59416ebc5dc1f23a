"""Which calls no rule of EventBridge waits for: most calls read, and most rules list calls that write.

Promises: what a rule or an archive might match is awaited. What is not awaited need not be put on the bus, nor held
against each rule there.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from ministack.services import eventbridge

_PAIRS: Final = 65_536
"""So many patterns are remembered, each with one operation of one service."""


def is_awaited(source: str, kind: str, service: str, operation: str) -> bool:
    """Whether a rule of this account and Region may match an event of ``operation``."""
    patterns = [rule.get("EventPattern") for rule in eventbridge._rules.values() if rule.get("State") == "ENABLED"]
    return bool(eventbridge._archives) or any(
        _may_match(pattern, source, kind, service, operation) for pattern in patterns if pattern
    )


@lru_cache(_PAIRS)
def _may_match(pattern: str, source: str, kind: str, service: str, operation: str) -> bool:
    envelope, detail = {"source": source, "detail-type": kind}, {"eventSource": service, "eventName": operation}
    return any(
        not _excludes(alternative, envelope) and not _excludes(alternative.get("detail", {}), detail)
        for alternative in eventbridge._compiled_pattern(pattern) or ()
    )


def _excludes(pattern: Any, event: Mapping[str, str]) -> bool:
    """Whether for a field of the event the pattern lists only plain words, and none of them is the event's."""
    if not isinstance(pattern, Mapping):
        return False  # it asks of the detail itself, as if it were a word
    return any(
        isinstance(words := pattern.get(name), list)
        and all(isinstance(word, str) for word in words)
        and value not in words
        for name, value in event.items()
    )
