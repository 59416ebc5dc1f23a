"""Waiting for the state of the world, with a failure that says what was expected, what was seen, and where to look."""

import time
from collections.abc import Callable
from typing import Final

import pytest

PATIENCE: Final = 30.0
"""Seconds: generous, for two cores that do other things too. What is waited for takes a tenth of it."""
_POLL: Final = 0.03


def until[Seen](
    expected: str,
    see: Callable[[], Seen],
    holds: Callable[[Seen], object] = bool,
    *,
    look: Callable[[], str] = str,
    seconds: float = PATIENCE,
) -> Seen:
    """Look until what is seen ``holds``, and answer with it. Where it never does, ``look`` says where to look."""
    deadline = time.monotonic() + seconds
    while not holds(seen := see()):
        if time.monotonic() > deadline:
            pytest.fail(f"expected within {seconds:.0f} s: {expected}\nlast seen: {seen}\n{look()}", pytrace=False)
        time.sleep(_POLL)
    return seen
