"""One object laid over another, and fields taken out of it: lists by their keys, the rest as the schema says."""

import copy
import json
from typing import Any

from local.kubernetes.ownership import Path, key_step
from local.kubernetes.schema import ANYTHING, Schema


def laid_over(below: Any, above: Any, schema: Schema) -> Any:
    """`above` wins; members of lists with keys are merged one by one, and those that stood keep their places."""
    match below, above:
        case dict(), dict() if not schema.is_atomic:
            merged = dict(below)
            for key, value in above.items():
                if value is None:
                    merged.pop(key, None)
                else:
                    merged[key] = laid_over(below.get(key), value, schema.member(key) or ANYTHING)
            return merged
        case list(), list() if schema.keys:
            theirs = {schema.key_of(member): member for member in above}
            kept = [laid_over(member, theirs.pop(schema.key_of(member), {}), schema.items) for member in below]
            return [*kept, *copy.deepcopy(list(theirs.values()))]
        case list(), list() if schema.is_set:
            return [*below, *(member for member in above if member not in below)]
        case _:
            return copy.deepcopy(above)


def strategic(below: Any, above: Any, schema: Schema) -> Any:
    """A strategic merge patch: like the above, with null and `$patch: delete` for what shall go."""
    match below, above:
        case dict(), dict():
            merged = dict(below)
            for key, value in above.items():
                if value is None:
                    merged.pop(key, None)
                elif not key.startswith("$"):
                    merged[key] = strategic(below.get(key), value, schema.member(key) or ANYTHING)
            return merged
        case list(), list() if schema.keys:
            gone = [schema.key_of(member) for member in above if member.get("$patch") == "delete"]
            stay = [member for member in above if "$patch" not in member]
            theirs = {schema.key_of(member): member for member in stay}
            kept = [member for member in below if schema.key_of(member) not in gone]
            kept = [strategic(member, theirs.pop(schema.key_of(member), {}), schema.items) for member in kept]
            return [*kept, *copy.deepcopy(list(theirs.values()))]
        case _:
            return copy.deepcopy(above)


def merged_json(below: Any, above: Any) -> Any:
    """RFC 7386."""
    if not isinstance(above, dict):
        return above
    merged = dict(below) if isinstance(below, dict) else {}
    for key, value in above.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merged_json(merged.get(key), value)
    return merged


def without(value: Any, gone: set[Path], schema: Schema) -> Any:
    """`value` without the paths `gone`. A map that this empties goes too, a type's empty fields stay."""
    match value:
        case dict():
            left = {}
            for key, member in value.items():
                below = {path[1:] for path in gone if path[0] == f"f:{key}"}
                if () in below:
                    continue
                inner = schema.member(key) or ANYTHING
                kept = without(member, below, inner) if below else member
                if not (below and member and kept in ({}, []) and not inner.has_fields):
                    left[key] = kept
            return left
        case list() if schema.keys:
            members = []
            for member in value:
                below = {path[1:] for path in gone if path[0] == key_step(schema, member)}
                if () not in below:
                    members.append(without(member, below, schema.items) if below else member)
            return members
        case list() if schema.is_set:
            return [member for member in value if (f"v:{json.dumps(member)}",) not in gone]
        case _:
            return value
