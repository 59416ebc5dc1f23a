"""A deed done in a copy of this process: what it does to the world in memory, the next test does not find."""

import os
import traceback
import warnings
from collections.abc import Callable

import msgspec


class _Told[T](msgspec.Struct):
    """What comes out of the copy: ``answer``, or the ``trace`` of what went wrong."""

    answer: T | None = None
    trace: str = ""


def in_a_copy(deed: Callable[[], list[str]]) -> list[str]:
    """What ``deed`` answers with. Raises AssertionError with the trace of what it raised."""
    reads, writes = os.pipe()
    with warnings.catch_warnings():
        # The one other thread here is pytest-xdist's, which the copy does not have and does not ask anything.
        warnings.simplefilter("ignore", DeprecationWarning)
        child = os.fork()
    if not child:
        os.close(reads)
        _do(deed, writes)
    os.close(writes)
    with os.fdopen(reads, "rb") as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    assert told, "the copy died without a word"
    found = msgspec.json.decode(told, type=_Told[list[str]])
    assert not found.trace, found.trace
    return found.answer or []


def _do(deed: Callable[[], list[str]], writes: int) -> None:
    """In the copy: it ends here whatever happens, and never gets to be a second pytest."""
    try:
        told = _Told(answer=deed())
    except BaseException:  # noqa: BLE001  # told to the test, which fails with it
        told = _Told(trace=traceback.format_exc())
    try:
        with os.fdopen(writes, "wb") as pipe:
            pipe.write(msgspec.json.encode(told))
    finally:
        os._exit(0)
