"""When to look again: never before it can be ready, and then so often that a look comes half a 150th part late."""

from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.patience import SHARE, next_look
from holdfast.core.resource import AT_ONCE, Duration

CLUSTER = Duration(usual=564, least=501, most=971)


@pytest.mark.parametrize(
    ("elapsed", "seconds"), [(0.0, 501), (400.0, 101), (497.0, 4), (501.0, 4), (600.0, 4), (5000.0, 4)]
)
def test_a_cluster_is_looked_at_when_it_can_be_ready(elapsed: float, seconds: int) -> None:
    assert next_look(CLUSTER, elapsed) == seconds


def test_what_stands_at_once_is_looked_at_in_a_second() -> None:
    assert next_look(AT_ONCE, 0.0) == 1


@given(st.integers(1, 2000), st.floats(0, 1), st.floats(1, 3))
def test_waiting_costs_a_150th_part_at_the_most(usual: int, least: float, took: float) -> None:
    duration = Duration(usual, round(usual * least), usual * 3)
    ready = max(usual * took, duration.least)
    now = looks = 0
    while now < ready:
        now += next_look(duration, now)
        looks += 1
    assert now - ready <= ceil(usual / SHARE), "it stood long before anybody looked"
    assert looks <= 3 * SHARE + 1, "each look is a call, and history events"
