"""What an event of EventBridge says of where to look. What it says of what happened is never believed, only told.

Forged, stale, doubled and half-empty events do no harm here: they lead to ids, and the manifest knows which are ours.
"""

import re
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, NamedTuple

from holdfast.core.concern import Concern, Watched
from holdfast.core.incident import Actor
from holdfast.core.reading import LONGEST, date, epoch, part, text

CLOUDTRAIL: Final = "AWS API Call via CloudTrail"
CONFIG: Final = "Config Configuration Item Change"
COMPLIANCE: Final = "Config Rules Compliance Change"
AUDIT: Final = "EKS Audit"
"""Our own word: a cluster's audit log told of an object (see ``audited``)."""
LOOK: Final = "Holdfast Look"
"""Our own word: look at these records (see ``look_at``)."""
PART_OF_AN_ARN: Final = re.compile(
    r"(?:[a-z]{2}(?:-[a-z]+)+-\d:)?(?:\d{12}:)?(?:function:)?([\w-]+)(?::(?:\$LATEST|[\w-]+))?"
)
"""What else Lambda takes for a function's name, an alias or a version after it."""
MOST_IDS: Final = 200
"""Ids that one event can lead to: each is a question to the manifest, and ten events come in one batch. Who makes a
call chooses what else it names, but not what it is about: that stands highest."""
NOTHING: Final[frozenset[str]] = frozenset()


class Sighted(NamedTuple):
    """``ids``: all that the event names and looks like an id of what it can have changed; ``kinds``: what that is.

    ``asked``: the environment and paths of records that one of ours asks to look at. ``captured_at`` and ``picture``
    (the item's configuration) only of AWS Config's pictures. ``undo``: the incident whose find is to be put back.
    """

    ids: frozenset[str]
    noticed_by: str
    actor: Actor | None = None
    captured_at: float = 0.0
    picture: Mapping[str, object] | None = None
    kinds: frozenset[str] = frozenset()
    asked: tuple[str, frozenset[str]] = ("", frozenset())
    undo: str = ""


def sighted(event: object, concern: Concern) -> Sighted:
    """Read one event for ``concern``. Whatever is not as expected is left out."""
    kind, detail = text(event, "detail-type"), part(event, "detail")
    if kind == CLOUDTRAIL:
        return _of_a_call(detail, concern)
    if kind == CONFIG:
        return _of_a_picture(part(detail, "configurationItem"), concern)
    if kind == COMPLIANCE:
        lines = _of_config(concern, text(detail, "resourceType"))
        return Sighted(_named(detail.get("resourceId"), lines), kind, kinds=_kinds(lines))
    if kind == AUDIT:
        lines = [line for line in concern.watched if line.kind == text(detail, "kind")]
        return Sighted(_named(detail.get("id"), lines), kind, _actor_again(part(detail, "actor")), kinds=_kinds(lines))
    if kind == LOOK:
        actor, captured = _actor_again(part(detail, "actor")), date(detail.get("capturedAt"))
        return Sighted(
            NOTHING, text(detail, "noticedBy"), actor, captured, asked=_asked(detail), undo=text(detail, "undo")
        )
    return Sighted(NOTHING, kind)


def _of_a_call(detail: Mapping[str, object], concern: Concern) -> Sighted:
    source, name = text(detail, "eventSource"), text(detail, "eventName")
    lines = [line for line in concern.watched if source == line.event_source and name in line.event_names]
    named = (detail.get("requestParameters"), detail.get("responseElements"))
    return Sighted(_named(named, lines), CLOUDTRAIL, actor_of(detail), kinds=_kinds(lines))


def _of_a_picture(item: Mapping[str, object], concern: Concern) -> Sighted:
    lines = _of_config(concern, text(item, "resourceType"))
    ids = _named([item.get(key) for key in ("resourceId", "resourceName", "ARN")], lines)
    captured, picture = epoch(text(item, "configurationItemCaptureTime")), part(item, "configuration")
    return Sighted(ids, CONFIG, captured_at=captured, picture=picture, kinds=_kinds(lines))


def look_at(environment: str, paths: Iterable[str], noticed_by: str, undo: str = "") -> Mapping[str, object]:
    """An event of ours that asks to look at records of an environment; ``noticed_by`` is what an incident will say."""
    detail = {"environment": environment, "resources": sorted(paths), "noticedBy": noticed_by, "undo": undo}
    return {"source": "holdfast", "detail-type": LOOK, "detail": detail}


def audited(kind: str, identity: str, actor: Actor) -> Mapping[str, object]:
    """An event of ours that says of a Kubernetes object of ``kind`` that ``actor`` wrote it.

    ``identity`` is what the manifest calls it; or its namespace, where ``actor`` wrote all of ``kind`` that is in it.
    """
    return {"source": "holdfast", "detail-type": AUDIT, "detail": {"kind": kind, "id": identity, "actor": _told(actor)}}


def again(seen: Sighted, environment: str, path: str) -> Mapping[str, object]:
    """What was ``seen``, as an event of ours that leads to one record and nowhere else; who did it goes along."""
    event = look_at(environment, [path], seen.noticed_by, seen.undo)
    actor = seen.actor and _told(seen.actor)
    return {**event, "detail": {**part(event, "detail"), "actor": actor, "capturedAt": seen.captured_at}}


def _told(actor: Actor) -> Mapping[str, object]:
    return {field: getattr(actor, field) for field in Actor.__struct_fields__}


def _named(value: object, lines: Iterable[Watched]) -> frozenset[str]:
    """Every string in ``value`` by which the event can name one of ``lines``, in any way that AWS writes ids."""
    shapes = [line.named_by for line in lines]
    found: set[str] = set()
    for written in _strings(value):
        if len(found) >= MOST_IDS:
            break
        found |= {way for way in _ways(written) if any(shape.fullmatch(way) for shape in shapes)}
    return frozenset(found)


def _ways(written: str) -> Iterator[str]:
    """An id, and the ids within an ARN or a domain name (which has no case); longer than any id is none.

    An access entry's ARN bears the names of its cluster and of its role, a function's may end in an alias; and Lambda
    takes a part of it for the whole ("Invoke", Lambda API reference, FunctionName).
    """
    if len(written) > LONGEST:
        return
    yield written
    if written.startswith("arn:"):
        yield written.rpartition(":")[2]
        yield from re.split("[:/]", written.split(":", 5)[-1])
    elif a_part := PART_OF_AN_ARN.fullmatch(written):
        yield a_part[1]
    elif "." in written:
        yield written.removesuffix(".").lower()


def _strings(value: object) -> Iterator[str]:
    """A loop, not recursion: an event may be nested to any depth. What stands highest is found first.

    A bucket's name stands beside its policy, in which whoever writes it may name thousands of others.
    """
    waiting = deque([value])
    while waiting:
        match waiting.popleft():
            case str() as written:
                yield written
            case Mapping() as items:
                waiting.extend(items.values())
            case list() | tuple() as items:
                waiting.extend(items)


def _kinds(lines: Iterable[Watched]) -> frozenset[str]:
    return frozenset(line.kind for line in lines)


def _of_config(concern: Concern, config_type: str) -> list[Watched]:
    return [line for line in concern.watched if line.config_type and line.config_type == config_type]


def _asked(detail: Mapping[str, object]) -> tuple[str, frozenset[str]]:
    paths = detail.get("resources")
    named = [path for path in paths if isinstance(path, str)] if isinstance(paths, list) else []
    return text(detail, "environment"), frozenset(named[:MOST_IDS])


def actor_of(detail: Mapping[str, object]) -> Actor:
    """Who made the call of a CloudTrail record."""
    identity = part(detail, "userIdentity")
    return Actor(
        arn=text(identity, "arn") or text(identity, "invokedBy") or "unknown",
        source_address=text(detail, "sourceIPAddress"),
        user_agent=text(detail, "userAgent"),
        event_id=text(detail, "eventID"),
        event_name=text(detail, "eventName"),
        at=epoch(text(detail, "eventTime")),
    )


def _actor_again(told: Mapping[str, object]) -> Actor | None:
    if not told:
        return None
    texts = {field: text(told, field) for field in Actor.__struct_fields__ if field != "at"}
    return Actor(**texts, at=date(told.get("at")))
