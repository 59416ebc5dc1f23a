"""Which drifts are one incident, whom it names, and when it is over."""

import pytest

from holdfast.core.incident import FULL, QUIET
from holdfast.core.resource import Observed
from holdfast.core.security_group import SecurityGroupState, tcp
from tests.support.calls import Killed
from tests.support.guarded import PROMISED, SSH, Guarded, actor
from tests.support.simulated import SimulatedGroup

RDP = tcp("ingress", 3389, "::/0")


def test_closed_incident_that_goes_on_is_open_again_until_its_next_proof() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    guarded.drift(add=frozenset({RDP}))
    guarded.life.begin(2)
    with pytest.raises(Killed):
        guarded.hold(actor("bob"))
    (incident,) = guarded.told
    assert (incident.state, incident.restored_at) == ("open", 0.0), "it would be told as restored while a port is open"


def test_drifts_within_a_second_are_one_incident_that_names_all() -> None:
    guarded = Guarded()
    for name, rule in (("alice", SSH), ("bob", RDP)):
        guarded.drift(add=frozenset({rule}))
        guarded.hold(actor(name))
        guarded.clock.forward(QUIET / 2)
    (incident,) = guarded.told
    assert [one.arn.rpartition("/")[2] for one in incident.actors] == ["alice", "bob"]
    assert len(incident.changes) == 2


def test_who_took_part_is_named_though_another_call_restored_while_this_one_looked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH, RDP}))
    alice, bob = (actor(name, guarded.clock()) for name in ("alice", "bob"))
    observe = SimulatedGroup.observe

    def late(group: SimulatedGroup) -> Observed[SecurityGroupState] | None:
        monkeypatch.undo()
        guarded.hold(alice)
        return observe(group)

    monkeypatch.setattr(SimulatedGroup, "observe", late)
    guarded.hold(bob)
    (incident,) = guarded.told
    assert [one.arn.rpartition("/")[2] for one in incident.actors] == ["alice", "bob"]


def test_drifts_a_second_apart_are_two_incidents() -> None:
    guarded = Guarded()
    for name in ("alice", "bob"):
        guarded.drift(add=frozenset({SSH}))
        guarded.hold(actor(name))
        guarded.clock.forward(QUIET)
    assert [len(incident.actors) for incident in guarded.told] == [1, 1]


def test_late_event_names_who_took_part_and_no_other() -> None:
    """A killed function's message comes back after 90 s, and CloudTrail need not deliver in order."""
    guarded = Guarded()
    early = actor("early", guarded.clock())
    guarded.drift(add=frozenset({SSH}))
    guarded.clock.forward(2)
    guarded.hold(early)
    guarded.clock.forward(3600)
    guarded.drift(add=frozenset({SSH, RDP}))
    at = guarded.clock()
    guarded.hold(actor("alice", at))
    guarded.clock.forward(90)
    guarded.hold(actor("bob", at), early, actor("later", guarded.clock()))
    assert [one.arn.rpartition("/")[2] for one in guarded.told[-1].actors] == ["alice", "bob"]


def test_incident_that_is_full_goes_on_in_the_next_and_nothing_stays_open() -> None:
    """What does not fit into its table's item could not be written down, and so would not be restored."""
    guarded = Guarded()
    for number in range(FULL + 50):
        guarded.drift(add=frozenset({tcp("ingress", 1 + number, "0.0.0.0/0")}))
        guarded.hold(actor(f"user {number}"))
        assert guarded.rules == PROMISED
        guarded.clock.forward(QUIET / 2)
    assert len(guarded.told) > 1
    assert all(len(incident.actors) <= FULL for incident in guarded.told)
    named = {one.arn for incident in guarded.told for one in incident.actors}
    assert len(named) == FULL + 50, "somebody is named in none of them"
