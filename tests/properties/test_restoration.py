"""Drifts, deliveries and deaths in any order: in the end restored, everybody named, and never less restricted."""

from contextlib import suppress
from typing import NamedTuple

from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.breaker import CALM
from holdfast.core.incident import QUIET, Actor
from holdfast.core.security_group import Rule, tcp
from holdfast.core.trouble import ComeBackLater
from tests.properties.rules import rules
from tests.support.calls import Killed
from tests.support.guarded import PROMISED, Guarded, actor

DEATHS = 60
"""Deliveries after which a drift that is not restored never will be."""


class Drift(NamedTuple):
    """Somebody adds a rule, takes a promised one away, or strips the tags."""

    add: Rule | None
    remove: bool
    strip: bool


class Delivery(NamedTuple):
    """The restorer is called with some of the events so far, perhaps for the second time, and may die."""

    events: frozenset[int]
    moments: int | None


drifts = st.builds(Drift, st.none() | rules.filter(lambda rule: rule not in PROMISED), st.booleans(), st.booleans())
deliveries = st.builds(Delivery, st.frozensets(st.integers(0, 5), max_size=3), st.none() | st.integers(0, 10))
steps = st.lists(drifts | deliveries, min_size=1, max_size=10)
pauses = st.lists(st.sampled_from([0.0, 0.3, QUIET, 20.0, 90.0, 400.0, CALM]), min_size=10, max_size=10)


class World:
    """A guarded group, and those who drift it: one after the other, each with an event of CloudTrail."""

    def __init__(self) -> None:
        self.guarded = Guarded()
        self.events: list[Actor] = []
        self._open: frozenset[Rule] = frozenset()

    def drift(self, drift: Drift) -> None:
        guarded = self.guarded
        self.events.append(actor(f"user-{len(self.events)}", float(int(guarded.clock()))))
        removed = frozenset({tcp("ingress", 443, "0.0.0.0/0")} if drift.remove else ())
        guarded.drift(add=frozenset({drift.add} if drift.add else ()), remove=removed)
        if drift.strip:
            guarded.cloud.change(guarded.group, tags={})
        self._open = guarded.rules - PROMISED

    def deliver(self, delivery: Delivery) -> None:
        told = [self.events[number] for number in sorted(delivery.events) if number < len(self.events)]
        self.guarded.life.begin(delivery.moments)
        with suppress(Killed, ComeBackLater):
            self.guarded.hold(*told)
        self.guarded.life.begin()
        self._narrower()

    def _narrower(self) -> None:
        """Nothing that we did let anything through that was not let through before."""
        still_open = self.guarded.rules - PROMISED
        assert still_open <= self._open, "a restoration opened what nobody promised"
        self._open = still_open

    def settle(self) -> None:
        """Every event comes, until it has been answered."""
        for _ in range(DEATHS):
            try:
                self.guarded.hold(*self.events)
            except ComeBackLater as later:
                self.guarded.clock.forward(later.seconds)
            else:
                break
        self._narrower()

    def check(self) -> None:
        guarded = self.guarded
        assert guarded.rules == PROMISED
        assert guarded.promised.tags.items() <= guarded.cloud.things[guarded.group].state.tags.items()
        assert {incident.state for incident in guarded.told} <= {"restored", "contended"}, "something is left open"
        assert all(incident.restored_at for incident in guarded.told), "something was never proven"


@given(steps)
def test_within_a_second_all_is_one_incident_that_names_everybody(steps: list[Drift | Delivery]) -> None:
    world = World()
    for step in steps:
        if isinstance(step, Drift):
            world.drift(step)
        else:
            world.deliver(step)
    world.settle()
    world.check()
    if any(isinstance(step, Drift) and (step.add or step.remove or step.strip) for step in steps):
        named = {one.arn for incident in world.guarded.told for one in incident.actors}
        assert named == {one.arn for one in world.events}, "somebody is not named"
        assert not all(incident.folded for incident in world.guarded.told), "nobody is told"


@given(steps, pauses)
def test_however_slowly_it_ends_restored_and_proven(steps: list[Drift | Delivery], pauses: list[float]) -> None:
    world = World()
    for step, pause in zip(steps, pauses, strict=False):
        if isinstance(step, Drift):
            world.drift(step)
        else:
            world.deliver(step)
        world.guarded.clock.forward(pause)
    world.settle()
    world.check()


@given(drifts, st.integers(0, 10), st.sampled_from([0.0, QUIET, 90.0]))
def test_who_drifted_it_is_named_though_the_first_delivery_died(drift: Drift, moments: int, pause: float) -> None:
    world = World()
    world.drift(drift)
    world.deliver(Delivery(frozenset({0}), moments))
    world.guarded.clock.forward(pause)
    world.settle()
    world.check()
    for incident in world.guarded.told:
        assert incident.actors == (world.events[0],)
