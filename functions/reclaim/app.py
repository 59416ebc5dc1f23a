"""Put our tags back on a resource of ours that has lost them, and do nothing else.

Restore may write only what carries our tag; this function may tag only what does not. No role can both claim a resource
and change it. It acts on records of the manifest alone, whoever asks.
"""

import logging
from functools import cache

from holdfast.aws.clients import Clients, small_session
from holdfast.aws.reclaiming import reclaim
from holdfast.aws.settings import Settings
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.core.guarantees import NODES
from holdfast.core.trouble import WrongInput

logger = logging.getLogger("reclaim")
logger.setLevel(logging.INFO)


class ReclaimSettings(Settings, frozen=True, kw_only=True):
    """Where the manifest is."""

    manifest_table: str


@cache
def clients() -> Clients:
    return Clients(small_session())


def handler(event: dict[str, str], _context: object) -> dict[str, str]:
    """``event``: ``environment`` and ``path`` (``layer/name``) of a record. Answers with the id that was tagged."""
    manifest = ManifestTable(clients().dynamodb, ReclaimSettings.read().manifest_table)
    records = manifest.some(event["environment"], {event["path"], NODES})
    record = records.get(event["path"])
    if record is None or not record.physical:
        raise WrongInput("path", f"{event['environment']} has no {event['path']}")
    reclaim(clients(), record, records)
    logger.info("reclaimed", extra={"environment": record.environment, "resource": record.path})
    return {"id": record.physical["id"]}
