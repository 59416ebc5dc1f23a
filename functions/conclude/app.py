"""The last word of a build: the evidence by layer, or every layer that failed, why, and what to do."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.trail import require_trail
from holdfast.aws.trouble import telling
from holdfast.core.manifest import Lease
from holdfast.core.outcome import Failure, failures
from holdfast.environment.build import Build, BuilderSettings
from holdfast.environment.catalogue import LAYERS

logger = Logger(service="conclude")
clients = Clients()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """``event``: the lease and ``layers``, what became of each, in the nesting of the workflow's branches.

    Answers with ``environment`` and ``evidence`` by layer, or with ``error`` and ``cause`` of a failed execution.
    """
    if failed := failures(event["layers"], LAYERS):
        cause = Failure.sentence(failed)
        logger.error("failed", extra={"environment": event["environment"], "cause": cause})
        return {"error": Failure.kind(failed), "cause": cause}
    lease = Lease(event["environment"], event["execution"], event["fence"])
    with telling(lease.environment):
        build = Build.resumed(clients, BuilderSettings.read(), lease, context.invoked_function_arn)
        require_trail(clients.cloudtrail)
        evidence = build.tables.environments.evidence(lease.environment)
    logger.info("built", extra={"environment": lease.environment})
    return {
        "environment": lease.environment,
        "evidence": {name: msgspec.to_builtins(evidence[name]) for name in LAYERS},
    }
