"""Have every guarded resource of one environment looked at, whether or not an event told of it.

The looks go into the queues that the events come through: what is found is restored, proven and told in the same way.
"""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.looking import sweep
from holdfast.aws.settings import Settings
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.trouble import telling

logger = Logger(service="sweep")
clients = Clients()


class SweepSettings(Settings, frozen=True, kw_only=True):
    """Where the manifest is; the URL of each concern's queue, by the concern's name, as JSON."""

    manifest_table: str
    queues: str


def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, Any]:
    """``event``: ``environment``. Answers with it and the number of ``looks`` that were asked for."""
    settings, environment = SweepSettings.read(), event["environment"]
    queues = msgspec.json.decode(settings.queues, type=dict[str, str])
    with telling(environment):
        records = ManifestTable(clients.dynamodb, settings.manifest_table).records(environment)
        looks = sweep(records, queues, clients.sqs)
    logger.info("swept", extra={"environment": environment, "looks": looks})
    return {"environment": environment, "looks": looks}
