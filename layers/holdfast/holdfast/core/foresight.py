"""What a build of these lines would do to what stands, found out by looking alone."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, Protocol

import msgspec

from holdfast.core.manifest import Declared, Record, Records, resolved
from holdfast.core.reconcile import check
from holdfast.core.reference import references
from holdfast.core.resource import Resource


class Foreseen(msgspec.Struct, frozen=True, kw_only=True):
    """What would become of one resource; ``changes`` in the words of a drift, promised being what is asked for."""

    path: str
    kind: str
    what: Literal["create", "change"]
    changes: tuple[str, ...] = ()


class Kinds(Protocol):
    """As ``core.layer.Kinds``, for looking."""

    def resource(self, record: Record, promised: object) -> Resource[Any]:
        """The resource of ``record`` with the resolved properties ``promised``."""
        ...

    def telling(self, what: str) -> AbstractContextManager[None]:
        """Turn AWS's errors in its block into the three kinds of trouble, about ``what``."""
        ...


def foresee(
    environment: str, layer: str, declared: Iterable[Declared], records: Records, kinds: Kinds
) -> Iterator[Foreseen]:
    """Every resource of ``layer`` that a build of ``declared`` would make or change, and no other."""
    for line in declared:
        path = f"{layer}/{line.name}"
        record = records.get(path, Record(environment=environment, layer=layer, name=line.name, kind=line.kind))
        if not record.physical:
            yield Foreseen(path=path, kind=line.kind, what="create")
            continue
        with kinds.telling(path):
            changes = _changes(line, record, records, kinds)
        if changes is None:
            yield Foreseen(path=path, kind=line.kind, what="create")
        elif changes:
            yield Foreseen(path=path, kind=line.kind, what="change", changes=changes)


def _changes(line: Declared, record: Record, records: Records, kinds: Kinds) -> tuple[str, ...] | None:
    """How what stands differs from what is asked for; None if it is gone.

    What is asked for may refer to what would only be made: that can be compared with the promise alone.
    """
    promised = resolved(line.properties, records)
    if references(promised):
        return tuple(_differences(record.target, line.properties))
    observed, drift = check(kinds.resource(record, promised))
    return None if observed is None else tuple(map(str, drift))


def _differences(stands: Mapping[str, object], asked: Mapping[str, object]) -> Iterator[str]:
    for field in sorted(asked):
        if stands.get(field) != asked[field]:
            yield f"{field}: promised {asked[field]}, found {stands.get(field)}"
