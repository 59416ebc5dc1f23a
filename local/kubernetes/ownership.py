"""Who owns which field: sets of paths, and `managedFields` as their spelling on the wire (`FieldsV1`).

A path is a tuple of steps: `f:spec`, `k:{"name":"app"}` for a member of a list with keys, `v:"x"` for one of a set. A
member that is present is a path of its own, as `.` is on the wire. "Server-Side Apply", Field management.
"""

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple

from local.kubernetes.schema import ANYTHING, Schema

type Path = tuple[str, ...]
type Fields = frozenset[Path]

# Nobody owns these: they say which object it is, or belong to the server.
_NOBODYS: Final = frozenset(
    {
        ("f:apiVersion",),
        ("f:kind",),
        *(
            ("f:metadata", f"f:{field}")
            for field in (
                "creationTimestamp",
                "deletionTimestamp",
                "generateName",
                "generation",
                "managedFields",
                "name",
                "namespace",
                "resourceVersion",
                "uid",
            )
        ),
    }
)


class Manager(NamedTuple):
    name: str
    operation: str
    subresource: str = ""


def fields(value: Mapping[str, Any], schema: Schema) -> dict[Path, Any]:
    """Every path that an object sets, with what stands there; a member of a list with its keys."""
    found: dict[Path, Any] = {}
    _collect(value, schema, (), found)
    return {path: leaf for path, leaf in found.items() if path[:2] not in _NOBODYS and path[:1] not in _NOBODYS}


def _collect(value: Any, schema: Schema, path: Path, found: dict[Path, Any]) -> None:
    match value:
        case dict() if value and not schema.is_atomic:
            for key, member in value.items():
                if member is not None:
                    _collect(member, schema.member(key) or ANYTHING, (*path, f"f:{key}"), found)
        case list() if value and schema.keys:
            for member in value:
                step = (*path, key_step(schema, member))
                found[step] = dict(schema.key_of(member))
                for key, below in member.items():
                    _collect(below, schema.items.member(key) or ANYTHING, (*step, f"f:{key}"), found)
        case list() if value and schema.is_set:
            for member in value:
                found[*path, f"v:{json.dumps(member)}"] = member
        case _:
            found[path] = value


def key_step(schema: Schema, member: Mapping[str, Any]) -> str:
    return "k:" + json.dumps(dict(schema.key_of(member)), separators=(",", ":"), sort_keys=True)


def to_wire(owned: Iterable[Path]) -> dict[str, Any]:
    wire: dict[str, Any] = {}
    for path in sorted(owned):
        node = wire
        for step in path:
            node = node.setdefault(step, {})
        if path[-1].startswith("k:"):
            node["."] = {}
    return wire


def from_wire(wire: Mapping[str, Any], path: Path = ()) -> set[Path]:
    owned = {path} if path and not any(step != "." for step in wire) else set()
    if "." in wire:
        owned.add(path)
    for step, below in wire.items():
        if step != ".":
            owned |= from_wire(below, (*path, step))
    return owned


def entries(metadata: Mapping[str, Any]) -> dict[Manager, set[Path]]:
    return {
        Manager(one["manager"], one["operation"], one.get("subresource", "")): from_wire(one.get("fieldsV1", {}))
        for one in metadata.get("managedFields", ())
        if "manager" in one
    }


def written(
    owners: Mapping[Manager, set[Path]], before: Mapping[str, Any], api_version: str, now: str
) -> list[dict[str, Any]]:
    """`managedFields` of `owners`; an entry that has not changed keeps its time."""
    was = entries(before)
    times = {
        Manager(one["manager"], one["operation"], one.get("subresource", "")): one.get("time", now)
        for one in before.get("managedFields", ())
        if "manager" in one
    }
    return [
        {
            "manager": manager.name,
            "operation": manager.operation,
            "apiVersion": api_version,
            "time": times.get(manager, now) if was.get(manager) == owned else now,
            "fieldsType": "FieldsV1",
            "fieldsV1": to_wire(owned),
            **({"subresource": manager.subresource} if manager.subresource else {}),
        }
        for manager, owned in sorted(owners.items())
        if owned
    ]


def human(path: Path) -> str:
    """As messages spell a path: `.spec.replicas`, `.spec.containers[name="app"].image`."""
    said = ""
    for step in path:
        kind, _, rest = step.partition(":")
        if kind == "f":
            said += f".{rest}"
        elif kind == "k":
            said += "[" + ",".join(f"{key}={json.dumps(value)}" for key, value in json.loads(rest).items()) + "]"
        else:
            said += f"[={rest}]"
    return said
