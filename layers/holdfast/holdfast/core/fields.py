"""The fields of a Kubernetes object by their paths, how two objects differ, and one with another value at a path.

A path reads ``spec.template.spec.containers[name=app].image``. Lists go by the keys that Kubernetes merges them by; one
without keys is one value. The keys are ``x-kubernetes-list-map-keys`` of the published OpenAPI document
(kubernetes.io/docs/reference/using-api/server-side-apply, "Merge strategy").
"""

import re
from collections.abc import Iterator, Mapping
from functools import reduce
from typing import Any, Final, NamedTuple

LIST_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "containers": ("name",),
    "env": ("name",),
    "ephemeralContainers": ("name",),
    "hostAliases": ("ip",),
    "imagePullSecrets": ("name",),
    "initContainers": ("name",),
    "resourceClaims": ("name",),
    "schedulingGates": ("name",),
    "secrets": ("name",),
    "topologySpreadConstraints": ("topologyKey", "whenUnsatisfiable"),
    "volumeDevices": ("devicePath",),
    "volumeMounts": ("mountPath",),
    "volumes": ("name",),
}
_STEPS: Final = re.compile(r"\[([^\]]*)\]|([^.\[]+)")
CONTAINER_PORT: Final = ("containerPort", "protocol")
SERVICE_PORT: Final = ("port", "protocol")
DEFAULTS: Final = {"protocol": "TCP"}
"""A key that may be left out."""


IDENTITY: Final = frozenset({"apiVersion", "kind", "metadata.name", "metadata.namespace"})
"""By these an object is found: they cannot differ."""
HIDDEN: Final = "(not told)"
OTHERWISE: Final = "(another one, not told)"
"""What is told of a value in a Secret."""


class Difference(NamedTuple):
    """At ``path``: ``wanted`` or ``found`` is None where it is absent. ``pointer`` leads there in what stands."""

    path: str
    pointer: tuple[str | int, ...]
    wanted: Any
    found: Any


def flat(value: object, path: str = "") -> dict[str, Any]:
    """Every leaf of ``value`` by its path; an empty map, and a list without keys, is a leaf."""
    members = _members(value, path)
    if not members:
        return {path: value}
    return {leaf: found for step, (_, member) in members.items() for leaf, found in flat(member, step).items()}


def differences(
    wanted: object, found: object, path: str = "", pointer: tuple[str | int, ...] = ()
) -> Iterator[Difference]:
    """Where ``found`` is not ``wanted``, as high in the tree as one of them has nothing."""
    mine, theirs = _members(wanted, path), _members(found, path)
    if not (mine or wanted == {}) or not (theirs or found == {}):
        if wanted != found:
            yield Difference(path, pointer, wanted, None if found == [] else found)
        return
    for step in (*mine, *(step for step in theirs if step not in mine)):
        if step not in theirs:
            yield Difference(step, (*pointer, mine[step][0]), mine[step][1], None)
        elif step not in mine:
            yield Difference(step, (*pointer, theirs[step][0]), None, theirs[step][1])
        else:
            place, member = theirs[step]
            yield from differences(mine[step][1], member, step, (*pointer, place))


def put(value: Any, target: str, wanted: object, path: str = "") -> Any:
    """``value`` with what ``wanted`` says at the path ``target``; None takes away what is there."""
    for step, (place, member) in _members(value, path).items():
        if step == target:
            return _placed(value, place, wanted)
        if target.startswith((f"{step}.", f"{step}[")):
            changed = put(member, target, wanted, step)
            without_its_key = isinstance(value, list) and step not in _members([changed], path)
            return _placed(value, place, None if without_its_key else changed or None)
    if wanted is None:
        return value
    if isinstance(value, list):
        return [*value, wanted]
    first, *below = [inner or outer for inner, outer in _STEPS.findall(target.removeprefix(path))]
    return {**value, first: reduce(lambda made, key: {key: made}, reversed(below), wanted)}


def _placed(value: Any, place: str | int, wanted: object) -> Any:
    if isinstance(value, list):
        return [member for at, one in enumerate(value) if (member := wanted if at == place else one) is not None]
    rest = {key: member for key, member in value.items() if key != place}
    return rest if wanted is None else {**value, place: wanted}


def _members(value: object, path: str) -> dict[str, tuple[str | int, Any]]:
    """The members of a map or of a list with keys: by path, where each is in ``value``, and it."""
    match value:
        case dict():
            return {_below(path, key): (key, member) for key, member in value.items() if member is not None}
        case list() if value and isinstance(value[0], dict) and (keys := _keys(path.rpartition(".")[2], value)):
            return {f"{path}[{_name(member, keys)}]": (place, member) for place, member in enumerate(value)}
        case _:
            return {}


def _keys(field: str, members: list[dict[str, Any]]) -> tuple[str, ...]:
    if field == "ports":
        return CONTAINER_PORT if any("containerPort" in one for one in members) else SERVICE_PORT
    return LIST_KEYS.get(field, ())


def _name(member: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return ",".join(f"{key}={member.get(key, DEFAULTS.get(key))}" for key in keys)


def _below(path: str, key: str) -> str:
    if "." in key or "/" in key:
        return f"{path}[{key}]"
    return f"{path}.{key}" if path else key
