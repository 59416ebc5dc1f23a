"""What people have said of the guard, heeded: a drift that stays for a while, a restoration that is undone.

A concern may be paused or only observed, a value may be excepted, a restored incident may be undone (see ``guard``).
All of that is asked only where something differs.
"""

from typing import Any

from holdfast.core.chronicle import Sighting
from holdfast.core.diff import diff
from holdfast.core.guard import Guard
from holdfast.core.hand import Hand, Seen
from holdfast.core.incident import Incident, time
from holdfast.core.reconcile import check
from holdfast.core.resource import Drift, Resource
from holdfast.core.trouble import ComeBackLater

LONGEST_DELAY = 900
"""Seconds for which SQS takes a message back at most ("SendMessage", parameter DelaySeconds)."""


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
        commands = hand.rehearse(other, seen.observed, way).commands or ("as it was made before",)
        by_hand = f"It opens access, so make it under your own name: {'; '.join(commands)}"
        why = f"undo of {sighting.undo}. {by_hand}"
        return hand.chronicle.say(sighting, "excepted", why, changes, held_at=hand.chronicle.now())
    calls = other.update(seen.observed, way) if way else ()
    if not calls:
        why = f"undo of {sighting.undo}: Holdfast cannot make it again. Make it under your own name: it then stays"
    elif not check(other).holds:
        why = f"undo of {sighting.undo}: AWS does not show all of it. Make the rest under your own name: it then stays"
    else:
        why = f"{wanted[0].owner} had {sighting.undo} undone until {time(wanted[0].until)}: {wanted[0].reason}"
    return hand.chronicle.say(sighting, "excepted", why, changes, calls)


def _was_put_back(latest: Incident | None, undo: str) -> bool:
    return latest is not None and latest.state == "excepted" and undo in latest.why
