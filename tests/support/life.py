"""The life of a function of ours, which may end at any moment: before a call takes effect, or before its answer."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.calls import Killed


class Clock:
    """Seconds since the epoch; time passes only when a test says so."""

    def __init__(self, at: float = 1_700_000_000.0) -> None:
        self.at = at

    def __call__(self) -> float:
        return self.at

    def forward(self, seconds: float) -> None:
        self.at += seconds


class Life:
    """Ends after so many moments, never if not told; each call that changes something has two."""

    def __init__(self) -> None:
        self.left: int | None = None
        self.lived = 0

    def begin(self, moments: int | None = None) -> None:
        """A new life. After ``moments`` of them it ends."""
        self.left, self.lived = moments, 0

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        self._moment(f"before {name}")
        yield
        self._moment(f"after {name}")

    def _moment(self, where: str) -> None:
        if self.left == self.lived:
            raise Killed(where)
        self.lived += 1
