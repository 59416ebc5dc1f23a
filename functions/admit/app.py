"""Admit a build, or refuse it before anything is touched: the spec, the trail, the lease, what cannot be changed."""

from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.trail import require_trail
from holdfast.aws.trouble import telling
from holdfast.core.manifest import Lease
from holdfast.core.spec import Spec
from holdfast.core.trouble import WrongInput
from holdfast.environment.admission import admit
from holdfast.environment.build import BuilderSettings
from holdfast.environment.consideration import Request

logger = Logger(service="admit")
clients = Clients()


class AdmitSettings(BuilderSettings, frozen=True, kw_only=True):
    """Beside a builder's: how the ARN of every build's execution begins."""

    builds: str


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, object]:
    """``event``: the execution's ``input`` and ``execution``, its ARN.

    Answers with the lease (``environment``, ``execution``, ``fence``), or with the seconds to ``wait`` for it.
    """
    settings = AdmitSettings.read()
    if not event["execution"].startswith(settings.builds):
        raise WrongInput("execution", f"only an execution of the build may be admitted: {settings.builds}…")
    spec = Spec.admit(event["input"])
    with telling(spec.name):
        require_trail(clients.cloudtrail)
        request = Request(spec, event["execution"], context.invoked_function_arn)
        answer = admit(clients, settings, request)
    logger.info("admitted", extra={"environment": spec.name, "answer": answer})
    return {"wait": 0, **answer._asdict()} if isinstance(answer, Lease) else {"wait": answer}
