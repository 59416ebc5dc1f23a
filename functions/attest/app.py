"""The last word of a teardown: what was deleted, what is kept and why, what is pending; or every layer that failed."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.trouble import telling
from holdfast.core.manifest import Lease
from holdfast.core.outcome import Failure, failures
from holdfast.environment.build import BuilderSettings, Tables
from holdfast.environment.retirement import attest

logger = Logger(service="attest")
clients = Clients()


def handler(event: dict[str, Any], _context: LambdaContext) -> dict[str, object]:
    """``event``: the lease and ``layers``, what became of each that was begun, the last ones last.

    Answers with the account of what is left, or with ``error`` and ``cause`` of a failed execution.
    """
    began = [one["layer"] for one in event["layers"]]
    if failed := failures(event["layers"], began):
        cause = Failure.sentence(failed)
        logger.error("failed", extra={"environment": event["environment"], "cause": cause})
        return {"error": Failure.kind(failed), "cause": cause}
    lease = Lease(event["environment"], event["execution"], event["fence"])
    with telling(lease.environment):
        account = attest(clients, Tables.of(clients, BuilderSettings.read()), lease)
    logger.info("taken down", extra={"environment": lease.environment})
    return account._asdict()
