"""What an event of EventBridge says of where to look. What it says of what happened is never believed, only told.

Forged, stale, doubled and half-empty events do no harm here: they lead to ids, and the manifest knows which are ours.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Final, NamedTuple

from holdfast.core.incident import Actor

CLOUDTRAIL: Final = "AWS API Call via CloudTrail"
CONFIG: Final = "Config Configuration Item Change"
LONGEST = 1024
"""Characters kept of each thing that an event tells: CloudTrail cuts a user agent there ("CloudTrail record contents",
awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html), and who forges one need not."""


LAST_DATE: Final = 4_102_444_800.0
"""The year 2100, in seconds since the epoch."""


class Sighted(NamedTuple):
    """``ids``: all that the event names and looks like an id.

    ``captured_at`` and ``picture`` (the item's configuration) only of AWS Config's pictures.
    """

    ids: frozenset[str]
    noticed_by: str
    actor: Actor | None = None
    captured_at: float = 0.0
    picture: Mapping[str, object] | None = None


def sighted(event: object, looks_like: re.Pattern[str]) -> Sighted:
    """Read one event; ``looks_like`` is the shape of the ids wanted. Whatever is not as expected is left out."""
    kind, detail = _text(event, "detail-type"), _part(event, "detail")
    if kind == CLOUDTRAIL:
        named = (detail.get("requestParameters"), detail.get("responseElements"))
        return Sighted(frozenset(_ids(named, looks_like)), kind, _actor(detail))
    if kind == CONFIG:
        item = _part(detail, "configurationItem")
        captured = _epoch(_text(item, "configurationItemCaptureTime"))
        ids = frozenset(_ids(item.get("resourceId"), looks_like))
        return Sighted(ids, kind, captured_at=captured, picture=_part(item, "configuration"))
    return Sighted(frozenset(), kind)


def naming_only(event: Mapping[str, object], identity: str) -> Mapping[str, object]:
    """The same event, leading to ``identity`` and nowhere else."""
    if event.get("detail-type") != CLOUDTRAIL:
        return event
    only = {"requestParameters": {"id": identity}, "responseElements": None}
    return {**event, "detail": {**_part(event, "detail"), **only}}


def _ids(value: object, looks_like: re.Pattern[str]) -> Iterator[str]:
    """Every string in ``value`` that looks like an id. A loop, not recursion: an event may be nested to any depth."""
    waiting = [value]
    while waiting:
        match waiting.pop():
            case str() as text if looks_like.fullmatch(text):
                yield text
            case Mapping() as items:
                waiting.extend(items.values())
            case list() | tuple() as items:
                waiting.extend(items)


def _actor(detail: Mapping[str, object]) -> Actor:
    identity = _part(detail, "userIdentity")
    return Actor(
        arn=_text(identity, "arn") or _text(identity, "invokedBy") or "unknown",
        source_address=_text(detail, "sourceIPAddress"),
        user_agent=_text(detail, "userAgent"),
        event_id=_text(detail, "eventID"),
        event_name=_text(detail, "eventName"),
        at=_epoch(_text(detail, "eventTime")),
    )


def _part(value: object, key: str) -> Mapping[str, object]:
    part = value.get(key) if isinstance(value, Mapping) else None
    return part if isinstance(part, Mapping) else {}


def _text(value: object, key: str) -> str:
    text = value.get(key) if isinstance(value, Mapping) else None
    # JSON can say half a character, which no table takes.
    return text[:LONGEST].encode(errors="replace").decode() if isinstance(text, str) else ""


def _epoch(stamp: str) -> float:
    """0 for what is no date of our time: it will be printed, and who forges one may choose the year 1."""
    try:
        at = datetime.fromisoformat(stamp).timestamp()
    except (ValueError, OverflowError):
        return 0.0
    return at if 0 < at < LAST_DATE else 0.0
