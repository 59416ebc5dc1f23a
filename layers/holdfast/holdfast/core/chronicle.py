"""What a restoration writes down: which incident a drift belongs to, and how the incident goes on and ends.

An incident is written before anything is touched, and closed only when a second reading shows the promise. Whoever
comes after a crash finds an open incident whose resource holds, and ends it.
"""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import msgspec

from holdfast.core.breaker import Watch, judge
from holdfast.core.brief import brief
from holdfast.core.incident import DELETED, Actor, Incident, State, witnessed
from holdfast.core.manifest import Record
from holdfast.core.resource import Desired, Drift
from holdfast.core.trouble import ComeBackLater


class Sighting(NamedTuple):
    """That ``record``'s resource may have drifted: the channels and actors of every event that said so.

    ``captured_at``: when AWS Config took the newest picture that this comes from, 0 if anything else told of it too. A
    picture older than our last proof shows nothing that we have not read since. ``tolerated``: what a build that is
    under way wants the resource to be (see ``check``). ``undo``: the incident whose found value is to be put back.
    """

    record: Record
    noticed_by: str
    actors: tuple[Actor, ...] = ()
    captured_at: float = 0.0
    tolerated: Desired | None = None
    undo: str = ""


class Incidents(Protocol):
    """Where incidents and watches are kept. A resource has a watch for each concern that holds some of its fields."""

    def watch(self, record: Record, concern: str) -> tuple[Watch, Incident | None]:
        """What is remembered of the resource, and its latest incident."""
        ...

    def write(self, incident: Incident, watch: Watch) -> Watch:
        """Both at once, if the watch has not changed since it was read; raises ``Overtaken`` if it has."""
        ...


class Overtaken(ComeBackLater):
    """Another call restores the same resource at this moment."""

    def __init__(self, record_path: str) -> None:
        super().__init__(f"{record_path} is being restored by another call", 1)


class Chronicle(NamedTuple):
    """Who writes: for ``concern``, acting as ``principal``. ``now`` in seconds since the epoch; ``name`` makes an id.

    ``widens``: whether a drift opens access.
    """

    incidents: Incidents
    concern: str
    principal: str
    widens: Callable[[Drift], bool]
    now: Callable[[], float]
    name: Callable[[float], str]

    def remembered(self, sighting: Sighting) -> tuple[Watch, Incident | None]:
        return self.incidents.watch(sighting.record, self.concern)

    def open(
        self, sighting: Sighting, watch: Watch, latest: Incident | None, drift: Drift
    ) -> tuple[Incident, Watch, int]:
        """Write down what was found before it is touched: a new incident, or the one that is still going on.

        Answers with it, the watch, and the seconds that a contended resource waits.
        """
        now = self.now()
        verdict = judge(
            watch,
            drift="; ".join(map(str, drift)),
            widens=self.widens(drift),
            principals=[actor.arn for actor in sighting.actors],
            now=now,
        )
        known = latest is not None and (latest.pages_for(drift) or (latest.waits and not verdict.tell))
        if latest is None or not (known or latest.goes_on(now)):
            latest = self._new(sighting, watch, now)
        incident = msgspec.structs.replace(
            latest.taken_up().taking_in(drift, sighting.actors, now),
            state="contended" if verdict.watch.contended else "open",
            opened=latest.opened or self.widens(drift),
            principals=(*verdict.watch.principals, self.principal) if verdict.watch.contended else (),
            folded=latest.folded and not verdict.tell,
            restored_at=0.0,
        )
        watch = self.incidents.write(incident, msgspec.structs.replace(verdict.watch, incident=incident.id))
        return incident, watch, verdict.wait

    def already_holds(self, sighting: Sighting, began: float, made: list[str]) -> Incident | None:
        """Somebody was here before us: end what a killed restoration left open, and name who else took part.

        ``began`` is when the look began that showed it; ``made``, the calls that this one made before. What is
        remembered is read again: whoever was here may have come, and written it down, while this one looked.
        """
        watch, latest = self.remembered(sighting)
        if latest is None:
            return None
        incident = latest.taken_up().having_called(made)
        if not latest.full:
            took_part = [one for one in sighting.actors if latest.goes_on(began) or latest.spans(one.at)]
            incident = msgspec.structs.replace(incident, actors=witnessed(latest.actors, took_part))
        if not incident.restored_at:
            incident = incident.proven(self.now())
        if incident == latest:
            return None
        return self.close(incident, msgspec.structs.replace(watch, proved_at=began))

    def say(
        self,
        sighting: Sighting,
        state: State,
        why: str,
        drift: Drift = (),
        calls: tuple[str, ...] = (),
        *,
        held_at: float = 0.0,
    ) -> Incident:
        """An incident that ends without a restoration, said once: AWS Config tells of it again, after CloudTrail.

        Where a person was told that it is gone, and another stands in its place, that is an incident of its own:
        what is gone opens nothing, what took its place may. ``held_at``: see ``Incident.ended``.
        """
        now, why = self.now(), brief(why)
        watch, latest = self.remembered(sighting)
        same = latest is not None and latest.state == state and latest.why == why and latest.knows(drift)
        replaced = latest is not None and DELETED in latest.why and DELETED not in why
        if latest is None or replaced or not (same or latest.goes_on(now)):
            latest = self._new(sighting, watch, now)
        told = msgspec.structs.replace(
            latest.taking_in(drift, sighting.actors, now).having_called(calls),
            folded=False,
            opened=latest.opened or self.widens(drift),
        ).ended(state, why, held_at)
        if same and (told.actors == latest.actors or latest.full):
            return latest
        return self.close(told, msgspec.structs.replace(watch, incident=told.id))

    def close(self, incident: Incident, watch: Watch) -> Incident:
        self.incidents.write(incident, watch)
        return incident

    def _new(self, sighting: Sighting, watch: Watch, now: float) -> Incident:
        record = sighting.record
        return Incident(
            id=self.name(now),
            environment=record.environment,
            resource=record.path,
            kind=record.kind,
            physical_id=record.physical["id"],
            concern=self.concern,
            noticed_by=sighting.noticed_by,
            folded=True,
            held_at=watch.proved_at,
            opened_at=now,
        )
