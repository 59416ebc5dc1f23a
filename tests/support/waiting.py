"""Waiting for the state of the world, with a failure that says what was expected, what was seen, and where to look."""

import time
from collections.abc import Callable
from typing import Final

import pytest

PATIENCE: Final = 30.0
"""Seconds: generous, for two cores that do other things too. What is waited for takes a tenth of it."""
_POLL: Final = 0.06
_SELDOM: Final = 0.4
"""Seconds between two looks, at the least and at the most: who always looks takes a core from what he waits for."""


def until[Seen](
    expected: str,
    see: Callable[[], Seen],
    holds: Callable[[Seen], object] = bool,
    *,
    look: Callable[[], str] = str,
    seconds: float = PATIENCE,
) -> Seen:
    """Look until what is seen ``holds``, and answer with it. Where it never does, ``look`` says where to look."""
    began = time.monotonic()
    while not holds(seen := see()):
        waited = time.monotonic() - began
        if waited > seconds:
            pytest.fail(f"expected within {seconds:.0f} s: {expected}\nlast seen: {seen}\n{look()}", pytrace=False)
        time.sleep(min(_SELDOM, max(_POLL, waited / 20)))
    return seen
