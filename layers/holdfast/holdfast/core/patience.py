"""When to look again at what AWS is at work on: by how long that usually takes, not on a fixed beat.

A look costs calls, and on AWS a few history events of the execution that waits; a late look costs the build that time.
So nobody looks before it can be ready, and from then on in each 150th part of the usual time: late by half of that.
"""

from math import ceil
from typing import Final

from holdfast.core.resource import Duration

SHARE: Final = 150


def next_look(duration: Duration, elapsed: float) -> int:
    """Seconds from now, at least one; ``elapsed`` since AWS was asked."""
    beat = max(1, ceil(duration.usual / SHARE))
    return max(beat, round(duration.least - elapsed))
