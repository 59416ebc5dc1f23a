"""The handler of a restore function: where an event says to look, look; restore what is broken, prove and tell it.

One invocation takes a batch: events about the same resource are looked at once. What must be looked at again later goes
back into the queue with a delay; what failed is delivered again by SQS (partial batch response).
"""

import logging
from functools import cached_property
from typing import Any

import msgspec

from holdfast.aws.claim import claiming
from holdfast.aws.clients import Clients, small_session
from holdfast.aws.inbox import Look, Message, looks, put_off
from holdfast.aws.looking import sweep
from holdfast.aws.rehearsal import Rehearsal
from holdfast.aws.resource import AwsResource
from holdfast.aws.restorer import Restorer, Tables
from holdfast.aws.settings import Settings
from holdfast.aws.tables.guard import GuardTable
from holdfast.aws.tables.incidents import IncidentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.whereabouts import Whereabouts
from holdfast.core.concern import Concern
from holdfast.core.manifest import Record, Records
from holdfast.core.trouble import ComeBackLater, NeedsHuman

logger = logging.getLogger("restore")
logger.setLevel(logging.INFO)


class RestoreSettings(Settings, frozen=True, kw_only=True):
    """Where the tables and the one who puts tags back are; the queue of each concern (JSON); by which role it acts."""

    manifest_table: str
    incidents_table: str
    guard_table: str
    queues: str
    principal: str
    reclaim_function: str


class Restoring:
    """One restore function: ``concern``, over resources of ``kinds``. It reads its settings when first called."""

    def __init__(self, concern: Concern, *kinds: type[AwsResource[Any]]) -> None:
        self._concern = concern
        self.kinds = {kind.kind: kind for kind in kinds}

    def __call__(self, event: dict[str, Any], _context: object) -> dict[str, list[dict[str, str]]]:
        """``event``: SQS records whose bodies are EventBridge events. Answers with the messages to deliver again."""
        whereabouts = Whereabouts(self._restorer.tables.manifest, self.kinds, self._clients)
        found, failed = looks(event["Records"], self._concern, whereabouts)
        failed += [message for look in found for message in self._hold(look)]
        resources = [look.record.path for look in found]
        logger.info("looked", extra={"messages": len(event["Records"]), "resources": resources, "failed": len(failed)})
        identities = sorted({message["messageId"] for message in failed})
        return {"batchItemFailures": [{"itemIdentifier": identity} for identity in identities]}

    def _hold(self, look: Look) -> list[Message]:
        """Hold one resource; the messages that failed over it, and nothing but these."""
        try:
            incident = self._restorer.look(look.record, look.sightings)
        except ComeBackLater as later:
            logger.info("later", extra={"resource": look.record.path, "why": later.why, "seconds": later.seconds})
            again = look.once() if later.told else look
            return put_off(again, later.seconds, self._clients.sqs, self._queues[self._concern.name])
        except NeedsHuman as trouble:
            logger.exception("failed", extra={"resource": look.record.path, "why": str(trouble)})
            return look.messages
        if incident is not None:
            logger.info("held", extra={"resource": look.record.path, "incident": incident.id, "state": incident.state})
        return []

    @cached_property
    def _settings(self) -> RestoreSettings:
        return RestoreSettings.read()

    @cached_property
    def _queues(self) -> dict[str, str]:
        return msgspec.json.decode(self._settings.queues, type=dict[str, str])

    @cached_property
    def _clients(self) -> Clients:
        return Clients(small_session())

    @cached_property
    def _restorer(self) -> Restorer:
        settings, dynamodb = self._settings, self._clients.dynamodb
        return Restorer(
            self._clients,
            lambda: Rehearsal(small_session()),
            self._concern,
            self.kinds,
            Tables(
                ManifestTable(dynamodb, settings.manifest_table),
                IncidentsTable(dynamodb, settings.incidents_table),
                GuardTable(dynamodb, settings.guard_table),
            ),
            claiming(self._clients.functions, settings.reclaim_function),
            self._look_at,
            settings.principal,
        )

    def _look_at(self, record: Record, leaning: Records) -> None:
        """Have what leans on ``record``, which was made again, looked at by whoever holds it."""
        sweep(leaning, self._queues, self._clients.sqs, noticed_by=f"{record.path} was made again")
