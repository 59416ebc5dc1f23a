"""Which environments a sweep goes to: all that were ever built, or the one that is named.

The manifest is asked as well as the leases: whoever takes a lease away must not have its environment passed over.
"""

import time

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.settings import Settings
from holdfast.aws.tables.environments import EnvironmentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.trouble import telling
from holdfast.core.trouble import WrongInput

logger = Logger(service="survey")
clients = Clients()


class SurveySettings(Settings, frozen=True, kw_only=True):
    """Where it is written which environments there are."""

    environments_table: str
    manifest_table: str


def handler(event: dict[str, str], _context: LambdaContext) -> dict[str, list[str]]:
    """``event``: ``{}``, or ``name``. Answers with the names, as ``environments``."""
    settings = SurveySettings.read()
    environments = EnvironmentsTable(clients.dynamodb, settings.environments_table, time.time)
    manifest = ManifestTable(clients.dynamodb, settings.manifest_table)
    with telling("the environments"):
        known = sorted(manifest.every_environment().union(environments.names()))
    wanted = event.get("name")
    if wanted is not None and wanted not in known:
        raise WrongInput("name", f"{wanted} was never built; these were: {', '.join(known) or 'none'}")
    found = known if wanted is None else [wanted]
    logger.info("surveyed", extra={"environments": found})
    return {"environments": found}
