"""A batch of a concern's queue: which resources of ours its messages lead to, and how a message is put off.

Messages about the same resource are one look. What cannot be read or asked fails alone and is delivered again by SQS
("Reporting batch item failures", lambda/latest/dg).
"""

import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from holdfast.aws.trouble import telling
from holdfast.aws.whereabouts import Whereabouts
from holdfast.core.concern import Concern
from holdfast.core.event import Sighted, again, sighted
from holdfast.core.manifest import Record
from holdfast.core.trouble import Trouble

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

type Message = dict[str, Any]
"""One SQS record of a Lambda event."""

logger = logging.getLogger("restore")


class Look(NamedTuple):
    """One resource to look at, what was sighted of it, and the messages that said so."""

    record: Record
    sightings: list[Sighted]
    messages: list[Message]

    def once(self) -> Self:
        """By the latest of its messages, and by those that ask for an undo: each of many events would come for ever."""
        pairs = [*zip(self.sightings, self.messages, strict=True)]
        kept = [pair for pair in pairs if pair[0].undo or pair is pairs[-1]]
        return self._replace(sightings=[seen for seen, _ in kept], messages=[message for _, message in kept])


def looks(messages: Iterable[Message], concern: Concern, whereabouts: Whereabouts) -> tuple[list[Look], list[Message]]:
    """What the batch asks to look at, and the messages of which even that could not be found out."""
    found: dict[str, Look] = {}
    failed: list[Message] = []
    for message in messages:
        seen = _read(message["body"], concern)
        try:
            with telling("the manifest"):
                records = whereabouts.of(seen)
        except Trouble:
            logger.exception("not looked up")
            failed.append(message)
            continue
        for record in records:
            look = found.setdefault(f"{record.environment}/{record.path}", Look(record, [], []))
            look.sightings.append(seen)
            look.messages.append(message)
    return list(found.values()), failed


def put_off(look: Look, seconds: int, sqs: "SQSClient", queue_url: str) -> list[Message]:
    """Send what was sighted once more, about the look's resource alone, after ``seconds``; what was not taken.

    A new message, so that waiting leads nobody to the dead letters; about one resource, so that none multiply.
    """
    refused: list[Message] = []
    for seen, message in zip(look.sightings, look.messages, strict=True):
        body = json.dumps(again(seen, look.record.environment, look.record.path))
        try:
            with telling(look.record.path):
                sqs.send_message(QueueUrl=queue_url, MessageBody=body, DelaySeconds=seconds)
        except Trouble:
            logger.exception("not put off", extra={"resource": look.record.path})
            refused.append(message)
    return refused


def _read(body: str, concern: Concern) -> Sighted:
    try:
        return sighted(json.loads(body), concern)
    except (ValueError, RecursionError):
        logger.warning("a message that is no event was dropped")
        return sighted({}, concern)
