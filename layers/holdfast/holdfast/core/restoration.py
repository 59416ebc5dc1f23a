"""From a place to look at to a promise that holds again, proven and told.

The order is what makes it safe to die after any call: the incident is written (``open``) before anything is changed,
and closed only when a second reading shows the promise. Whoever comes after a crash finds the drift, or finds an open
incident whose resource holds, and ends it.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

import msgspec

from holdfast.core.breaker import Watch, judge
from holdfast.core.incident import DELETED, Actor, Incident, witnessed
from holdfast.core.manifest import Record
from holdfast.core.reconcile import Checked, check, refuse_replacement
from holdfast.core.resource import TAG_ENVIRONMENT, TAG_LAYER, TAG_NAME, Desired, Drift, Resource, is_unclaimed
from holdfast.core.trouble import ComeBackLater, NeedsHuman

ATTEMPTS = 3
"""Times that one call undoes what someone keeps doing under its hands, before it lets the queue bring it back."""
STILL_OPEN = 15
"""Seconds until a refused restoration is tried again if what drifted widens access: paging a person closes no port."""
TAGS = frozenset(f"Tags.{key}" for key in (TAG_ENVIRONMENT, TAG_LAYER, TAG_NAME))


class Sighting(NamedTuple):
    """That ``record``'s resource may have drifted: the channels and actors of every event that said so.

    ``captured_at``: when AWS Config took the newest picture that this comes from, 0 if anything else told of it too. A
    picture older than our last proof shows nothing that we have not read since. ``tolerated``: what a build that is
    under way wants the resource to be (see ``check``).
    """

    record: Record
    noticed_by: str
    actors: tuple[Actor, ...] = ()
    captured_at: float = 0.0
    tolerated: Desired | None = None


class Incidents(Protocol):
    """Where incidents and watches are kept."""

    def watch(self, record: Record) -> tuple[Watch, Incident | None]:
        """What is remembered of the resource, and its latest incident."""
        ...

    def write(self, incident: Incident, watch: Watch) -> Watch:
        """Both at once, if the watch has not changed since it was read; raises ``Overtaken`` if it has."""
        ...


class Overtaken(ComeBackLater):
    """Another call restores the same resource at this moment."""

    def __init__(self, record_path: str) -> None:
        super().__init__(f"{record_path} is being restored by another call", 1)


class Hand(NamedTuple):
    """What a restoration needs from outside.

    ``principal``: the ARN by which the restorer acts. ``widens``: whether a drift opens access. ``reclaim`` puts our
    tags back. ``refuse`` raises on a promise that breaks a guarantee. ``telling`` turns AWS's errors into the three
    kinds of trouble. ``now`` in seconds since the epoch; ``name`` makes an incident's id.
    """

    incidents: Incidents
    concern: str
    principal: str
    widens: Callable[[Drift], bool]
    reclaim: Callable[[Record], None]
    refuse: Callable[[Desired], None]
    telling: Callable[[str], AbstractContextManager[None]]
    now: Callable[[], float]
    name: Callable[[float], str]


def hold(resource: Resource[Any], sighting: Sighting, hand: Hand) -> Incident | None:
    """Look, and restore if need be. None when the promise holds and there is nothing left to tell.

    Raises ``ComeBackLater`` when it must be looked at again: contended and waiting, or drifting faster than this.
    """
    sighting = sighting._replace(tolerated=_tolerable(sighting.tolerated, hand))
    made: list[str] = []
    undone: list[Drift] = []
    for attempt in range(ATTEMPTS):
        watch, latest = hand.incidents.watch(sighting.record)
        if 0 < sighting.captured_at <= watch.proved_at and not made:
            return None
        try:
            with hand.telling(sighting.record.path):
                hand.refuse(resource.desired)
                return _look(resource, sighting, hand, _Known(watch, latest, made, undone))
        except NeedsHuman as trouble:
            incident = _escalate(sighting, hand, trouble)
            if any(map(hand.widens, undone)):
                raise ComeBackLater(f"{sighting.record.path} is still open: {trouble}", STILL_OPEN) from trouble
            return incident
        except Overtaken:
            if attempt + 1 == ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


def _tolerable(wanted: Desired | None, hand: Hand) -> Desired | None:
    """What no promise may say is tolerated of no build either: whoever writes the one can write the other."""
    try:
        if wanted is not None:
            hand.refuse(wanted)
    except NeedsHuman:
        return None
    return wanted


class _Known(NamedTuple):
    """What is remembered of the resource, the calls that we ``made`` until now, and what we set out to undo."""

    watch: Watch
    latest: Incident | None
    made: list[str]
    undone: list[Drift]


def _look(resource: Resource[Any], sighting: Sighting, hand: Hand, known: _Known) -> Incident | None:
    began = hand.now()
    checked = check(resource, sighting.tolerated)
    if checked.holds:
        return _already_holds(sighting, hand, known, began)
    if checked.observed is None:
        raise NeedsHuman(sighting.record.path, DELETED, "start a build")
    incident, watch, wait = _open(sighting, hand, known, checked.drift)
    if wait:
        raise ComeBackLater(f"{sighting.record.path} is contended: it drifts as often as it is restored", wait)
    refuse_replacement(resource, checked.drift)
    known.undone.append(checked.drift)
    return _restore(resource, sighting, hand, _Opened(incident, watch, checked, known.made))


class _Opened(NamedTuple):
    incident: Incident
    watch: Watch
    checked: Checked
    made: list[str]


def _restore(resource: Resource[Any], sighting: Sighting, hand: Hand, opened: _Opened) -> Incident:
    """Undo and read back, again while someone drifts it under our hands."""
    incident, watch, checked, made = opened
    for _ in range(ATTEMPTS):
        made += _undo(resource, sighting, checked, hand)
        incident = incident.having_called(made)
        began = hand.now()
        checked = check(resource, sighting.tolerated)
        if checked.holds:
            watch = msgspec.structs.replace(watch, proved_at=began)
            return _close(incident.proven(hand.now()), watch, hand)
        incident = incident.taking_in(checked.drift, (), hand.now())
    hand.incidents.write(incident, watch)
    raise ComeBackLater(f"{sighting.record.path} drifts while it is restored", 1)


def _undo(resource: Resource[Any], sighting: Sighting, checked: Checked, hand: Hand) -> Iterator[str]:
    """Tags first: without ours on it, AWS lets the restorer write nothing (see ``reclaim``)."""
    drift = checked.drift
    if is_unclaimed(drift):
        _reclaim(resource, sighting, hand)
        yield "CreateTags by reclaim"
        drift = tuple(change for change in drift if change.path not in TAGS)
    if drift and checked.observed is not None:
        yield from resource.update(checked.observed, drift)


def _reclaim(resource: Resource[Any], sighting: Sighting, hand: Hand) -> None:
    """Reclaim is refused where our tag is: that is no failure if another call has had it put back meanwhile."""
    try:
        hand.reclaim(sighting.record)
    except NeedsHuman:
        if is_unclaimed(check(resource, sighting.tolerated).drift):
            raise


def _open(sighting: Sighting, hand: Hand, known: _Known, drift: Drift) -> tuple[Incident, Watch, int]:
    """Write down what was found before it is touched: a new incident, or the one that is still going on."""
    now = hand.now()
    watch, latest, *_ = known
    verdict = judge(
        watch,
        drift="; ".join(map(str, drift)),
        widens=hand.widens(drift),
        principals=[actor.arn for actor in sighting.actors],
        now=now,
    )
    if latest is None or not (latest.goes_on(now) or (latest.waits and not verdict.tell)):
        latest = _new(sighting, hand, watch, now)
    incident = msgspec.structs.replace(
        latest.taking_in(drift, sighting.actors, now),
        state="contended" if verdict.watch.contended else "open",
        principals=(*verdict.watch.principals, hand.principal) if verdict.watch.contended else (),
        folded=latest.folded and not verdict.tell,
        restored_at=0.0,
    )
    watch = hand.incidents.write(incident, msgspec.structs.replace(verdict.watch, incident=incident.id))
    return incident, watch, verdict.wait


def _new(sighting: Sighting, hand: Hand, watch: Watch, now: float) -> Incident:
    record = sighting.record
    return Incident(
        id=hand.name(now),
        environment=record.environment,
        resource=record.path,
        kind=record.kind,
        physical_id=record.physical["id"],
        concern=hand.concern,
        noticed_by=sighting.noticed_by,
        folded=True,
        held_at=watch.proved_at,
        opened_at=now,
    )


def _already_holds(sighting: Sighting, hand: Hand, known: _Known, began: float) -> Incident | None:
    """Somebody was here before us: end what a killed restoration left open, and name who else took part."""
    watch, latest, made, _ = known
    if latest is None:
        return None
    incident = latest.having_called(made)
    if not latest.full:
        took_part = [one for one in sighting.actors if latest.goes_on(began) or latest.spans(one.at)]
        incident = msgspec.structs.replace(incident, actors=witnessed(latest.actors, took_part))
    if not incident.restored_at:
        incident = incident.proven(hand.now())
    if incident == latest:
        return None
    return _close(incident, msgspec.structs.replace(watch, proved_at=began), hand)


def _escalate(sighting: Sighting, hand: Hand, trouble: NeedsHuman) -> Incident:
    """Page a person, once for each trouble: AWS Config tells of it again, minutes after CloudTrail."""
    now = hand.now()
    watch, latest = hand.incidents.watch(sighting.record)
    same = latest is not None and latest.state == "needs human" and latest.why == str(trouble)
    if latest is None or not (same or latest.goes_on(now)):
        latest = _new(sighting, hand, watch, now)
    told = msgspec.structs.replace(latest.taking_in((), sighting.actors, now), folded=False).escalated(str(trouble))
    if same and (told.actors == latest.actors or latest.full):
        return latest
    return _close(told, msgspec.structs.replace(watch, incident=told.id), hand)


def _close(incident: Incident, watch: Watch, hand: Hand) -> Incident:
    hand.incidents.write(incident, watch)
    return incident
