"""When to look again at what AWS is at work on: by how long that usually takes, not on a fixed beat.

A look costs calls, and on AWS a few history events of the execution that waits; a late look costs the build that time.
So nobody looks before it can be ready, and from then on in each 200th part of the usual time: late by half of that.
What takes longer than it ever did is looked at the more seldom the longer it takes: an execution has 25,000 events.
"""

from math import ceil
from typing import Final

from holdfast.core.resource import Duration
from holdfast.core.trouble import ComeBackLater, NeedsHuman

SHARE: Final = 200
LATE: Final = 20
"""Part of the time beyond the longest known one by which a look may be late."""
SELDOM: Final = 60
"""Seconds between two looks, at the most: what an earlier build asked for may be days ago."""
SHOWN_WITHIN: Final = 1800
"""Seconds for which a probe asks. A node that is not there yet, a large image and a rollout take half of it."""


def next_look(duration: Duration, elapsed: float) -> int:
    """Seconds from now, at least one; ``elapsed`` since AWS was asked."""
    beat = max(1, ceil(duration.usual / SHARE), min(SELDOM, round((elapsed - duration.most) / LATE)))
    return max(beat, round(duration.least - elapsed))


def next_question(layer: str, later: ComeBackLater, elapsed: float) -> int:
    """Seconds until the probe of ``layer`` asks again, ``elapsed`` since it asked first; ``NeedsHuman`` if for long."""
    if elapsed < SHOWN_WITHIN:
        return later.seconds
    raise NeedsHuman(
        layer,
        f"it stands, and its probe has waited {round(elapsed / 60)} minutes: {later.why}",
        "see why it does not come (docs/runbooks/build.md), then start the build again",
    ) from later
