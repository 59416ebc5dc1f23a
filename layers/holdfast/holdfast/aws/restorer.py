"""One concern's restorer over AWS: from ids to records of ours, from a record to the resource that it promises.

The hot path: what it imports is what a cold start pays for. What is not ours costs one look into the manifest for each
id, and no call to any other service unless an event names no more than a part of something (see ``whereabouts``).
"""

import time
import uuid
from collections.abc import Callable, Iterable, Sequence
from functools import partial, reduce
from typing import Any, NamedTuple

import msgspec

from holdfast.aws.clients import Clients
from holdfast.aws.rehearsal import Rehearsal
from holdfast.aws.resource import AwsResource
from holdfast.aws.tables.guard import GuardTable
from holdfast.aws.tables.incidents import IncidentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.trouble import telling
from holdfast.core.chronicle import Chronicle, Sighting
from holdfast.core.concern import Concern
from holdfast.core.diff import diff
from holdfast.core.event import Sighted
from holdfast.core.guarantees import NODES, refuse_broken_promise
from holdfast.core.guard import ExceptionSaid, instead
from holdfast.core.hand import Hand, Rehearsed
from holdfast.core.incident import Incident
from holdfast.core.manifest import Record, Records, in_full, resolved
from holdfast.core.reference import references
from holdfast.core.resource import Desired, Drift, Observed, Physical, Resource
from holdfast.core.restoration import hold
from holdfast.core.trouble import ComeBackLater, NeedsHuman


class Tables(NamedTuple):
    """All that a restorer knows and remembers."""

    manifest: ManifestTable
    incidents: IncidentsTable
    guard: GuardTable


class Restorer(NamedTuple):
    """``kinds``: the concern's resources by CloudFormation type. ``reclaim`` puts our tags back on one of them.

    ``look_at`` has records looked at, by all who hold a field of one, because of the one that they lean on.
    """

    clients: Clients
    rehearsal: Callable[[], Rehearsal]
    concern: Concern
    kinds: dict[str, type[AwsResource[Any]]]
    tables: Tables
    reclaim: Callable[[Record], None]
    look_at: Callable[[Record, Records], None]
    principal: str

    def look(self, record: Record, told: Sequence[Sighted]) -> Incident | None:
        """Hold one resource that the events ``told`` speak of. Raises as ``hold`` does."""
        with telling(record.path):
            needed = references(record.desired) | references(record.next) | {NODES}
            records = self.tables.manifest.some(record.environment, needed)
            resource = self._promised(record, records)
            if _shown_to_hold(resource, told):
                return None
            return hold(resource, self._sighting(record, records, told), self._hand(record, records))

    def _promised(self, record: Record, records: Records, said: Iterable[ExceptionSaid] = ()) -> AwsResource[Any]:
        """The resource as it is promised, but for what was ``said``."""
        promised = resolved(record.desired or {}, records)
        if lacks := references(promised):
            raise ComeBackLater(f"{record.path} refers to {', '.join(sorted(lacks))}, of which no id is known", 15)
        try:
            resource = self.kinds[record.kind].of(self.clients, record, promised)
            if not said:
                return resource
            excepted = reduce(instead, said, in_full(resource.desired))
            return self.kinds[record.kind].of(self.clients, record, excepted)
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
            undo=next((one.undo for one in told if one.undo), ""),
        )

    def _tolerated(self, record: Record, records: Records) -> Desired | None:
        if record.next is None:
            return None
        return msgspec.convert(resolved(record.next, records), self.kinds[record.kind].model)

    def _hand(self, record: Record, records: Records) -> Hand:
        return Hand(
            Chronicle(
                self.tables.incidents,
                self.concern.name,
                self.principal,
                self.concern.widens,
                time.time,
                partial(incident_id, record.environment),
            ),
            holds=lambda path: self.concern.holds(record.kind, path),
            is_home=self.concern.is_home_of(record.kind),
            guard=lambda: self.tables.guard.over(record.environment, record.path, self.concern.name),
            reclaim=self.reclaim,
            refuse=lambda desired: refuse_broken_promise(record, desired, {**records, record.path: record}),
            telling=telling,
            learn=self._learn,
            rehearse=self._rehearsed,
            instead=lambda said: self._promised(record, records, said),
        )

    def _learn(self, record: Record, physical: Physical) -> None:
        """What leans on it went with it, or must take its new id over: a log group's filter, a listener's rules."""
        self.tables.manifest.learn(record, physical)
        everything = self.tables.manifest.records(record.environment).items()
        self.look_at(record, {path: one for path, one in everything if record.path in references(one.desired)})

    def _rehearsed(self, resource: Resource[Any], observed: Observed[Any] | None, drift: Drift) -> Rehearsed:
        """What undoing ``drift`` would do, by the code that does it, over clients that change nothing."""
        if observed is None and not resource.comes_back:
            return Rehearsed((f"nothing: it was deleted, and a person must {resource.when_gone}",), ())
        if observed is None:
            return Rehearsed((f"make {resource.kind} again",), ())
        rehearsal = self.rehearsal()
        same = self.kinds[resource.kind](rehearsal, resource.address, resource.desired, resource.physical)
        does = same.recall(observed) if observed.leaving else same.update(observed, drift)
        return Rehearsed(does, tuple(rehearsal.commands))


def _shown_to_hold(resource: AwsResource[Any], told: Sequence[Sighted]) -> bool:
    """Whether AWS Config's newest picture is all that was told, and shows the promise kept: then nothing is to be seen.

    So the pictures of our own restorations cost no call. One that shows less than everything shows nothing.
    """
    newest = max(told, key=lambda one: one.captured_at)
    if newest.picture is None or any(one.picture is None for one in told):
        return False
    state = resource.pictured(newest.picture)
    return state is not None and not diff(resource.desired, state)


def incident_id(environment: str, at: float) -> str:
    """Sorts by time within its environment, whose name it says, and no two are alike."""
    stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime(at))
    return f"{environment}-{stamp}.{int(at % 1 * 1000):03d}-{uuid.uuid4().hex[:8]}"
