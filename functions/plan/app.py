"""Say what a build of a file would do to what stands, without doing it: nothing is written, nothing is changed."""

from typing import Any

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.trouble import telling
from holdfast.core.spec import Spec
from holdfast.environment.build import BuilderSettings
from holdfast.environment.consideration import Request
from holdfast.environment.preview import preview

logger = Logger(service="plan")
clients = Clients()


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """``event``: the ``input``, an environment's file, as a build takes it.

    Answers with ``environment`` and, by layer, what would be made or changed. Raises what would refuse the build.
    """
    spec = Spec.admit(event["input"])
    with telling(spec.name):
        layers = preview(clients, BuilderSettings.read(), Request(spec, "", context.invoked_function_arn))
    logger.info("previewed", extra={"environment": spec.name, "layers": sorted(layers)})
    return {"environment": spec.name, "layers": msgspec.to_builtins(layers)}
