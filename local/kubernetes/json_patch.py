"""RFC 6902, as far as clients of ours go: add, remove, replace, test."""

import copy
from typing import Any

from local.kubernetes.refusal import Refusal


def patched(obj: dict[str, Any], steps: list[dict[str, Any]]) -> dict[str, Any]:
    """Raises the server's refusal where a step cannot be made."""
    result = copy.deepcopy(obj)
    for step in steps:
        *way, last = [part.replace("~1", "/").replace("~0", "~") for part in step["path"].split("/")[1:]]
        try:
            _make(step, _led(result, way), last)
        except (IndexError, KeyError, ValueError) as error:
            # Neither the step nor the reason is named.
            raise Refusal(422, "the server rejected our request due to an error in our request") from error
    return result


def _led(value: Any, way: list[str]) -> Any:
    for step in way:
        value = value[int(step)] if isinstance(value, list) else value[step]
    return value


def _make(step: dict[str, Any], parent: Any, last: str) -> None:
    place: Any = last if isinstance(parent, dict) or last == "-" else int(last)
    match step["op"]:
        case "test" if parent[place] != step["value"]:
            raise ValueError(f"testing value {step['path']} failed: test failed")
        case "test":
            return
        case "remove":
            del parent[place]
        case "replace" if isinstance(parent, dict) and place not in parent:
            raise KeyError(place)
        case "replace":
            parent[place] = step["value"]
        case "add" if isinstance(parent, list):
            parent.insert(len(parent) if place == "-" else place, step["value"])
        case "add":
            parent[place] = step["value"]
        case other:
            raise ValueError(f"unknown operation {other}")
