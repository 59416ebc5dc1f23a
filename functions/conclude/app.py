"""The last word of a build: the whole verified end to end, or every layer that failed, why, and what to do."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.trail import require_trail
from holdfast.aws.trouble import telling
from holdfast.core.ending import Summary
from holdfast.core.evidence import require_whole
from holdfast.core.manifest import Lease
from holdfast.core.outcome import Failure, failures
from holdfast.environment.build import Build, BuilderSettings, Tables
from holdfast.environment.catalogue import LAYERS
from holdfast.environment.guaranteed import shown_by

logger = Logger(service="conclude")
clients = Clients()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """``event``: the lease and ``layers``, what became of each, in the nesting of the workflow's branches.

    Answers with ``environment`` and ``evidence`` by layer, or with ``error`` and ``cause`` of a failed execution; with
    a ``summary`` for whoever is told, either way. ``guarantees``: by which layers and questions each is shown.
    """
    lease = Lease(event["environment"], event["execution"], event["fence"])
    settings, failed = BuilderSettings.read(), failures(event["layers"], LAYERS)
    with telling(lease.environment):
        evidence = Tables.of(clients, settings).environments.evidence(lease.environment)
        summary = msgspec.to_builtins(Summary.of(evidence, LAYERS, failed))
        if failed:
            cause = Failure.sentence(failed)
            logger.error("failed", extra={"environment": lease.environment, "cause": cause})
            return {"error": Failure.kind(failed), "cause": cause, "summary": summary}
        Build.resumed(clients, settings, lease, context.invoked_function_arn)
        require_trail(clients.cloudtrail)
        require_whole(evidence, LAYERS)
    logger.info("built", extra={"environment": lease.environment})
    return {
        "environment": lease.environment,
        "summary": summary,
        "guarantees": shown_by(evidence, lease.environment),
        "evidence": {name: msgspec.to_builtins(evidence[name]) for name in LAYERS},
    }
