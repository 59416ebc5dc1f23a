"""When to look again: never before it can be ready, and then so often that a look comes half a 200th part late."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.patience import LATE, SELDOM, SHARE, SHOWN_WITHIN, next_look, next_question
from holdfast.core.resource import AT_ONCE, Duration
from holdfast.core.trouble import ComeBackLater, NeedsHuman

CLUSTER = Duration(usual=564, least=501, most=971)
AN_EXECUTION, A_LOOK = 25_000, 9
"""Events that an execution can have ("Quotas", Step Functions developer guide), and those of a look."""
LAYER_SECONDS = 7200
PODS = ComeBackLater("0 of 2 pods of the application are ready", 15)


@pytest.mark.parametrize(
    ("elapsed", "seconds"), [(0.0, 501), (400.0, 101), (497.0, 4), (501.0, 3), (600.0, 3), (1071.0, 5), (5000.0, 60)]
)
def test_a_cluster_is_looked_at_when_it_can_be_ready(elapsed: float, seconds: int) -> None:
    assert next_look(CLUSTER, elapsed) == seconds


def test_what_stands_at_once_is_looked_at_in_a_second() -> None:
    assert next_look(AT_ONCE, 0.0) == 1


@given(st.integers(1, 2000), st.floats(0, 1), st.floats(1, 3))
def test_waiting_costs_a_200th_part_at_the_most(usual: int, least: float, took: float) -> None:
    duration = Duration(usual, round(usual * least), usual * 3)
    ready = max(usual * took, duration.least)
    now = looks = 0
    while now < ready:
        now += next_look(duration, now)
        looks += 1
    assert now - ready <= ceil(usual / SHARE), "it stood long before anybody looked"
    assert looks <= 3 * SHARE + 1, "each look is a call, and history events"


@given(st.integers(0, 60), st.floats(0, LAYER_SECONDS))
def test_what_takes_longer_than_ever_is_looked_at_the_more_seldom(usual: int, took: float) -> None:
    duration = Duration(usual, usual // 2, usual * 2)
    now = looks = 0
    while now < took:
        now += next_look(duration, now)
        looks += 1
    assert now - took <= max(2, SELDOM, took / LATE)
    assert looks * A_LOOK < AN_EXECUTION / 5, "its history would be full before its time is"


def test_probe_asks_again_as_it_says_and_not_for_ever() -> None:
    assert next_question("workloads", PODS, 0.0) == 15
    assert next_question("workloads", PODS, SHOWN_WITHIN - 1) == 15
    with pytest.raises(NeedsHuman, match=r"workloads: it stands, .* waited 30 minutes: 0 of 2 pods") as stopped:
        next_question("workloads", PODS, SHOWN_WITHIN)
    assert stopped.value.__cause__ is PODS
