"""What a person has said of the guard over an environment: its mode by concern, exceptions, and what is to be undone.

No word of anybody means ``enforce``. Everything else ends by itself: a mode at most so many seconds after it was set,
an exception at most thirty days. An exception allows one value at one path of one resource; any other value is drift.
"""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from holdfast.core.fields import put
from holdfast.core.resource import Change, Drift, as_read_back

type Mode = Literal["enforce", "observe", "pause"]
LONGEST: dict[Mode, int] = {"observe": 30 * 24 * 3600, "pause": 4 * 3600}
"""Seconds for which a concern may be observed only, or be paused."""
LONGEST_EXCEPTION = 30 * 24 * 3600
"""Seconds for which an exception may allow what was not promised."""


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """Base of what a person said: who (ARN), why, and until when (seconds, epoch)."""

    by: str
    reason: str
    until: float
    said_at: float

    def counts(self, now: float) -> bool:
        return now < self.until


class ModeSaid(Said, frozen=True, kw_only=True, tag="mode"):
    """``concern`` of an environment is only observed, or paused."""

    concern: str
    mode: Mode


class ExceptionSaid(Said, frozen=True, kw_only=True, tag="exception"):
    """``found`` at ``path`` of ``resource`` (``layer/name``) is allowed, and nothing else is, instead of ``promised``.

    ``owner`` is who answers for it. ``put_back`` is the incident that was undone, whose found value the restorer is to
    put back once.
    """

    resource: str
    path: str
    promised: object = None
    found: object = None
    owner: str
    put_back: str = ""

    def allows(self, change: Change) -> bool:
        """Whether it is this very change, of the same value: of a closed set, of this member."""
        return change.path == self.path and self._same(change.found, self.found) and self._same_promise(change)

    def _same_promise(self, change: Change) -> bool:
        """What was promised may have been changed by a build since: then it is another question."""
        return self._same(change.promised, self.promised)

    @staticmethod
    def _same(one: object, other: object) -> bool:
        """What was read back from a table has lost its types."""
        return bool(as_read_back(one) == as_read_back(other))


class Guard(msgspec.Struct, frozen=True, kw_only=True):
    """All that counts for one resource at this moment."""

    mode: Mode = "enforce"
    until: float = 0.0
    by: str = ""
    exceptions: tuple[ExceptionSaid, ...] = ()

    def excepting(self, drift: Drift) -> ExceptionSaid | None:
        """The exception that allows one of ``drift``, if there is any."""
        return next((one for one in self.exceptions if any(map(one.allows, drift))), None)

    def not_excepted(self, drift: Drift) -> Drift:
        return tuple(change for change in drift if not any(one.allows(change) for one in self.exceptions))


def guard_over(resource: str, concern: str, said: Iterable[ModeSaid | ExceptionSaid], now: float) -> Guard:
    """The guard over ``resource`` by ``concern``, of all that was said of its environment."""
    counting = [one for one in said if one.counts(now)]
    modes = [one for one in counting if isinstance(one, ModeSaid) and one.concern == concern]
    newest = max(modes, key=lambda one: one.said_at, default=None)
    exceptions = tuple(one for one in counting if isinstance(one, ExceptionSaid) and one.resource == resource)
    if newest is None:
        return Guard(exceptions=exceptions)
    return Guard(mode=newest.mode, until=newest.until, by=newest.by, exceptions=exceptions)


def instead(promised: Mapping[str, object], said: ExceptionSaid) -> dict[str, object]:
    """``promised`` (properties as the manifest keeps them) with the value that the exception allows in it.

    Of a Kubernetes object, a path that is no field's is one within its ``Manifest``.
    """
    field, _, key = said.path.partition(".")
    if "Manifest" in promised and field not in promised:
        return {**promised, "Manifest": put(promised["Manifest"], said.path, said.found)}
    stands = promised.get(field)
    match stands:
        case list() if as_read_back(said.promised) != stands:  # of a closed set; what is one value differs as a whole
            kept = [member for member in stands if member != said.promised]
            return {**promised, field: kept if said.found is None else [*kept, said.found]}
        case Mapping() if key and said.found is None:
            return {**promised, field: {name: value for name, value in stands.items() if name != key}}
        case Mapping() if key:
            return {**promised, field: {**stands, key: said.found}}
        case _:
            return {**promised, field: said.found}
