"""From a place to look at to a promise that holds again, proven and told.

The order is what makes it safe to die after any call: the incident is written (``open``) before anything is changed,
and closed only when a second reading shows the promise. Whoever comes after a crash finds the drift, or finds an open
incident whose resource holds, and ends it.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from holdfast.core.breaker import Watch
from holdfast.core.chronicle import Overtaken, Sighting
from holdfast.core.diff import patch
from holdfast.core.guard import Guard
from holdfast.core.hand import Hand, Seen
from holdfast.core.heed import enforced, put_back
from holdfast.core.incident import DELETED, Incident
from holdfast.core.reconcile import check, in_place, recallable, refuse_replacement
from holdfast.core.resource import (
    STANDS,
    TAG_ENVIRONMENT,
    TAG_LAYER,
    TAG_NAME,
    Change,
    Desired,
    Drift,
    Observed,
    Physical,
    Resource,
    lost_our_tag,
)
from holdfast.core.trouble import ComeBackLater, NeedsHuman

ATTEMPTS = 3
"""Times that one call undoes what someone keeps doing under its hands, before it lets the queue bring it back."""
OVERTAKEN = 10
"""Times that it looks again because another call wrote something down first: that other one is done each time, and what
this one did must be told, too."""
STILL_OPEN = 15
"""Seconds until a refused restoration is tried again if what drifted widens access: paging a person closes no port."""
TAGS = frozenset(f"Tags.{key}" for key in (TAG_ENVIRONMENT, TAG_LAYER, TAG_NAME))


def hold(resource: Resource[Any], sighting: Sighting, hand: Hand) -> Incident | None:
    """Look, and restore if need be. None when the promise holds and there is nothing left to tell.

    Raises ``ComeBackLater`` when it must be looked at again: contended and waiting, or drifting faster than this.
    """
    sighting = sighting._replace(tolerated=_tolerable(sighting.tolerated, hand))
    made: list[str] = []
    undone: list[Drift] = []
    for attempt in range(OVERTAKEN):
        watch, latest = hand.chronicle.remembered(sighting)
        if 0 < sighting.captured_at <= watch.proved_at and not made:
            return None
        try:
            with hand.telling(sighting.record.path):
                hand.refuse(resource.desired)
                return _look(resource, sighting, hand, _Known(watch, latest, made, undone))
        except NeedsHuman as trouble:
            incident = hand.chronicle.say(sighting, "needs human", str(trouble), calls=tuple(made))
            if any(map(hand.chronicle.widens, undone)):
                why = f"{sighting.record.path} is still open: {trouble}"
                raise ComeBackLater(why, STILL_OPEN, told=True) from trouble
            return incident
        except Overtaken:
            if attempt + 1 == OVERTAKEN:
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
    began = hand.chronicle.now()
    try:
        seen = _see(resource, sighting, hand)
    except NeedsHuman:
        if hand.is_home:
            raise
        return None  # what is wrong with the resource itself its home concern sees as well, and pages for both
    if seen.wait:
        raise ComeBackLater(f"AWS is at work on {sighting.record.path}", seen.wait)
    if seen.is_leaving and not hand.is_home:
        return None  # an incident of ours that is open stays so until there is something to read back
    if not seen.drift:
        if sighting.undo and (undone := put_back(resource, seen, sighting, hand)):
            return undone
        _lead_on(sighting, seen, known.latest, hand)
        return hand.chronicle.already_holds(sighting, began, known.made)
    guard = hand.guard()
    seen = seen._replace(drift=enforced(resource, seen, sighting, guard, hand))
    if not seen.drift:
        return None
    if seen.observed is None and not resource.comes_back:
        raise NeedsHuman(sighting.record.path, DELETED, resource.when_gone)
    incident, watch, wait = hand.chronicle.open(sighting, known.watch, known.latest, seen.drift)
    if wait:
        why = f"{sighting.record.path} is contended: it drifts as often as it is restored"
        raise ComeBackLater(why, wait, told=True)
    seen = seen._replace(drift=_mendable(resource, seen.drift))
    known.undone.append(seen.drift)
    return _restore(resource, sighting, hand, _Opened(incident, watch, seen, guard, known))


def _see(resource: Resource[Any], sighting: Sighting, hand: Hand) -> Seen:
    """Read it. Under another name it may stand already: who made it again was killed before that was written down.

    What others refer to may be new as well, once it holds again: a password that RDS keeps is in another secret then.
    """
    checked = recallable(resource, sighting.tolerated)
    if checked.observed is None and resource.comes_back and resource.physical:
        resource.physical = {}
        checked = recallable(resource, sighting.tolerated)
    if checked.observed is None:
        gone = Change(path=STANDS, promised=True)
        return Seen(None, (gone,) if hand.is_home else ())
    _refuse_another(resource, checked.observed.physical, sighting)
    if checked.observed.going and not resource.comes_back:
        raise NeedsHuman(sighting.record.path, DELETED, resource.when_gone)  # a person has minutes less to lose
    known = sighting.record.physical["id"]
    if checked.observed.physical["id"] != resource.physical.get("id", known):
        resource.physical = checked.observed.physical
    holds = not checked.drift and not checked.observed.wait
    called_anew = holds and checked.observed.physical != sighting.record.physical
    if called_anew or resource.physical.get("id", known) != known:
        hand.learn(sighting.record, checked.observed.physical)
    drift = tuple(change for change in checked.drift if hand.holds(change.path))
    return Seen(checked.observed, drift, checked.unclaimed)


def _lead_on(sighting: Sighting, seen: Seen, incident: Incident | None, hand: Hand) -> None:
    """What came back under the id that it had is learnt anew: what was in it, or hung on it, did not come along."""
    gone = incident is not None and not incident.restored_at and any(one.path == STANDS for one in incident.changes)
    if gone and seen.observed is not None and seen.observed.physical == sighting.record.physical:
        hand.learn(sighting.record, seen.observed.physical)


def _refuse_another(resource: Resource[Any], found: Physical, sighting: Sighting) -> None:
    """Raise ``NeedsHuman`` if another stands under the name of ours: whatever it looks like, ours is gone."""
    born = sighting.record.physical.get(resource.incarnation)
    if born and found.get(resource.incarnation, born) != born:
        why = f"another stands under its name ({resource.incarnation} was {born}, is {found[resource.incarnation]})"
        raise NeedsHuman(sighting.record.path, why, resource.when_gone)


class _Opened(NamedTuple):
    incident: Incident
    watch: Watch
    seen: Seen
    guard: Guard
    known: _Known


def _restore(resource: Resource[Any], sighting: Sighting, hand: Hand, opened: _Opened) -> Incident:
    """Undo and read back, again while someone drifts it under our hands.

    What AWS cannot change in place is no reason to leave the rest as it is: that is undone first, then a person paged.
    """
    incident, watch, seen, guard, known = opened
    now = hand.chronicle.now
    for _ in range(ATTEMPTS):
        known.made.extend(_undo(resource, sighting, seen, hand))
        incident = incident.having_called(known.made)
        began = now()
        seen = _see(resource, sighting, hand)
        excepting = guard.excepting(seen.drift) is not None
        seen = seen._replace(drift=guard.not_excepted(seen.drift))
        if seen.wait:
            hand.chronicle.incidents.write(incident, watch)
            raise ComeBackLater(f"AWS is at work on {sighting.record.path}", seen.wait)
        if seen.is_leaving and not hand.is_home:
            break
        if not seen.drift:
            _lead_on(sighting, seen, incident, hand)
            proven = incident.proven(now(), excepting=excepting)
            return hand.chronicle.close(proven, msgspec.structs.replace(watch, proved_at=began))
        if opened.seen.observed is not None:  # what was made again is filled in: nobody drifted that
            incident = incident.taking_in(seen.drift, (), now())
        if not in_place(resource, seen.drift):
            hand.chronicle.incidents.write(incident, watch)
            known.undone.clear()
        seen = seen._replace(drift=_mendable(resource, seen.drift))
    hand.chronicle.incidents.write(incident, watch)
    raise ComeBackLater(f"{sighting.record.path} drifts while it is restored", 1)


def _mendable(resource: Resource[Any], drift: Drift) -> Drift:
    """What of ``drift`` can be undone in place. Raises ``NeedsHuman`` if that is nothing."""
    mendable = in_place(resource, drift)
    if not mendable:
        refuse_replacement(resource, drift)
    return mendable


def _undo(resource: Resource[Any], sighting: Sighting, seen: Seen, hand: Hand) -> Iterator[str]:
    """Tags first: without ours on it, AWS lets the restorer write nothing (see ``reclaim``)."""
    if seen.observed is None:
        resource.physical = resource.create()
        yield f"made {resource.kind} again"
        return
    if seen.observed.leaving:
        yield from resource.recall(seen.observed)
        return
    drift, unclaimed = seen.drift, None
    if seen.unclaimed and resource.claimed_apart:
        unclaimed = _reclaim(resource, sighting, hand)
        if unclaimed is None:
            yield "our tags, by reclaim"
        drift = tuple(change for change in drift if change.path not in TAGS)
    if drift:
        try:
            with hand.telling(sighting.record.path):
                yield from aimed(resource, seen.observed, drift).update(seen.observed, drift)
        except NeedsHuman as refused:
            if unclaimed is None:
                raise
            raise unclaimed from refused


def aimed(resource: Resource[Any], observed: Observed[Any], drift: Drift) -> Resource[Any]:
    """What is written as a whole is written as it stands, but for the drift. (A Kubernetes object is never.)"""
    if type(observed.state) is not type(resource.desired):
        return resource
    return resource.aiming(patch(observed.state, drift))


def _reclaim(resource: Resource[Any], sighting: Sighting, hand: Hand) -> NeedsHuman | None:
    """Reclaim is refused where our tag is: that is no failure if another call has had it put back meanwhile.

    Nor at once if a part could not be claimed: why, is for who is then refused to write to it. Others are not.
    """
    try:
        hand.reclaim(sighting.record)
    except NeedsHuman as refused:
        if lost_our_tag(check(resource, sighting.tolerated).drift):
            raise
        return refused
    return None
