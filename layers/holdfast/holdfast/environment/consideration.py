"""What stands against a build, found out before anything is touched; it only reads."""

from typing import NamedTuple

from holdfast.aws.clients import Clients
from holdfast.aws.tables.environments import Held
from holdfast.core.manifest import Records
from holdfast.core.site import Place, Site
from holdfast.core.spec import Spec
from holdfast.environment.build import BuilderSettings, Tables, site_of
from holdfast.environment.node_types import require_fitting_types
from holdfast.environment.place import place_for
from holdfast.environment.plan import refuse_impossible
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


def considered(clients: Clients, settings: BuilderSettings, held: Held | None, request: Request) -> Considered:
    """Look whether the spec can be built. Only reads.

    Raises ``NeedsHuman`` for what cannot be changed in place or has no room, ``WrongInput`` for what the account lacks.
    """
    spec = request.spec
    place = place_for(clients, spec, held.place if held is not None else None)
    site = site_of(request.function_arn, place, settings)
    records = Tables.of(clients, settings).manifest.records(spec.name)
    refuse_impossible(spec, site, records)
    require_fitting_types(clients.ec2, spec)
    if not _has_its_room(records):
        require_room(clients, spec)
    return Considered(place, site, records)


def _has_its_room(records: Records) -> bool:
    """Whether all that a quota counts stood once: a later build makes no more of it."""
    verified = {record.layer for record in records.values() if record.desired is not None}
    return verified >= {"egress", "network"}
