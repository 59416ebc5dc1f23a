"""Who may build an environment now, and what stands against this build: found out before anything is touched."""

from typing import NamedTuple

from holdfast.aws.clients import Clients
from holdfast.aws.tables.environments import Held
from holdfast.core.manifest import Lease, Records
from holdfast.core.site import Place, Site
from holdfast.core.spec import Spec
from holdfast.environment.build import BuilderSettings, Tables, site_of
from holdfast.environment.lease import seconds_until_free
from holdfast.environment.place import place_for
from holdfast.environment.plan import refuse_replacements
from holdfast.environment.room import require_room


class Request(NamedTuple):
    """Who asks: the execution, and the function that answers (its ARN says where we are)."""

    spec: Spec
    execution: str
    function_arn: str


class Considered(NamedTuple):
    """A spec against which nothing speaks, where it would be built, and what of it stands."""

    place: Place
    site: Site
    records: Records


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
    return tables.environments.take(spec.name, request.execution, held, place, spec.model_dump(mode="json"))


def considered(clients: Clients, settings: BuilderSettings, held: Held | None, request: Request) -> Considered:
    """Look whether the spec can be built. Only reads.

    Raises ``NeedsHuman`` for what cannot be changed in place or has no room, ``WrongInput`` for what the account lacks.
    """
    spec = request.spec
    place = place_for(clients, spec, held.place if held is not None else None)
    site = site_of(request.function_arn, place, settings)
    records = Tables.of(clients, settings).manifest.records(spec.name)
    refuse_replacements(spec, site, records)
    if not _has_its_room(records):
        require_room(clients, spec)
    return Considered(place, site, records)


def _has_its_room(records: Records) -> bool:
    """Whether all that a quota counts stood once: a later build makes no more of it."""
    verified = {record.layer for record in records.values() if record.desired is not None}
    return verified >= {"egress", "network"}
