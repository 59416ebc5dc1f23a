"""A resource that drifts again and again: paged once, restored for ever, and what can wait waits a little longer."""

import pytest

from holdfast.core.breaker import FIRST_PAUSE, LIMIT, LONGEST_PAUSE
from holdfast.core.security_group import tcp
from holdfast.core.trouble import ComeBackLater
from tests.support.guarded import OURSELVES, PROMISED, SSH, Guarded, actor

HTTPS = tcp("ingress", 443, "0.0.0.0/0")
RDP = tcp("ingress", 3389, "::/0")


def _contend(guarded: Guarded) -> None:
    for number in range(LIMIT):
        guarded.drift(add=frozenset({SSH}))
        guarded.hold(actor(f"user {number}"))
        guarded.clock.forward(10)


def test_contended_is_paged_once_and_names_all_and_ourselves() -> None:
    guarded = Guarded()
    _contend(guarded)
    last = guarded.told[-1]
    assert (last.state, last.folded) == ("contended", False)
    assert set(last.principals) == {*(actor(f"user {number}").arn for number in range(LIMIT)), OURSELVES}
    assert [incident.state for incident in guarded.told[:-1]] == ["restored"] * (LIMIT - 1)
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("user 0", event_id="again"))
    assert guarded.told[-1].folded, "the same drift folds into the page that is out"
    guarded.clock.forward(10)
    guarded.drift(add=frozenset({RDP}))
    guarded.hold(actor("user 0", event_id="another"))
    assert not guarded.told[-1].folded, "a new kind of drift breaks through"


def test_contended_what_widens_is_still_undone_at_once() -> None:
    guarded = Guarded()
    _contend(guarded)
    for _ in range(50):
        guarded.clock.forward(1)
        guarded.drift(add=frozenset({SSH}), remove=frozenset({HTTPS}))
        guarded.hold(actor("mallory"))
        assert guarded.rules == PROMISED


def test_contended_any_other_drift_waits_a_little_longer_each_time() -> None:
    guarded = Guarded()
    _contend(guarded)
    pauses = []
    for _ in range(7):
        guarded.drift(remove=frozenset({HTTPS}))
        with pytest.raises(ComeBackLater) as later:
            guarded.hold(actor("mallory"))
        assert HTTPS not in guarded.rules
        pauses.append(later.value.seconds)
        guarded.clock.forward(later.value.seconds)
        guarded.hold()
        assert guarded.rules == PROMISED, "its pause has passed"
    assert pauses == [FIRST_PAUSE, 30, 60, 120, 240, LONGEST_PAUSE, LONGEST_PAUSE]


def test_contended_drift_that_waits_is_one_incident_until_its_proof() -> None:
    guarded = Guarded()
    _contend(guarded)
    before = len(guarded.told)
    guarded.drift(remove=frozenset({HTTPS}))
    for _ in range(3):
        with pytest.raises(ComeBackLater):
            guarded.hold()
        guarded.clock.forward(4)
    guarded.clock.forward(FIRST_PAUSE)
    guarded.hold()
    waited = guarded.told[before:]
    assert len(waited) == 1, "looked at again, it became another incident, and the first is never proven"
    assert waited[0].restored_at, "the page says contended; the record must say when it was over"


def test_contended_what_breaks_through_a_wait_is_told() -> None:
    guarded = Guarded()
    _contend(guarded)
    guarded.drift(remove=frozenset({HTTPS}))
    with pytest.raises(ComeBackLater):
        guarded.hold()
    guarded.clock.forward(4)
    guarded.drift(add=frozenset({RDP}))
    incident = guarded.hold(actor("mallory"))
    assert incident is not None
    assert not incident.folded
    assert len(guarded.told) == LIMIT + 2, "a page that is out already would hide it"
