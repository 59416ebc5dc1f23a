"""What an event of EventBridge says of where to look. What it says of what happened is never believed, only told.

Forged, stale, doubled and half-empty events do no harm here: they lead to ids, and the manifest knows which are ours.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from holdfast.core.incident import Actor

CLOUDTRAIL = "AWS API Call via CloudTrail"
CONFIG = "Config Configuration Item Change"


LONGEST = 1024
"""Characters kept of each thing that an event tells: CloudTrail cuts a user agent there ("CloudTrail record contents",
awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html), and who forges one need not."""


class Sighted(NamedTuple):
    """``ids``: all that the event names and looks like an id; ``captured_at`` only of AWS Config's pictures, else 0."""

    ids: frozenset[str]
    noticed_by: str
    actor: Actor | None = None
    captured_at: float = 0.0


def sighted(event: object, looks_like: re.Pattern[str]) -> Sighted:
    """Read one event; ``looks_like`` is the shape of the ids wanted. Whatever is not as expected is left out."""
    kind, detail = _text(event, "detail-type"), _part(event, "detail")
    match kind:
        case "AWS API Call via CloudTrail":
            named = (detail.get("requestParameters"), detail.get("responseElements"))
            return Sighted(frozenset(_ids(named, looks_like)), kind, _actor(detail))
        case "Config Configuration Item Change":
            item = _part(detail, "configurationItem")
            captured = _epoch(_text(item, "configurationItemCaptureTime"))
            return Sighted(frozenset(_ids(item.get("resourceId"), looks_like)), kind, captured_at=captured)
        case "Holdfast Look Again":
            return Sighted(frozenset(_ids(detail.get("ids"), looks_like)), _text(detail, "noticedBy"))
        case _:
            return Sighted(frozenset(), kind)


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
    try:
        return datetime.fromisoformat(stamp).timestamp()
    except ValueError:
        return 0.0
