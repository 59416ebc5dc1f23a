"""Desired against observed: the fields we own, and nothing else (see ``resource`` for sets and dicts)."""

from collections.abc import Iterator
from typing import Any

import msgspec

from holdfast.core.resource import Change, Desired, Drift


def diff[D: Desired](desired: D, observed: D, tolerated: D | None = None) -> Drift:
    """Every change that parts ``observed`` from ``desired``, in a stable order.

    What was added to a closed set comes before all else: on an access list that is what widens access. ``tolerated`` is
    a second state on the way to which it may be: only what differs from both is a change.
    """
    promised, found = desired.compared(), observed.compared()
    also = promised if tolerated is None else tolerated.compared()
    changes = [
        *(
            change
            for path, value in promised.items()
            if path in also
            for change in _changes(path, value, found.get(path), also[path])
        ),
        *(
            Change(path=path, found=value)
            for path, value in found.items()
            if path not in promised and value is not None and value != also.get(path)
        ),
    ]
    return tuple(sorted(changes, key=lambda change: change.promised is not None))


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


def _changes(path: str, desired: Any, observed: Any, also: Any) -> Iterator[Change]:
    match desired:
        case frozenset():
            also = also or frozenset()
            for member in sorted(observed - desired - also, key=_order):
                yield Change(path=path, found=member)
            for member in sorted((desired & also) - observed, key=_order):
                yield Change(path=path, promised=member)
        case dict():
            for key, value in sorted(desired.items()):
                if key in also and observed.get(key) not in (value, also[key]):
                    yield Change(path=f"{path}.{key}", promised=value, found=observed.get(key))
        case _ if observed not in (desired, also):
            yield Change(path=path, promised=desired, found=observed)


def _order(member: object) -> bytes:
    return msgspec.json.encode(member, order="sorted")
