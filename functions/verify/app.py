"""Ask the layer's own questions of AWS, keep what was seen, and let the layer be promised if all of it holds."""

import time
from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.trouble import telling
from holdfast.core.evidence import Evidence
from holdfast.core.manifest import Lease
from holdfast.core.patience import next_question
from holdfast.core.trouble import ComeBackLater
from holdfast.environment.build import Build, BuilderSettings
from holdfast.environment.catalogue import LAYERS

logger = Logger(service="verify")
clients = Clients()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """``event``: the lease and the ``layer``; ``since``, if its probe has asked before (seconds since the epoch).

    Answers ``wait`` in seconds, null once the layer is promised; raises ``NeedsHuman`` if the probe disagrees with the
    builder, or has asked for long.
    """
    lease, layer = Lease(event["environment"], event["execution"], event["fence"]), event["layer"]
    since = event.get("since", time.time())
    try:
        with telling(layer):
            findings = _verify(lease, layer, context)
    except ComeBackLater as later:
        logger.info("later", extra={"environment": lease.environment, "layer": layer, "why": later.why})
        wait = next_question(layer, later, time.time() - since)
        return {"layer": layer, "wait": wait, "since": since, "pending": {layer: later.why}}
    return {"layer": layer, "findings": findings, "wait": None}


def _verify(lease: Lease, layer: str, context: LambdaContext) -> int:
    build = Build.resumed(clients, BuilderSettings.read(), lease, context.invoked_function_arn)
    findings = tuple(LAYERS[layer].probe(clients, build.spec, build.site))
    at = datetime.now(UTC).isoformat(timespec="seconds")
    evidence = Evidence(environment=lease.environment, layer=layer, at=at, findings=findings)
    build.tables.environments.keep(evidence)
    logger.info("probed", extra={"environment": lease.environment, "layer": layer, "holds": evidence.holds})
    evidence.require()
    build.promise(layer)
    return len(findings)
