"""A batch of a concern's queue: which resources of ours its messages lead to, and how a message is put off.

Messages about the same resource are one look. Each id is asked of the manifest once a batch, whoever repeats it. What
cannot be read or asked fails alone and is delivered again by SQS ("Reporting batch item failures", lambda/latest/dg).
"""

import json
import logging
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from holdfast.aws.restorer import Restorer
from holdfast.aws.trouble import telling
from holdfast.core.event import Sighted, naming_only, sighted
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


def looks(messages: Iterable[Message], restorer: Restorer) -> tuple[list[Look], list[Message]]:
    """What the batch asks to look at, and the messages of which even that could not be found out."""
    found: dict[str, Look] = {}
    owners: dict[str, list[Record]] = {}
    failed: list[Message] = []
    for message in messages:
        seen = _read(message["body"], restorer)
        try:
            with telling("the manifest"):
                for identity in seen.ids - owners.keys():
                    owners[identity] = restorer.owners(identity)
        except Trouble:
            logger.exception("not looked up")
            failed.append(message)
            continue
        for record in (record for identity in sorted(seen.ids) for record in owners[identity]):
            look = found.setdefault(f"{record.environment}/{record.path}", Look(record, [], []))
            look.sightings.append(seen)
            look.messages.append(message)
    return list(found.values()), failed


def put_off(look: Look, seconds: int, sqs: "SQSClient", queue_url: str) -> list[Message]:
    """Send each message of ``look`` once more, about its resource alone, after ``seconds``; those that were not taken.

    A new message, so that waiting leads nobody to the dead letters; about one resource, so that none multiply.
    """
    refused: list[Message] = []
    for message in look.messages:
        body = json.dumps(naming_only(json.loads(message["body"]), look.record.physical["id"]))
        try:
            with telling(look.record.path):
                sqs.send_message(QueueUrl=queue_url, MessageBody=body, DelaySeconds=seconds)
        except Trouble:
            logger.exception("not put off", extra={"resource": look.record.path})
            refused.append(message)
    return refused


def _read(body: str, restorer: Restorer) -> Sighted:
    try:
        return sighted(json.loads(body), restorer.concern.looks_like)
    except (ValueError, RecursionError):
        logger.warning("a message that is no event was dropped")
        return sighted({}, restorer.concern.looks_like)
