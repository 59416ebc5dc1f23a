"""What is gone and held something is paged with a plan, also where another stands in for it. Gone is not restored."""

from collections.abc import Callable

import msgspec
import pytest

from holdfast.core.resource import Drift, Observed, Physical
from holdfast.core.security_group import SecurityGroupState
from holdfast.core.trouble import ComeBackLater
from tests.support.guarded import PROMISED, SSH, Guarded, actor
from tests.support.simulated import SimulatedGroup, Thing

PLAN = "restore the last backup"


def _known_as(serial: str) -> Callable[[SimulatedGroup], Observed[SecurityGroupState] | None]:
    """How AWS answers when it calls the group's incarnation ``serial``."""
    observe = SimulatedGroup.observe

    def observed(group: SimulatedGroup) -> Observed[SecurityGroupState] | None:
        found = observe(group)
        return found and msgspec.structs.replace(found, physical={**found.physical, "Serial": serial})

    return observed


def _going(group: SimulatedGroup) -> Observed[SecurityGroupState]:
    return Observed(state=group.desired, physical={"id": group.physical["id"]}, wait=15, going=True)


def test_a_deleted_one_is_paged_with_its_kinds_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "when_gone", PLAN)
    del guarded.cloud.things[guarded.group]
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, PLAN in incident.why) == ("needs human", True)


def test_what_is_being_deleted_is_paged_before_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database goes for minutes, and nobody can stop it: who is to restore it can begin."""
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "when_gone", PLAN)
    monkeypatch.setattr(SimulatedGroup, "observe", _going)
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, PLAN in incident.why) == ("needs human", True)
    monkeypatch.setattr(SimulatedGroup, "observe", lambda _: None)
    gone = guarded.hold(actor("alice"))
    assert gone is not None
    assert gone.id == incident.id, "told once"


def test_what_is_being_deleted_and_comes_back_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "comes_back", True)
    monkeypatch.setattr(SimulatedGroup, "observe", _going)
    with pytest.raises(ComeBackLater):
        guarded.hold(actor("alice"))


def test_another_under_its_name_is_not_taken_for_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may look exactly as promised, and hold nothing of what ours held."""
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "incarnation", "Serial")
    monkeypatch.setattr(SimulatedGroup, "when_gone", PLAN)
    guarded.record = msgspec.structs.replace(guarded.record, physical={**guarded.record.physical, "Serial": "first"})
    monkeypatch.setattr(SimulatedGroup, "observe", _known_as("second"))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert incident.state == "needs human"
    assert "Serial was first, is second" in incident.why
    assert PLAN in incident.why
    assert guarded.cloud.writes == []


def test_on_call_who_knows_that_it_is_gone_is_told_that_another_took_its_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is open by what is gone, which on-call was told; by what took its place anything may be."""
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "incarnation", "Serial")
    guarded.record = msgspec.structs.replace(guarded.record, physical={**guarded.record.physical, "Serial": "first"})
    thing = guarded.cloud.things.pop(guarded.group)
    gone = guarded.hold(actor("alice"))
    guarded.cloud.things[guarded.group] = thing
    monkeypatch.setattr(SimulatedGroup, "observe", _known_as("second"))
    replaced = guarded.hold(actor("mallory"))
    again = guarded.hold(actor("mallory"))
    assert gone is not None
    assert replaced is not None
    assert again is not None
    assert (replaced.state, replaced.id != gone.id, again.id) == ("needs human", True, replaced.id)


def test_what_others_refer_to_is_learnt_once_it_holds_again(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "observe", _known_as("after"))
    guarded.cloud.change(guarded.group, vpc_id="vpc-another")
    guarded.hold(actor("alice"))
    assert "Serial" not in guarded.record.physical, "what is not as promised may be called anything"
    guarded.cloud.change(guarded.group, vpc_id=guarded.promised.vpc_id)
    guarded.hold(actor("alice"))
    assert guarded.record.physical["Serial"] == "after"


def _made_again_under_its_name(group: SimulatedGroup) -> Physical:
    group.cloud.things[group.address.name] = Thing(group.desired, ready=group.cloud.clock() + group.cloud.ready_after)
    return {}


@pytest.mark.parametrize("ready_after", [0.0, 30.0])
def test_what_leans_on_one_that_came_back_under_its_name_hears_of_it(
    monkeypatch: pytest.MonkeyPatch, ready_after: float
) -> None:
    """What was in it is gone with the first: an id that is the same says nothing of that."""
    monkeypatch.setattr(SimulatedGroup, "comes_back", True)
    monkeypatch.setattr(SimulatedGroup, "create", _made_again_under_its_name)
    guarded = Guarded()
    guarded.cloud.things.clear()
    guarded.group = guarded.record.name
    guarded.record = msgspec.structs.replace(guarded.record, physical={"id": guarded.group})
    guarded.cloud.ready_after = ready_after
    if ready_after:
        with pytest.raises(ComeBackLater):
            guarded.hold(actor("alice"))
        assert guarded.learnt == [], "it does not stand yet"
        guarded.clock.forward(ready_after)
    guarded.hold(actor("alice"))
    assert guarded.learnt == [{"id": guarded.group}]
    guarded.clock.forward(2)
    guarded.hold(actor("alice"))
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    assert len(guarded.learnt) == 1, "told once; who only drifted lost nothing that was in it"


def test_the_same_one_is_looked_at_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "incarnation", "Serial")
    guarded.record = msgspec.structs.replace(guarded.record, physical={**guarded.record.physical, "Serial": "first"})
    monkeypatch.setattr(SimulatedGroup, "observe", _known_as("first"))
    guarded.drift(add=frozenset({SSH}))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, guarded.rules) == ("restored", PROMISED)


def _deleted(guarded: Guarded) -> None:
    del guarded.cloud.things[guarded.group]


def _left_to_leave(guarded: Guarded) -> None:
    guarded.cloud.things[guarded.group].leaving = "2026-12-26"


GOING = pytest.mark.parametrize("goes", [_deleted, _left_to_leave])


@GOING
def test_what_another_concern_has_open_is_not_proven_by_its_being_gone(
    monkeypatch: pytest.MonkeyPatch, goes: Callable[[Guarded], None]
) -> None:
    """Its own fields cannot be read any more. That is no proof that they are as promised."""
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    monkeypatch.setattr(SimulatedGroup, "update", _goes_on_drifting)
    with pytest.raises(ComeBackLater):
        guarded.hold(actor("alice"), is_home=False)
    goes(guarded)
    guarded.clock.forward(2)
    assert guarded.hold(actor("alice"), is_home=False) is None
    (incident,) = guarded.told
    assert (incident.state, incident.restored_at) == ("open", 0.0)


@GOING
def test_what_goes_under_our_hands_is_not_proven_by_that(
    monkeypatch: pytest.MonkeyPatch, goes: Callable[[Guarded], None]
) -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    update = SimulatedGroup.update

    def too_late(group: SimulatedGroup, observed: Observed[SecurityGroupState], drift: Drift) -> tuple[str, ...]:
        calls = update(group, observed, drift)
        goes(guarded)
        return calls

    monkeypatch.setattr(SimulatedGroup, "update", too_late)
    with pytest.raises(ComeBackLater):
        guarded.hold(actor("alice"), is_home=False)
    (incident,) = guarded.told
    assert (incident.state, incident.restored_at, len(incident.calls)) == ("open", 0.0, 1)


def _goes_on_drifting(group: SimulatedGroup, observed: Observed[SecurityGroupState], drift: Drift) -> tuple[str, ...]:
    return ("changed nothing",)
