"""Where an event says to look, look; where the promise is broken, restore it, prove it, write it down.

One invocation takes a batch: events about the same resource are looked at once. What must be looked at again later goes
back into the queue with a delay; what failed is delivered again by SQS (partial batch response).
"""

import logging
from functools import cache
from typing import Any

from holdfast.aws.claim import claiming
from holdfast.aws.clients import Clients, small_session
from holdfast.aws.ec2.security_group import SecurityGroup
from holdfast.aws.inbox import Look, Message, looks, put_off
from holdfast.aws.restorer import Restorer
from holdfast.aws.settings import Settings
from holdfast.aws.tables.incidents import IncidentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.core.concern import SECURITY_GROUPS
from holdfast.core.trouble import ComeBackLater, NeedsHuman

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
    found, failed = looks(event["Records"], restorer())
    failed += [message for look in found for message in _hold(look)]
    resources = [look.record.path for look in found]
    logger.info("looked", extra={"messages": len(event["Records"]), "resources": resources, "failed": len(failed)})
    identities = sorted({message["messageId"] for message in failed})
    return {"batchItemFailures": [{"itemIdentifier": identity} for identity in identities]}


def _hold(look: Look) -> list[Message]:
    """Hold one resource; the messages that failed over it, and nothing but these."""
    try:
        incident = restorer().look(look.record, look.sightings)
    except ComeBackLater as later:
        logger.info("later", extra={"resource": look.record.path, "why": later.why, "seconds": later.seconds})
        return put_off(look, later.seconds, restorer().clients.sqs, settings().queue_url)
    except NeedsHuman as trouble:
        logger.exception("failed", extra={"resource": look.record.path, "why": str(trouble)})
        return look.messages
    if incident is not None:
        logger.info("held", extra={"resource": look.record.path, "incident": incident.id, "state": incident.state})
    return []
