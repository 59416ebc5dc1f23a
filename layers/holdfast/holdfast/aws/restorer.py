"""One concern's restorer over AWS: from ids to records of ours, from a record to the resource that it promises.

The hot path: what it imports is what a cold start pays for. What is not ours costs one look into the manifest, and no
call to any other service.
"""

import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from holdfast.aws.clients import Clients
from holdfast.aws.resource import AwsResource
from holdfast.aws.tables.incidents import IncidentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.trouble import telling
from holdfast.core.concern import Concern
from holdfast.core.diff import diff
from holdfast.core.event import Sighted
from holdfast.core.guarantees import NODES, refuse_broken_promise
from holdfast.core.incident import Incident
from holdfast.core.manifest import Record, Records, resolved
from holdfast.core.reference import references
from holdfast.core.resource import Desired
from holdfast.core.restoration import Hand, Sighting, hold
from holdfast.core.trouble import ComeBackLater, NeedsHuman


class Restorer(NamedTuple):
    """``kinds``: the concern's resources by CloudFormation type. ``reclaim`` puts our tags back on one of them."""

    clients: Clients
    concern: Concern
    kinds: dict[str, type[AwsResource[Any]]]
    manifest: ManifestTable
    incidents: IncidentsTable
    reclaim: Callable[[Record], None]
    principal: str

    def owners(self, identity: str) -> list[Record]:
        """The guarded records of this concern that AWS calls ``identity``: none, if it is not ours."""
        owners = self.manifest.owners(identity)
        return [record for record in owners if record.desired is not None and record.kind in self.kinds]

    def look(self, record: Record, told: Sequence[Sighted]) -> Incident | None:
        """Hold one resource that the events ``told`` speak of. Raises as ``hold`` does."""
        with telling(record.path):
            needed = references(record.desired) | references(record.next) | {NODES}
            records = self.manifest.some(record.environment, needed)
            promised = resolved(record.desired or {}, records)
            if lacks := references(promised):
                raise ComeBackLater(f"{record.path} refers to {', '.join(sorted(lacks))}, of which no id is known", 15)
            resource = self._promised(record, promised)
            if _shown_to_hold(resource, told):
                return None
            return hold(resource, self._sighting(record, records, told), self._hand(record, records))

    def _promised(self, record: Record, promised: object) -> AwsResource[Any]:
        try:
            return self.kinds[record.kind].of(self.clients, record, promised)
        except msgspec.ValidationError as error:
            why = f"its promise cannot be read, another version of Holdfast wrote it ({error})"
            raise NeedsHuman(
                record.path, why, "start a build of the environment's file: it writes the promise anew"
            ) from error

    def _sighting(self, record: Record, records: Records, told: Sequence[Sighted]) -> Sighting:
        pictures = [one.captured_at for one in told]
        return Sighting(
            record,
            noticed_by=told[0].noticed_by,
            actors=tuple(one.actor for one in told if one.actor is not None),
            captured_at=max(pictures) if all(pictures) else 0.0,
            tolerated=self._tolerated(record, records),
        )

    def _tolerated(self, record: Record, records: Records) -> Desired | None:
        if record.next is None:
            return None
        return msgspec.convert(resolved(record.next, records), self.kinds[record.kind].model)

    def _hand(self, record: Record, records: Records) -> Hand:
        return Hand(
            incidents=self.incidents,
            concern=self.concern.name,
            principal=self.principal,
            widens=self.concern.widens,
            reclaim=self.reclaim,
            refuse=lambda desired: refuse_broken_promise(record, desired, {**records, record.path: record}),
            telling=telling,
            now=time.time,
            name=_incident_id,
        )


def _shown_to_hold(resource: AwsResource[Any], told: Sequence[Sighted]) -> bool:
    """Whether AWS Config's newest picture is all that was told, and shows the promise kept: then nothing is to be seen.

    So the pictures of our own restorations cost no call. One that shows less than everything shows nothing.
    """
    newest = max(told, key=lambda one: one.captured_at)
    if newest.picture is None or any(one.picture is None for one in told):
        return False
    state = resource.pictured(newest.picture)
    return state is not None and not diff(resource.desired, state)


def _incident_id(at: float) -> str:
    """Sorts by time, and no two are alike."""
    return f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(at))}.{int(at % 1 * 1000):03d}-{uuid.uuid4().hex[:8]}"
