"""The record of one drift: who, from where, before and after, what was done, the proof, and for how long it stood."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Literal

import msgspec

from holdfast.core.brief import ROOM_FOR_ACTORS, ROOM_FOR_CALLS, brief, fitting, joined
from holdfast.core.resource import Change, Drift

QUIET = 1.0
"""Seconds without another drift of the resource that end an incident; only then is it told."""
FULL, HEAVY = 100, 60_000
"""Changes, actors and calls with which one incident is full, or their bytes; the next one takes up the rest. How much
of a single drift is kept at all: see ``brief``."""

DELETED = "it was deleted, and only a build may create"
"""Why a person is needed where nothing is left that could differ."""

type State = Literal["open", "restored", "contended", "needs human", "observed", "excepted"]
"""``open`` while the restoration is under way or waits; the others are what on-call reads."""


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """Who changed it, from the CloudTrail event that told us. ``at`` in seconds since the epoch (CloudTrail: whole)."""

    arn: str
    source_address: str = ""
    user_agent: str = ""
    event_id: str = ""
    event_name: str = ""
    at: float = 0.0


class Incident(msgspec.Struct, frozen=True, kw_only=True):
    """``id`` sorts by time. ``promised`` and ``found`` of each change are kept, so that it can be undone or argued.

    ``held_at`` is when the resource was last seen to hold before; ``opened``, whether what changed opened access.
    ``looked_up``: no event told who it was, CloudTrail's history did when it was asked. ``excepting``: what people had
    excepted of it stood when it was proven.
    """

    id: str
    environment: str
    resource: str
    kind: str
    physical_id: str
    concern: str
    state: State = "open"
    changes: tuple[Change, ...] = ()
    actors: tuple[Actor, ...] = ()
    noticed_by: str = ""
    looked_up: bool = False
    calls: tuple[str, ...] = ()
    why: str = ""
    principals: tuple[str, ...] = ()
    folded: bool = False
    excepting: bool = False
    opened: bool = False
    held_at: float = 0.0
    opened_at: float = 0.0
    last_drift_at: float = 0.0
    restored_at: float = 0.0

    @property
    def seconds_exposed(self) -> float:
        """From the first change, as CloudTrail dates it, to the proof; 0 while there is none."""
        since = min((actor.at for actor in self.actors if actor.at), default=self.opened_at)
        return max(0.0, self.restored_at - since) if self.restored_at else 0.0

    @property
    def somebodys(self) -> bool:
        """Whether somebody made a call against the resource: a deletion is one, and leaves nothing that differs."""
        return bool(self.changes) or DELETED in self.why

    @property
    def full(self) -> bool:
        parts = (*self.changes, *self.actors, *self.calls)
        return len(parts) >= FULL or len(msgspec.json.encode(parts)) >= HEAVY

    @property
    def waits(self) -> bool:
        """Contended, told of, and not restored yet: the same drift, looked at again, is the same incident."""
        return self.state == "contended" and not self.restored_at and not self.full

    def pages_for(self, drift: Drift) -> bool:
        """A person was paged for this very drift, and it still stands: no news, however much of it there is."""
        return self.state == "needs human" and not self.restored_at and self.knows(drift)

    def goes_on(self, now: float) -> bool:
        """It takes in every drift of its resource until it is closed and a second has passed without another.

        One that a person was paged for is not closed before the resource holds.
        """
        if self.state == "needs human" and not self.restored_at:
            return not self.full
        return self.state == "open" or (now - self.last_drift_at < QUIET and not self.full)

    def spans(self, at: float) -> bool:
        """Whether a change in the second ``at`` (CloudTrail's are whole) can have been part of it."""
        return not self.restored_at or self.held_at < at + 1 <= self.restored_at + 1

    def taking_in(self, drift: Drift, actors: Iterable[Actor], at: float) -> "Incident":
        """The incident with one more drift of its resource, seen ``at``; repeats are kept once."""
        return msgspec.structs.replace(
            self,
            changes=joined(self.changes, drift),
            actors=witnessed(self.actors, actors),
            last_drift_at=at,
        )

    def having_called(self, calls: Iterable[str]) -> "Incident":
        """The incident with the calls that were made against it; repeats are kept once."""
        new = dict.fromkeys(call for call in map(brief, calls) if call not in self.calls)
        return msgspec.structs.replace(self, calls=fitting(self.calls, new, ROOM_FOR_CALLS))

    def proven(self, at: float, *, excepting: bool = False) -> "Incident":
        """Read back ``at``: the resource is exactly as promised, or but for what is excepted."""
        state: State = "contended" if self.state == "contended" else "restored"
        return msgspec.structs.replace(self, state=state, restored_at=at, excepting=excepting)

    def ended(self, state: State, why: str, held_at: float = 0.0) -> "Incident":
        """It ends without a restoration; ``held_at`` is when the resource was read to be as promised all the same."""
        return msgspec.structs.replace(self, state=state, why=why, restored_at=held_at or self.restored_at)

    def taken_up(self) -> "Incident":
        """As one that is to be restored after all: why it was left counts no more, nor what was only rehearsed."""
        if self.state not in {"observed", "excepted"} or self.restored_at:
            return self
        return msgspec.structs.replace(self, why="", calls=() if self.state == "observed" else self.calls)

    def knows(self, drift: Drift) -> bool:
        """Whether it has taken in all of ``drift``."""
        return joined(self.changes, drift) == self.changes


def environment_of(identity: str) -> str:
    """The environment that an incident's id begins with; empty where it is no such id."""
    parts = identity.rsplit("-", 2)
    return parts[0] if len(parts) == 3 else ""


def time(at: float) -> str:
    """Seconds since the epoch, as on-call reads them."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def witnessed(actors: tuple[Actor, ...], more: Iterable[Actor]) -> tuple[Actor, ...]:
    """``actors`` and those of ``more`` whose event is not among them (events come more than once, or without an id)."""
    known: dict[object, Actor] = {}
    for actor in (*actors, *more):
        known.setdefault(actor.event_id or actor, actor)
    return fitting((), known.values(), ROOM_FOR_ACTORS)
