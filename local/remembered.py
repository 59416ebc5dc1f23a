"""What the emulator does anew at each call although nothing has changed: here it is done once, or once in a while.

It reads the same texts, and looks for metrics that are two weeks old. Nothing but time is saved: a third of what the
process of the laptop AWS works while tests run. What differs from AWS is the matter of `local.gaps`.
"""

import time
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.services import cloudwatch, dynamodb

_TEXTS: Final = 4096
"""So many are remembered: every policy and every expression of a day's tests."""

_A_MINUTE: Final = 60


def remember() -> None:
    """Called once, before anything is served."""
    iam_evaluator.parse_policy_document = _read_once(iam_evaluator.parse_policy_document)
    dynamodb._tokenize = _read_once(dynamodb._tokenize)
    dynamodb._condition_syntax_error = lru_cache(_TEXTS)(dynamodb._condition_syntax_error)
    cloudwatch._evict_old_metrics = _once_a_minute(cloudwatch._evict_old_metrics)


def _read_once(read: Callable[[Any], list[Any]]) -> Callable[[Any], list[Any]]:
    """``read``, whose answer is each caller's own list; a policy that is not a text is read each time."""
    once = lru_cache(_TEXTS)(lambda text: tuple(read(text)))

    def remembered(text: Any) -> list[Any]:
        return list(once(text)) if isinstance(text, str) else read(text)

    return remembered


def _once_a_minute(tidy: Callable[[], None]) -> Callable[[], None]:
    last = time.monotonic()

    def tidied() -> None:
        nonlocal last
        if time.monotonic() - last > _A_MINUTE:
            last = time.monotonic()
            tidy()

    return tidied
