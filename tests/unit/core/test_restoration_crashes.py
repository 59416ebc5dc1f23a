"""Restorations that are killed after any call, delivered twice, or overtaken: restored, told once, by one incident."""

from contextlib import suppress

import pytest

from holdfast.core.breaker import Watch
from holdfast.core.chronicle import Overtaken
from holdfast.core.incident import Incident
from holdfast.core.manifest import Record
from holdfast.core.security_group import tcp
from tests.support.calls import Killed
from tests.support.guarded import PROMISED, SSH, Guarded, actor

HTTPS = tcp("ingress", 443, "0.0.0.0/0")
REDELIVERED = 90.0
"""Seconds until a killed function's message comes back: its queue's visibility timeout."""
MOMENTS = range(10)
"""Four calls (the incident, two directions, the incident again), and more than enough to come through."""


@pytest.mark.parametrize("moments", MOMENTS)
@pytest.mark.parametrize("tags_too", [False, True], ids=["rules", "rules and tags"])
def test_killed_at_any_moment_and_delivered_again(moments: int, tags_too: bool) -> None:  # noqa: FBT001
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}), remove=frozenset({HTTPS}))
    if tags_too:
        guarded.cloud.change(guarded.group, tags={})
    alice = actor("alice", guarded.clock())
    guarded.life.begin(moments)
    try:
        guarded.hold(alice)
    except Killed:
        guarded.clock.forward(REDELIVERED)
    guarded.life.begin()
    guarded.hold(alice)

    assert guarded.rules == PROMISED
    (incident,) = guarded.told
    assert incident.state == "restored", "nothing stays open: whoever comes next ends it"
    assert (incident.actors, len(incident.changes) >= 2, incident.folded) == ((alice,), True, False)


@pytest.mark.parametrize("moments", MOMENTS)
def test_killed_and_ended_by_another_events_delivery(moments: int) -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    alice, bob = actor("alice", guarded.clock()), actor("bob", guarded.clock())
    guarded.life.begin(moments)
    with suppress(Killed):
        guarded.hold(alice)
    guarded.life.begin()
    guarded.hold(bob)
    guarded.clock.forward(REDELIVERED)
    guarded.hold(alice)
    (incident,) = guarded.told
    assert (guarded.rules, incident.state) == (PROMISED, "restored")
    assert set(incident.actors) == {alice, bob}


def test_delivered_twice_it_is_told_once() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    alice = actor("alice", guarded.clock())
    first = guarded.hold(alice)
    calls = len(guarded.cloud.calls)
    assert guarded.hold(alice) is None
    assert len(guarded.cloud.calls) == calls + 1, "one read"
    assert guarded.told == [first]


class Racing:
    """Incidents that another restorer gets hold of just before our ``turn``-th write."""

    def __init__(self, guarded: Guarded, turn: int) -> None:
        self._guarded = guarded
        self._turn = turn
        self._own = guarded.incidents

    def watch(self, record: Record, concern: str) -> tuple[Watch, Incident | None]:
        return self._own.watch(record, concern)

    def write(self, incident: Incident, watch: Watch) -> Watch:
        self._turn -= 1
        if self._turn == 0:
            self._guarded.hold(actor("bob", self._guarded.clock()))
        return self._own.write(incident, watch)


@pytest.mark.parametrize("turn", [1, 2], ids=["before it is opened", "before it is closed"])
def test_two_at_once_end_in_one_incident_that_names_both(turn: int) -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}), remove=frozenset({HTTPS}))
    alice = actor("alice", guarded.clock())
    guarded.hold(alice, incidents=Racing(guarded, turn))
    (incident,) = guarded.told
    assert (guarded.rules, incident.state) == (PROMISED, "restored")
    assert {one.arn for one in incident.actors} == {alice.arn, actor("bob").arn}
    assert len(incident.calls) == len(set(incident.calls)) == 2, "what was done against it is told, by whomever, once"


def test_what_a_picture_had_undone_is_on_record_though_another_closes_the_incident() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}), remove=frozenset({HTTPS}))
    guarded.hold(captured_at=guarded.clock(), incidents=Racing(guarded, 2))
    (incident,) = guarded.told
    assert (incident.state, len(incident.calls)) == ("restored", 2)


class Crowded(Racing):
    """Before each of our first writes another restorer has been here, and has written down who woke it."""

    def write(self, incident: Incident, watch: Watch) -> Watch:
        if self._turn > 0:
            self._turn -= 1
            self._guarded.hold(actor(f"bob-{self._turn}", self._guarded.clock()))
        return self._own.write(incident, watch)


def test_what_was_done_is_told_however_many_come_first() -> None:
    """Four calls at once are four events, and four functions that may overtake each other at every word."""
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice", guarded.clock()), incidents=Crowded(guarded, 6))
    (incident,) = guarded.told
    assert (incident.state, incident.calls) == ("restored", (f"remove {SSH}",))
    assert len({one.arn for one in incident.actors}) == 7


class AlwaysLate(Racing):
    """Somebody else always writes first."""

    def write(self, incident: Incident, watch: Watch) -> Watch:
        raise Overtaken(incident.resource)


def test_who_is_overtaken_every_time_lets_the_queue_bring_it_back() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    with pytest.raises(Overtaken) as later:
        guarded.hold(actor("alice"), incidents=AlwaysLate(guarded, 0))
    assert later.value.seconds == 1
    assert guarded.cloud.writes == [], "nothing is changed that is not written down first"
