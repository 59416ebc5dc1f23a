"""Desired against observed: the fields we own, and nothing else (see ``resource`` for sets and dicts)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from holdfast.core.resource import Change, Desired, Drift


def diff[D: Desired](desired: D, observed: D) -> Drift:
    """Every change that parts ``observed`` from ``desired``, in a stable order, additions to a closed set first.

    Additions come first because on an access list they are what widens access.
    """
    return tuple(
        change
        for field in msgspec.structs.fields(desired)
        for change in _changes(field.encode_name, getattr(desired, field.name), getattr(observed, field.name))
    )


def patch[D: Desired](observed: D, drift: Drift) -> D:
    """What ``observed`` becomes when ``drift`` is undone; ``patch(o, diff(d, o))`` promises all that ``d`` does."""
    fields = {field.encode_name: field.name for field in msgspec.structs.fields(observed)}
    state = {name: getattr(observed, name) for name in fields.values()}
    for change in drift:
        encoded, _, key = change.path.partition(".")
        name = fields[encoded]
        match state[name]:
            case frozenset() as members:
                state[name] = (members - {change.found}) | ({change.promised} - {None})
            case dict() as items:
                state[name] = {**items, key: change.promised}
            case _:
                state[name] = change.promised
    return msgspec.structs.replace(observed, **state)


def _changes(path: str, desired: Any, observed: Any) -> Iterator[Change]:
    match desired:
        case frozenset():
            for member in sorted(observed - desired, key=_order):
                yield Change(path=path, found=member)
            for member in sorted(desired - observed, key=_order):
                yield Change(path=path, promised=member)
        case dict():
            for key, value in sorted(desired.items()):
                if observed.get(key) != value:
                    yield Change(path=f"{path}.{key}", promised=value, found=observed.get(key))
        case _ if desired != observed:
            yield Change(path=path, promised=desired, found=observed)


def _order(member: object) -> bytes:
    return msgspec.json.encode(member, order="sorted")
