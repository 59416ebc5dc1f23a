"""What a restoration goes by: the world as it needs it, and what people have said of the guard over a resource.

A concern may be paused or only observed, a value may be excepted, a restored incident may be undone (see ``guard``).
All of that is asked only where something differs.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from holdfast.core.chronicle import Chronicle, Sighting
from holdfast.core.diff import diff
from holdfast.core.guard import ExceptionSaid, Guard
from holdfast.core.incident import Incident, time
from holdfast.core.manifest import Record
from holdfast.core.reconcile import check
from holdfast.core.resource import Desired, Drift, Observed, Physical, Resource
from holdfast.core.trouble import ComeBackLater

LONGEST_DELAY = 900
"""Seconds for which SQS takes a message back at most ("SendMessage", parameter DelaySeconds)."""


class Hand(NamedTuple):
    """What a restoration needs from outside.

    ``holds``: whether a difference at a path is this concern's. ``is_home``: whether the resource itself is. ``guard``:
    what people said of it. ``reclaim`` puts our tags back. ``refuse`` raises on a promise that breaks a guarantee.
    ``telling`` turns AWS's errors into the three kinds of trouble. ``learn`` keeps what AWS calls a resource that was
    made again, and has all that lean on it looked at. ``rehearse`` says what an update would do. ``instead``
    gives the resource as exceptions would have it.
    """

    chronicle: Chronicle
    holds: Callable[[str], bool]
    is_home: bool
    guard: Callable[[], Guard]
    reclaim: Callable[[Record], None]
    refuse: Callable[[Desired], None]
    telling: Callable[[str], AbstractContextManager[None]]
    learn: Callable[[Record, Physical], None]
    rehearse: Callable[[Resource[Any], Observed[Any] | None, Drift], "Rehearsed"]
    instead: Callable[[tuple[ExceptionSaid, ...]], Resource[Any]]


class Rehearsed(NamedTuple):
    """What an update would say that it did, and the ``commands`` with which a person does the same."""

    calls: tuple[str, ...]
    commands: tuple[str, ...] = ()


class Seen(NamedTuple):
    """What stands, and how it differs in what is ours to restore. ``unclaimed``: it has lost our tags."""

    observed: Observed[Any] | None
    drift: Drift
    unclaimed: bool = False

    @property
    def wait(self) -> int:
        return self.observed.wait if self.observed else 0


def enforced(resource: Resource[Any], seen: Seen, sighting: Sighting, guard: Guard, hand: Hand) -> Drift:
    """What of the drift is to be undone now, as people have said of it. The rest is written down."""
    drift = guard.not_excepted(seen.drift)
    if allowed := guard.excepting(seen.drift):
        why = f"{allowed.owner} answers for it until {time(allowed.until)}: {allowed.reason}"
        if not drift:
            hand.chronicle.say(sighting, "excepted", why, seen.drift)
    if drift and guard.mode == "pause":
        left = guard.until - hand.chronicle.now()
        raise ComeBackLater(
            f"{guard.by} paused {hand.chronicle.concern} until {time(guard.until)}", min(LONGEST_DELAY, int(left) + 1)
        )
    if drift and guard.mode == "observe":
        why = f"{guard.by} has {hand.chronicle.concern} observed only until {time(guard.until)}"
        hand.chronicle.say(sighting, "observed", why, drift, hand.rehearse(resource, seen.observed, drift).calls)
        return ()
    return drift


def put_back(resource: Resource[Any], seen: Seen, sighting: Sighting, hand: Hand) -> Incident | None:
    """Put back what a restored incident had found, once: a person said so (see ``guard``).

    It equals the promise now, or there would be drift. What opens access a person does under their own name: the
    incident says how. Holdfast opens no hole with its own role.
    """
    wanted = tuple(one for one in hand.guard().exceptions if one.put_back == sighting.undo)
    _, latest = hand.chronicle.remembered(sighting)
    if not wanted or seen.observed is None or _was_put_back(latest, sighting.undo):
        return None
    other = hand.instead(wanted)
    changes = diff(resource.desired, other.desired)
    if not changes:
        return None
    way = diff(other.desired, seen.observed.state)
    if hand.chronicle.widens(changes):
        by_hand = "It opens access, so make it under your own name: " + "; ".join(
            hand.rehearse(other, seen.observed, way).commands
        )
        return hand.chronicle.say(sighting, "excepted", f"undo of {sighting.undo}. {by_hand}", changes)
    calls = other.update(seen.observed, way)
    if check(other).drift:
        raise ComeBackLater(f"{sighting.record.path} is not yet as {sighting.undo} found it", 2)
    why = f"{wanted[0].owner} had {sighting.undo} undone until {time(wanted[0].until)}: {wanted[0].reason}"
    return hand.chronicle.say(sighting, "excepted", why, changes, calls)


def _was_put_back(latest: Incident | None, undo: str) -> bool:
    return latest is not None and latest.state == "excepted" and undo in latest.why
