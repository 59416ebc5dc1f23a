"""Bring one layer as far as AWS allows without waiting, and say when to come back."""

import time
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.claim import claiming
from holdfast.aws.clients import Clients
from holdfast.aws.trouble import telling
from holdfast.core.manifest import Lease
from holdfast.environment.build import Build, BuilderSettings

logger = Logger(service="converge")
clients = Clients()


class ConvergeSettings(BuilderSettings, frozen=True, kw_only=True):
    """Beside a builder's: the function that puts our tags on."""

    reclaim_function: str


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """``event``: the lease and the ``layer``. Answers ``wait`` in seconds, null once the layer stands."""
    lease, layer = Lease(event["environment"], event["execution"], event["fence"]), event["layer"]
    settings = ConvergeSettings.read()
    ends = time.time() + context.get_remaining_time_in_millis() / 1000
    with telling(layer):
        build = Build.resumed(clients, settings, lease, context.invoked_function_arn)
        build.tables.environments.at_work(lease, layer, ends)
        try:
            progress = build.converge(layer, claiming(clients.functions, settings.reclaim_function))
        finally:
            build.tables.environments.done(lease, layer)
    logger.info("converged", extra={"environment": lease.environment, "layer": layer, **progress._asdict()})
    return {"wait": progress.wait, "pending": dict(progress.pending)}
