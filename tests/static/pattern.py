"""Whether an event fits a pattern of EventBridge, as far as our patterns go.

"Comparison operators for use in event patterns" (eventbridge/latest/userguide/eb-create-pattern-operators.html).
"""

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any

type Json = Any


def fits(pattern: Mapping[str, Json], event: Mapping[str, Json]) -> bool:
    """Every field of ``pattern`` must be met, and of an ``$or`` one of its patterns."""
    return all(_met(key, wanted, event) for key, wanted in pattern.items())


def _met(key: str, wanted: Json, event: Mapping[str, Json]) -> bool:
    if key == "$or":
        return any(fits(one, event) for one in wanted)
    found = event.get(key)
    values = found if isinstance(found, list) else [found]
    if isinstance(wanted, dict):
        return any(fits(wanted, value if isinstance(value, Mapping) else {}) for value in values)
    return any(_same(one, value) for one in wanted for value in values)


def _same(test: Json, value: Json) -> bool:
    match test:
        case {"exists": bool() as exists}:
            return (value is not None) == exists
        case {"prefix": str() as prefix}:
            return isinstance(value, str) and value.startswith(prefix)
        case {"wildcard": str() as wildcard}:
            return isinstance(value, str) and fnmatchcase(value, wildcard.replace("[", "[[]"))
        case {"anything-but": list() as others}:
            return value is not None and value not in others
        case _:
            return bool(test == value)
