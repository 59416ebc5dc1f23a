"""The breaker, sentence by sentence as the design has it: it tames noise, and never stops protecting."""

import msgspec
import pytest

from holdfast.core.breaker import CALM, FIRST_PAUSE, KEPT, LIMIT, LONGEST_PAUSE, SAME, WINDOW, Verdict, Watch, judge

NOW = 1_700_000_000.0


class Resource:
    """What is remembered of one resource, drifted again and again. Its drift widens access unless told otherwise."""

    def __init__(self) -> None:
        self.watch = Watch()
        self.at = NOW

    def drift(self, after: float = 10.0, *, drift: str = "tcp/22", by: str = "alice", widens: bool = True) -> Verdict:
        self.at += after
        verdict = judge(self.watch, drift=drift, widens=widens, principals=[by], now=self.at)
        self.watch = verdict.watch
        return verdict

    def contend(self) -> Verdict:
        for _ in range(LIMIT - 1):
            self.drift(10.0)
        return self.drift(10.0)


def test_restorations_less_than_half_a_second_apart_count_as_one() -> None:
    resource = Resource()
    for _ in range(3 * LIMIT):
        resource.drift(SAME / 40)
    assert not resource.watch.contended, "a burst of events about one drift is one restoration"


def test_sixth_in_ten_minutes_makes_it_contended() -> None:
    resource = Resource()
    told = [resource.drift(WINDOW / LIMIT - 1).watch.contended for _ in range(LIMIT)]
    assert told == [*[False] * (LIMIT - 1), True]


def test_sixth_in_more_than_ten_minutes_does_not() -> None:
    resource = Resource()
    assert not any(resource.drift(WINDOW / (LIMIT - 1)).watch.contended for _ in range(4 * LIMIT))


def test_it_pages_once_and_folds_the_same_drift() -> None:
    resource = Resource()
    assert resource.contend().tell, "the page that says: contended"
    assert not any(resource.drift().tell for _ in range(20)), "the same drift folds into that page"


def test_it_names_every_principal_that_drifted_it() -> None:
    resource = Resource()
    for name in ("alice", "bob", "alice", "carol", "bob", "dave"):
        resource.drift(by=name)
    assert resource.watch.contended
    assert set(resource.watch.principals) == {"alice", "bob", "carol", "dave"}


def test_drift_that_widens_access_is_undone_at_once_for_ever() -> None:
    resource = Resource()
    resource.contend()
    assert {resource.drift(0.7).wait for _ in range(2000)} == {0}, "a breaker that stops keeps a port open"


def test_any_other_drift_waits_with_growing_pauses() -> None:
    resource = Resource()
    resource.contend()
    pauses = []
    for _ in range(8):
        verdict = resource.drift(widens=False)
        pauses.append(verdict.wait)
        assert resource.drift(verdict.wait, widens=False).wait == 0, "when its pause has passed it is restored"
    assert pauses == [FIRST_PAUSE, 30, 60, 120, 240, *[LONGEST_PAUSE] * 3]


def test_looked_at_again_within_its_pause_it_waits_for_the_rest() -> None:
    resource = Resource()
    resource.contend()
    assert resource.drift(widens=False).wait == FIRST_PAUSE
    assert resource.drift(5.0, widens=False).wait == FIRST_PAUSE - 5
    assert resource.drift(9.8, widens=False).wait == 1, "never a wait of nothing that is none"


def test_drift_that_widens_breaks_through_a_pause() -> None:
    resource = Resource()
    resource.contend()
    resource.drift(widens=False)
    assert resource.drift(1.0, drift="tcp/3389").wait == 0


def test_new_kind_of_drift_breaks_through_the_fold() -> None:
    resource = Resource()
    resource.contend()
    assert resource.drift(drift="tcp/3389").tell
    assert not resource.drift(drift="tcp/3389").tell
    assert not resource.drift(drift="tcp/22").tell, "and the old one stays folded"


def test_normal_again_after_thirty_quiet_minutes() -> None:
    resource = Resource()
    resource.contend()
    verdict = resource.drift(CALM, by="eve")
    assert (verdict.watch.contended, verdict.wait, verdict.tell) == (False, 0, True)
    assert verdict.watch.principals == ("eve",), "who drifted it last month has no part in this"
    assert verdict.watch.pause == 0


def test_thirty_minutes_that_are_not_quiet_do_not_count() -> None:
    resource = Resource()
    resource.contend()
    for _ in range(10):
        assert resource.drift(CALM - 1).watch.contended


def test_before_it_is_contended_who_drifted_it_is_forgotten_too() -> None:
    resource = Resource()
    resource.drift(by="alice")
    assert resource.drift(CALM, by="bob").watch.principals == ("bob",)


def test_calm_forgets_the_quarrel_and_not_the_proof() -> None:
    resource = Resource()
    resource.watch = msgspec.structs.replace(resource.watch, version=7, proved_at=NOW - 5, contended=True)
    verdict = resource.drift(CALM)
    assert (verdict.watch.version, verdict.watch.proved_at) == (7, NOW - 5)


@pytest.mark.parametrize("quarrel", ["another drift each time", "another principal each time"])
def test_who_never_stops_makes_no_watch_that_cannot_be_written(quarrel: str) -> None:
    """What cannot be written down is not restored: a watch that grew with each drift would end the protection."""
    resource = Resource()
    resource.contend()
    for number in range(5000):
        other = f"{number} " + "x" * 200
        if quarrel == "another drift each time":
            resource.drift(1.0, drift=other)
        else:
            resource.drift(1.0, by=other)
    assert len(resource.watch.told) <= KEPT
    assert len(resource.watch.principals) <= KEPT
    assert len(msgspec.json.encode(resource.watch)) < 40_000
    resource.drift(drift="the newest")
    assert not resource.drift(1.0, drift="the newest").tell, "the newest are remembered"


def test_a_drift_of_any_length_leaves_a_short_mark() -> None:
    """Fifty whole rule sets of two hundred rules would be more than an item of a table can hold."""
    resource = Resource()
    resource.contend()
    for number in range(KEPT):
        resource.drift(1.0, drift=f"{number} " + "x" * 50_000)
    assert len(msgspec.json.encode(resource.watch)) < 10_000
