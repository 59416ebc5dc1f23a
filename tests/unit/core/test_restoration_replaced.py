"""What is gone and held something is paged with a plan, also where another stands in for it."""

from collections.abc import Callable

import msgspec
import pytest

from holdfast.core.resource import Observed
from holdfast.core.security_group import SecurityGroupState
from tests.support.guarded import PROMISED, SSH, Guarded, actor
from tests.support.simulated import SimulatedGroup

PLAN = "restore the last backup"


def _known_as(serial: str) -> Callable[[SimulatedGroup], Observed[SecurityGroupState] | None]:
    """How AWS answers when it calls the group's incarnation ``serial``."""
    observe = SimulatedGroup.observe

    def observed(group: SimulatedGroup) -> Observed[SecurityGroupState] | None:
        found = observe(group)
        return found and msgspec.structs.replace(found, physical={**found.physical, "Serial": serial})

    return observed


def test_a_deleted_one_is_paged_with_its_kinds_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "when_gone", PLAN)
    del guarded.cloud.things[guarded.group]
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, PLAN in incident.why) == ("needs human", True)


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


def test_what_others_refer_to_is_learnt_once_it_holds_again(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "observe", _known_as("after"))
    guarded.cloud.change(guarded.group, vpc_id="vpc-another")
    guarded.hold(actor("alice"))
    assert "Serial" not in guarded.record.physical, "what is not as promised may be called anything"
    guarded.cloud.change(guarded.group, vpc_id=guarded.promised.vpc_id)
    guarded.hold(actor("alice"))
    assert guarded.record.physical["Serial"] == "after"


def test_the_same_one_is_looked_at_as_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    monkeypatch.setattr(SimulatedGroup, "incarnation", "Serial")
    guarded.record = msgspec.structs.replace(guarded.record, physical={**guarded.record.physical, "Serial": "first"})
    monkeypatch.setattr(SimulatedGroup, "observe", _known_as("first"))
    guarded.drift(add=frozenset({SSH}))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, guarded.rules) == ("restored", PROMISED)
