"""Who is at work on the laptop AWS: many side by side, or one alone, over files that are here anyway.

Through the door one at a time: whoever wants to be alone is not kept waiting by those who come later.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final

_ROOM: Final = Path(__file__)
_DOOR: Final = _ROOM.parent


@contextmanager
def among_others() -> Iterator[None]:
    """Nobody is alone meanwhile."""
    with _entered(fcntl.LOCK_SH):
        yield


class Alone:
    """The room for oneself, kept from one that wants it to the next: the others are waited for once."""

    def __init__(self) -> None:
        self._held: ExitStack | None = None

    def enter(self) -> None:
        if self._held is None:
            with ExitStack() as entering:
                entering.enter_context(_entered(fcntl.LOCK_EX))
                self._held = entering.pop_all()

    def leave(self) -> None:
        if self._held is not None:
            self._held.close()
            self._held = None


@contextmanager
def _entered(kind: int) -> Iterator[None]:
    door = _locked(_DOOR, fcntl.LOCK_EX)
    room = _locked(_ROOM, kind)
    os.close(door)
    try:
        yield
    finally:
        os.close(room)


def _locked(path: Path, kind: int) -> int:
    opened = os.open(path, os.O_RDONLY)
    fcntl.flock(opened, kind)
    return opened
