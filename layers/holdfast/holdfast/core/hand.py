"""What a restoration needs from outside, and what it sees there."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from holdfast.core.chronicle import Chronicle
from holdfast.core.guard import ExceptionSaid, Guard
from holdfast.core.manifest import Record
from holdfast.core.resource import Desired, Drift, Observed, Physical, Resource


class Hand(NamedTuple):
    """What a restoration needs from outside.

    ``holds``: whether a difference at a path is this concern's. ``is_home``: whether the resource itself is. ``guard``:
    what people said of it. ``reclaim`` puts our tags back. ``refuse`` raises on a promise that breaks a guarantee.
    ``telling`` turns AWS's errors into the three kinds of trouble. ``learn`` keeps what AWS calls a resource that was
    made again, and has all that lean on it looked at. ``rehearse`` says what an update would do. ``instead``
    gives the resource as exceptions would have it.
    """

    chronicle: Chronicle
    holds: Callable[[str], bool]
    is_home: bool
    guard: Callable[[], Guard]
    reclaim: Callable[[Record], None]
    refuse: Callable[[Desired], None]
    telling: Callable[[str], AbstractContextManager[None]]
    learn: Callable[[Record, Physical], None]
    rehearse: Callable[[Resource[Any], Observed[Any] | None, Drift], "Rehearsed"]
    instead: Callable[[tuple[ExceptionSaid, ...]], Resource[Any]]


class Rehearsed(NamedTuple):
    """What an update would say that it did, and the ``commands`` with which a person does the same."""

    calls: tuple[str, ...]
    commands: tuple[str, ...] = ()


class Seen(NamedTuple):
    """What stands, and how it differs in what is ours to restore. ``unclaimed``: see ``Checked``."""

    observed: Observed[Any] | None
    drift: Drift
    unclaimed: bool = False

    @property
    def is_leaving(self) -> bool:
        """It is gone, or stands until a day: its home concern sees to that, and no other has anything to compare."""
        return self.observed is None or bool(self.observed.leaving)

    @property
    def wait(self) -> int:
        return self.observed.wait if self.observed else 0
