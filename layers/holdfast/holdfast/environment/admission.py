"""The lease of an environment: who may build it now, once nothing stands against the build."""

from holdfast.aws.clients import Clients
from holdfast.core.manifest import Lease
from holdfast.core.trouble import ComeBackLater
from holdfast.environment.build import BuilderSettings, Tables
from holdfast.environment.consideration import Request, considered
from holdfast.environment.lease import seconds_until_free


def admit(clients: Clients, settings: BuilderSettings, request: Request) -> Lease | int:
    """The lease, once nothing speaks against the build; or the seconds until it is worth asking again.

    Raises ``ComeBackLater`` that names the build which runs, and as ``considered`` does.
    """
    tables, spec = Tables.of(clients, settings), request.spec
    held = tables.environments.held(spec.name)
    if wait := seconds_until_free(clients.stepfunctions, spec.name, held, request.execution):
        return wait
    place = considered(clients, settings, held, request).place
    tables.environments.forget_fates(spec.name)
    try:
        return tables.environments.take(spec.name, request.execution, held, place, spec.model_dump(mode="json"))
    except ComeBackLater as quicker:
        return quicker.seconds  # who was quicker may have been stopped by now: the next look says who it is
