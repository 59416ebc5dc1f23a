"""Where an event says to look, look; where the promise is broken, restore it, prove it, write it down.

One invocation takes a batch: events about the same resource are looked at once. What must be looked at again later goes
back into the queue with a delay; what failed is delivered again by SQS (partial batch response).
"""

import json
import logging
from functools import cache
from typing import Any

from holdfast.aws.claim import claiming
from holdfast.aws.clients import Clients, small_session
from holdfast.aws.ec2.security_group import SecurityGroup
from holdfast.aws.restorer import Restorer
from holdfast.aws.settings import Settings
from holdfast.aws.tables.incidents import IncidentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.trouble import telling
from holdfast.core.concern import SECURITY_GROUPS
from holdfast.core.event import Sighted, sighted
from holdfast.core.manifest import Record
from holdfast.core.trouble import ComeBackLater, NeedsHuman, Trouble

logger = logging.getLogger("restore")
logger.setLevel(logging.INFO)


class RestoreSettings(Settings, frozen=True, kw_only=True):
    """Where the tables, the function's own queue and the one who puts tags back are; by which role it acts."""

    manifest_table: str
    incidents_table: str
    queue_url: str
    principal: str
    reclaim_function: str


@cache
def settings() -> RestoreSettings:
    return RestoreSettings.read()


@cache
def restorer() -> Restorer:
    clients = Clients(small_session())
    return Restorer(
        clients,
        SECURITY_GROUPS,
        {SecurityGroup.kind: SecurityGroup},
        ManifestTable(clients.dynamodb, settings().manifest_table),
        IncidentsTable(clients.dynamodb, settings().incidents_table),
        claiming(clients.functions, settings().reclaim_function),
        settings().principal,
    )


def handler(event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
    """``event``: SQS records whose bodies are EventBridge events. Answers with the messages to deliver again."""
    records: dict[str, Record] = {}
    told: dict[str, list[Sighted]] = {}
    messages: dict[str, list[dict[str, Any]]] = {}
    for message in event["Records"]:
        seen = _read(message["body"])
        for record in restorer().owned(seen):
            key = f"{record.environment}/{record.path}"
            records[key] = record
            told.setdefault(key, []).append(seen)
            messages.setdefault(key, []).append(message)
    failed = {
        message["messageId"] for key, record in records.items() for message in _look(record, told[key], messages[key])
    }
    logger.info(
        "looked", extra={"messages": len(event["Records"]), "resources": sorted(records), "failed": len(failed)}
    )
    return {"batchItemFailures": [{"itemIdentifier": identity} for identity in sorted(failed)]}


def _read(body: str) -> Sighted:
    try:
        return sighted(json.loads(body), SECURITY_GROUPS.looks_like)
    except (ValueError, RecursionError):
        logger.warning("a message that is no event was dropped")
        return sighted({}, SECURITY_GROUPS.looks_like)


def _look(record: Record, told: list[Sighted], messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Hold one resource; the messages that failed over it, and nothing but these."""
    try:
        incident = restorer().look(record, told)
    except ComeBackLater as later:
        logger.info("later", extra={"resource": record.path, "why": later.why, "seconds": later.seconds})
        return [message for message in messages if not _sent_again(message, record, later.seconds)]
    except NeedsHuman as trouble:
        logger.exception("failed", extra={"resource": record.path, "why": str(trouble)})
        return messages
    if incident is not None:
        logger.info("held", extra={"resource": record.path, "incident": incident.id, "state": incident.state})
    return []


def _sent_again(message: dict[str, Any], record: Record, seconds: int) -> bool:
    """Whether the queue took the message once more: a new one, so that waiting leads nobody to the dead letters."""
    try:
        with telling(record.path):
            restorer().clients.sqs.send_message(
                QueueUrl=settings().queue_url, MessageBody=message["body"], DelaySeconds=seconds
            )
    except Trouble:
        logger.exception("not sent again", extra={"resource": record.path})
        return False
    return True
