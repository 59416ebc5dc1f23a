"""What people said of the guard, and how the restorer heeds it: observed, paused, excepted, undone, made again."""

from typing import Any

import msgspec
import pytest

from holdfast.core.guard import ExceptionSaid, Guard, ModeSaid, guard_over, instead
from holdfast.core.resource import Change
from holdfast.core.security_group import Rule, SecurityGroupState, tcp
from holdfast.core.trouble import ComeBackLater
from tests.support.guarded import PROMISED, SSH, Guarded, actor
from tests.support.simulated import SimulatedGroup

RDP = tcp("ingress", 3389, "::/0")
HTTPS = tcp("ingress", 443, "0.0.0.0/0")
LEAD = "arn:aws:iam::123456789012:user/lead"


def _mode(mode: Any, until: float, concern: str = "security_groups") -> ModeSaid:
    return ModeSaid(by=LEAD, reason="a move", until=until, said_at=0.0, concern=concern, mode=mode)


def _excepted(until: float, found: object = None, promised: object = None, put_back: str = "") -> ExceptionSaid:
    return ExceptionSaid(
        by=LEAD,
        owner="the platform team",
        reason="a vendor's test",
        until=until,
        said_at=0.0,
        resource="security_groups/alb",
        path="Rules",
        found=msgspec.to_builtins(found),
        promised=msgspec.to_builtins(promised),
        put_back=put_back,
    )


def _later(guarded: Guarded, seconds: float = 100.0) -> float:
    return guarded.clock() + seconds


def test_observed_only_nothing_is_written_and_the_incident_says_what_would_be() -> None:
    guarded = Guarded()
    guarded.said.append(_mode("observe", _later(guarded)))
    guarded.drift(add=frozenset({SSH}))
    incident = guarded.hold(actor("alice"))
    assert incident is None
    assert guarded.cloud.writes == []
    (told,) = guarded.told
    assert (told.state, told.folded, told.opened) == ("observed", False, True)
    assert told.calls == (f"would undo {Change(path='Rules', found=SSH)}",)


def test_what_is_observed_is_written_down_once_and_again_when_it_is_another_drift() -> None:
    guarded = Guarded()
    guarded.said.append(_mode("observe", _later(guarded)))
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    guarded.clock.forward(10)
    guarded.hold()
    assert len(guarded.told) == 1
    guarded.drift(add=frozenset({RDP}))
    guarded.clock.forward(10)
    guarded.hold(actor("bob"))
    assert len(guarded.told) == 2


def test_a_mode_ends_by_itself() -> None:
    guarded = Guarded()
    guarded.said.append(_mode("observe", _later(guarded)))
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    guarded.clock.forward(101)
    incident = guarded.hold()
    assert incident is not None
    assert incident.state == "restored"
    assert guarded.rules == PROMISED


def test_paused_it_waits_until_the_pause_ends_and_no_longer_than_a_queue_can() -> None:
    guarded = Guarded()
    guarded.said.append(_mode("pause", _later(guarded, 5000)))
    guarded.drift(add=frozenset({SSH}))
    with pytest.raises(ComeBackLater) as later:
        guarded.hold(actor("alice"))
    assert later.value.seconds == 900
    assert guarded.told == []
    guarded.clock.forward(4900)
    with pytest.raises(ComeBackLater) as later:
        guarded.hold()
    assert later.value.seconds <= 101
    guarded.clock.forward(101)
    assert guarded.hold() is not None
    assert guarded.rules == PROMISED


def test_another_concerns_mode_is_not_ours() -> None:
    guarded = Guarded()
    guarded.said.append(_mode("observe", _later(guarded), concern="waf"))
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    assert guarded.rules == PROMISED


def test_an_exception_allows_one_value_and_no_other() -> None:
    guarded = Guarded()
    guarded.said.append(_excepted(_later(guarded), found=SSH))
    guarded.drift(add=frozenset({SSH, RDP}), remove=frozenset({HTTPS}))
    incident = guarded.hold(actor("alice"))
    assert guarded.rules == PROMISED | {SSH}
    assert incident is not None
    assert (incident.state, incident.excepting) == ("restored", True)
    assert msgspec.to_builtins(SSH) not in [change.found for change in incident.changes]


def test_what_is_excepted_is_written_down_once_with_who_answers_for_it() -> None:
    guarded = Guarded()
    guarded.said.append(_excepted(_later(guarded), found=SSH))
    guarded.drift(add=frozenset({SSH}))
    assert guarded.hold(actor("alice")) is None
    guarded.clock.forward(10)
    assert guarded.hold() is None
    assert guarded.rules == PROMISED | {SSH}
    (told,) = guarded.told
    assert told.state == "excepted"
    assert "the platform team answers for it until 2023" in told.why


def test_a_proof_without_what_an_exception_allows_is_exact() -> None:
    guarded = Guarded()
    guarded.said.append(_excepted(_later(guarded), found=SSH))
    guarded.drift(add=frozenset({RDP}))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert not incident.excepting, "nobody made use of it: it is exactly as promised"


def test_when_an_exception_ends_the_value_is_drift() -> None:
    guarded = Guarded()
    guarded.said.append(_excepted(_later(guarded), found=SSH))
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    guarded.clock.forward(101)
    guarded.hold()
    assert guarded.rules == PROMISED


def test_what_opens_access_is_never_put_back_by_the_restorer() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    guarded.said.append(_excepted(_later(guarded), found=SSH, put_back=incident.id))
    guarded.clock.forward(10)
    undone = guarded.hold(undo=incident.id)
    assert guarded.rules == PROMISED, "Holdfast opens no hole with its own role"
    assert undone is not None
    assert (undone.state, "under your own name: aws ec2 …" in undone.why) == ("excepted", True)
    guarded.clock.forward(10)
    assert guarded.hold() is None, "it is as promised: whoever looks again ends nothing and says nothing"


def test_what_opens_nothing_is_put_back_once() -> None:
    guarded = Guarded()
    guarded.drift(remove=frozenset({HTTPS}))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert guarded.rules == PROMISED
    guarded.said.append(_excepted(_later(guarded), promised=HTTPS, put_back=incident.id))
    guarded.clock.forward(10)
    undone = guarded.hold(undo=incident.id)
    assert undone is not None
    assert (undone.state, incident.id in undone.why) == ("excepted", True)
    assert guarded.rules == PROMISED - {HTTPS}
    guarded.drift(add=frozenset({HTTPS}))
    guarded.hold(undo=incident.id)
    assert guarded.rules == PROMISED, "who puts it right again is not put wrong by a message that comes twice"


def test_without_the_word_nothing_is_put_back() -> None:
    guarded = Guarded()
    guarded.drift(remove=frozenset({HTTPS}))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    guarded.hold(undo=incident.id)
    assert guarded.rules == PROMISED


def test_what_comes_back_is_made_again_and_its_new_id_is_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimulatedGroup, "comes_back", True)
    guarded = Guarded()
    before = guarded.group
    del guarded.cloud.things[before]
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, incident.changes) == ("restored", (Change(path="stands", promised=True),))
    ((identity, thing),) = guarded.cloud.things.items()
    assert identity != before
    assert guarded.record.physical == {"id": identity}
    assert isinstance(thing.state, SecurityGroupState)
    assert thing.state.rules == PROMISED


def test_who_was_killed_after_making_it_again_makes_no_twin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SimulatedGroup, "comes_back", True)
    guarded = Guarded()
    del guarded.cloud.things[guarded.group]
    guarded.cloud.put(guarded.promised)
    guarded.hold(actor("alice"))
    assert len(guarded.cloud.things) == 1
    assert guarded.record.physical == {"id": next(iter(guarded.cloud.things))}


def test_the_newest_word_counts() -> None:
    said = [_mode("pause", 50.0), msgspec.structs.replace(_mode("enforce", 60.0), said_at=5.0)]
    assert guard_over("security_groups/alb", "security_groups", said, 10.0).mode == "enforce"
    assert guard_over("security_groups/alb", "security_groups", said[:1], 10.0).mode == "pause"
    assert guard_over("security_groups/alb", "security_groups", said, 70.0) == Guard()


INSTEAD: dict[str, tuple[dict[str, object], ExceptionSaid, dict[str, object]]] = {
    "a member more": ({"Rules": [1]}, _excepted(1.0, found=2), {"Rules": [1, 2]}),
    "a member more beside a manifest": (
        {"Manifest": {"kind": "Namespace"}, "Objects": []},
        msgspec.structs.replace(_excepted(1.0, found="Role/mallory"), path="Objects"),
        {"Manifest": {"kind": "Namespace"}, "Objects": ["Role/mallory"]},
    ),
    "a member less": ({"Rules": [1, 2]}, _excepted(1.0, promised=2), {"Rules": [1]}),
    "another value": (
        {"Rules": "a"},
        _excepted(1.0, promised="a", found="b"),
        {"Rules": "b"},
    ),
    "another list, which is one value": (
        {"Rules": ["a", "b"]},
        _excepted(1.0, promised=["a", "b"], found=["b"]),
        {"Rules": ["b"]},
    ),
    "a key that may be missing": (
        {"Tags": {"x": "1", "y": "2"}},
        msgspec.structs.replace(_excepted(1.0, promised="1"), path="Tags.x"),
        {"Tags": {"y": "2"}},
    ),
    "another value of a key": (
        {"Tags": {"x": "1", "y": "2"}},
        msgspec.structs.replace(_excepted(1.0, promised="1", found="3"), path="Tags.x"),
        {"Tags": {"x": "3", "y": "2"}},
    ),
}


@pytest.mark.parametrize(("promised", "said", "expected"), INSTEAD.values(), ids=INSTEAD)
def test_the_promise_as_an_exception_has_it(
    promised: dict[str, object], said: ExceptionSaid, expected: dict[str, object]
) -> None:
    assert instead(promised, said) == expected


def test_a_rule_is_the_same_after_it_was_read_back() -> None:
    said = _excepted(1.0, found=SSH)
    again = msgspec.json.decode(msgspec.json.encode(said), type=ExceptionSaid)
    assert again.allows(Change(path="Rules", found=SSH))
    assert not again.allows(Change(path="Rules", found=RDP))
    assert not again.allows(Change(path="Rules", promised=SSH))
    assert msgspec.convert(again.found, Rule) == SSH


def test_what_was_only_rehearsed_is_not_told_as_done_once_it_is_enforced() -> None:
    guarded = Guarded()
    guarded.said.append(_mode("observe", _later(guarded)))
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    guarded.said.clear()
    incident = guarded.hold()
    assert incident is not None
    assert (incident.state, incident.calls, incident.why) == ("restored", (f"remove {SSH}",), "")


def test_nor_when_somebody_mends_it_by_hand() -> None:
    guarded = Guarded()
    guarded.said.append(_mode("observe", _later(guarded)))
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    guarded.drift(remove=frozenset({SSH}))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, incident.calls, incident.why) == ("restored", (), "")
