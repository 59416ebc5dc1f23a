"""From what an event names to the records of ours that it can have changed.

An event names the resource itself, or what it belongs to: an attack adds something that has an id of its own, a route
to a table, an access entry to a cluster. So a call that can change one kind, about a resource of another, leads to all
of that kind which lean on it, or on which it leans. Where a call names neither, only the part that has an id of its own
(who shares a snapshot does not name its database), AWS is asked what that belongs to.
"""

from collections.abc import Iterable, Iterator, Mapping
from itertools import product
from typing import Any

from holdfast.aws.clients import Clients
from holdfast.aws.resource import AwsResource
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.core.event import Sighted
from holdfast.core.manifest import Record, Records
from holdfast.core.reference import references


class Whereabouts:
    """Each id is asked after once, and each environment, whoever repeats it: keep it no longer than a batch.

    ``kinds``: those that are wanted.
    """

    def __init__(self, manifest: ManifestTable, kinds: Mapping[str, type[AwsResource[Any]]], clients: Clients) -> None:
        self._manifest = manifest
        self._kinds = kinds
        self._clients = clients
        self._owners: dict[str, list[Record]] = {}
        self._environments: dict[str, Records] = {}
        self._parts: dict[tuple[str, str], str] = {}

    def of(self, seen: Sighted) -> list[Record]:
        """The guarded records that ``seen`` leads to: none, if nothing of it is ours."""
        environment, paths = seen.asked
        found = self._manifest.some(environment, paths).values() if paths else ()
        owners = [owner for identity in sorted(seen.ids) for owner in self._owned(identity)]
        owners = owners or [owner for whole in self._wholes(seen) for owner in self._owned(whole)]
        led = (record for kind in sorted(seen.kinds & self._kinds.keys()) for record in self._led(kind, owners))
        guarded = {
            f"{record.environment}/{record.path}": record
            for record in (*found, *led)
            if record.desired is not None and record.physical and record.kind in self._kinds
        }
        return list(guarded.values())

    def _owned(self, identity: str) -> list[Record]:
        if identity not in self._owners:
            self._owners[identity] = self._manifest.owners(identity)
        return self._owners[identity]

    def _wholes(self, seen: Sighted) -> Iterator[str]:
        kinds = [self._kinds[kind] for kind in sorted(seen.kinds & self._kinds.keys())]
        for kind, identity in product(kinds, sorted(seen.ids)):
            part = (kind.kind, identity)
            if part not in self._parts:
                self._parts[part] = kind.belongs_to(self._clients, identity)
            if whole := self._parts[part]:
                yield whole

    def _led(self, kind: str, owners: Iterable[Record]) -> Iterator[Record]:
        """Those of ``kind`` that are named; else, in each environment that is, those next to what is named."""
        itself = [owner for owner in owners if owner.kind == kind]
        yield from itself
        known = {record.environment for record in itself}
        for owner in owners:
            if owner.environment not in known:
                yield from (one for one in self._records(owner.environment) if one.kind == kind and _near(one, owner))

    def _records(self, environment: str) -> Iterable[Record]:
        if environment not in self._environments:
            self._environments[environment] = self._manifest.records(environment)
        return self._environments[environment].values()


def _near(one: Record, other: Record) -> bool:
    return other.path in references(one.desired) or one.path in references(other.desired)
