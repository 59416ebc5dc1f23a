"""Take one layer down as far as AWS allows without waiting, and say when to come back."""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.claim import claiming
from holdfast.aws.clients import Clients
from holdfast.aws.trouble import telling
from holdfast.core.manifest import Lease
from holdfast.environment.build import BuilderSettings, Tables
from holdfast.environment.retirement import demolish, require_teardown

logger = Logger(service="demolish")
clients = Clients()


class DemolishSettings(BuilderSettings, frozen=True, kw_only=True):
    """Beside a builder's: the function that puts our tags on, and how the ARN of every teardown's execution begins."""

    reclaim_function: str
    teardowns: str


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """``event``: the lease and the ``layer``. Answers ``wait`` in seconds, null once nothing is left."""
    lease, layer = Lease(event["environment"], event["execution"], event["fence"]), event["layer"]
    settings = DemolishSettings.read()
    require_teardown(lease.execution, settings.teardowns)
    ends = time.time() + context.get_remaining_time_in_millis() / 1000
    with telling(layer):
        tables = Tables.of(clients, settings)
        held = tables.environments.held_by(lease)
        tables.environments.at_work(lease, layer, ends)
        try:
            claim = claiming(clients.functions, settings.reclaim_function)
            left = demolish(clients, tables, lease, layer, claim, delete_data=held.delete_data)
        finally:
            tables.environments.done(lease, layer)
    logger.info("demolished", extra={"environment": lease.environment, "layer": layer, **left._asdict()})
    return {"wait": left.wait, "pending": dict(left.pending)}
