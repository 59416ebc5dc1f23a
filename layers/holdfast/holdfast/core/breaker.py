"""When a resource drifts again and again: how soon it is restored, and whether on-call hears of it once more.

The breaker tames noise, never protection. A drift that widens access is undone at once, for ever: a breaker that stops
is how an attacker keeps a port open. Whatever else drifts waits a little longer each time.
"""

from collections.abc import Iterable
from hashlib import blake2s
from typing import NamedTuple

import msgspec

SAME = 0.5
"""Seconds: restorations closer than this count as one."""
WINDOW = 600.0
"""Seconds in which ``LIMIT`` restorations make a resource contended."""
LIMIT = 6
FIRST_PAUSE, LONGEST_PAUSE = 15, 300
"""Seconds that a contended drift waits which does not widen access; doubled each time."""
CALM = 1800.0
"""Seconds without drift that end the contention."""
KEPT = 50
"""Of the drifts told (as digests) and of the principals, the newest so many are remembered: what grows without end
would one day be too long to be written, and the drift that could not be written would stay."""


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of one resource; times in seconds since the epoch. ``version`` guards concurrent writers."""

    version: int = 0
    incident: str = ""
    last_drift_at: float = 0.0
    proved_at: float = 0.0
    restorations: tuple[float, ...] = ()
    contended: bool = False
    principals: tuple[str, ...] = ()
    told: tuple[str, ...] = ()
    pause: int = 0
    resume_at: float = 0.0


class Verdict(NamedTuple):
    """``wait`` seconds before restoring, 0 for now; ``tell`` says whether on-call is told; the watch as it now is."""

    watch: Watch
    wait: int
    tell: bool


def judge(watch: Watch, *, drift: str, widens: bool, principals: Iterable[str], now: float) -> Verdict:
    """``drift`` is its text: the same text again is the same drift; one not seen before breaks through the fold."""
    if now - watch.last_drift_at >= CALM:
        watch = Watch(version=watch.version, proved_at=watch.proved_at)
    recent = tuple(at for at in watch.restorations if now - at < WINDOW)
    if not recent or now - recent[-1] >= SAME:
        recent = (*recent, now)
    watch = msgspec.structs.replace(
        watch,
        restorations=recent[-LIMIT:],
        last_drift_at=now,
        principals=_newest(watch.principals, principals),
        contended=watch.contended or len(recent) >= LIMIT,
    )
    if not watch.contended:
        return Verdict(watch, 0, tell=True)
    mark = blake2s(drift.encode(), digest_size=12).hexdigest()
    tell = mark not in watch.told
    watch = msgspec.structs.replace(watch, told=_newest(watch.told, [mark]))
    return Verdict(watch, 0, tell) if widens else _paused(watch, now, tell=tell)


def _newest(known: tuple[str, ...], more: Iterable[str]) -> tuple[str, ...]:
    """``known`` and ``more``, each once, the newest last."""
    return tuple(dict.fromkeys(reversed((*known, *more))))[:KEPT][::-1]


def _paused(watch: Watch, now: float, *, tell: bool) -> Verdict:
    """Wait out a pause; when it has passed restore once, and let the next drift wait twice as long."""
    if watch.resume_at > now:
        return Verdict(watch, round(watch.resume_at - now) or 1, tell)
    if watch.resume_at:
        return Verdict(msgspec.structs.replace(watch, resume_at=0.0), 0, tell)
    pause = min(LONGEST_PAUSE, watch.pause * 2 or FIRST_PAUSE)
    return Verdict(msgspec.structs.replace(watch, pause=pause, resume_at=now + pause), pause, tell)
