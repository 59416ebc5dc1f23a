"""Bring one layer as far as AWS allows without waiting, and say when to come back."""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.core.manifest import Lease
from holdfast.environment.build import Build, BuilderSettings

logger = Logger(service="converge")
clients = Clients()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """``event``: the lease and the ``layer``. Answers ``wait`` in seconds, null once the layer stands."""
    lease, layer = Lease(event["environment"], event["execution"], event["fence"]), event["layer"]
    build = Build.resumed(clients, BuilderSettings.read(), lease, context.invoked_function_arn)
    ends = time.time() + context.get_remaining_time_in_millis() / 1000
    build.tables.environments.at_work(lease, layer, ends)
    try:
        progress = build.converge(layer)
    finally:
        build.tables.environments.done(lease, layer)
    logger.info("converged", extra={"environment": lease.environment, "layer": layer, **progress._asdict()})
    return {"wait": progress.wait, "pending": dict(progress.pending)}
