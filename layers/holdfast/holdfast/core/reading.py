"""What somebody else wrote, read without trust: whatever is not as expected is nothing, and no text is without end."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

LONGEST: Final = 1024
"""Characters kept of each thing that an event tells: CloudTrail cuts a user agent there ("CloudTrail record contents",
awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html), and who forges one need not."""
LAST_DATE: Final = 4_102_444_800.0
"""The year 2100, in seconds since the epoch."""


def part(value: object, key: str) -> Mapping[str, object]:
    """The object under ``key``; an empty one where there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def text(value: object, key: str) -> str:
    """The text under ``key``; empty where there is none."""
    found = value.get(key) if isinstance(value, Mapping) else None
    # JSON can say half a character, which no table takes.
    return found[:LONGEST].encode(errors="replace").decode() if isinstance(found, str) else ""


def epoch(stamp: str) -> float:
    """Seconds since the epoch; 0 for what is no date of our time: who forges one may choose the year 1."""
    try:
        at = datetime.fromisoformat(stamp).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return date(at)


def date(at: object) -> float:
    """``at``, if it is a time of ours in seconds since the epoch; else 0."""
    return at if isinstance(at, float) and 0 < at < LAST_DATE else 0.0
