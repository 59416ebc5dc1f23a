"""The lease of an environment: who may build it now, and what stands against this build."""

import time
from typing import TYPE_CHECKING, NamedTuple

from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.resource import code
from holdfast.aws.tables.environments import Held
from holdfast.core.manifest import Lease
from holdfast.core.spec import Spec
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from holdfast.environment.build import BuilderSettings, Tables, site_of
from holdfast.environment.plan import refuse_replacements

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_stepfunctions import SFNClient


RUNNING = frozenset({"RUNNING", "PENDING_REDRIVE"})


class Request(NamedTuple):
    """Who asks: the execution, and the function that answers (its ARN says where we are)."""

    spec: Spec
    execution: str
    function_arn: str


def admit(clients: Clients, settings: BuilderSettings, request: Request) -> Lease | int:
    """The lease, once nothing speaks against the build; or the seconds until it is worth asking again.

    Raises ``ComeBackLater`` that names the build which runs, ``NeedsHuman`` for what cannot be changed in place.
    """
    tables = Tables.of(clients, settings)
    spec = request.spec
    held = tables.environments.held(spec.name)
    if held is not None and held.execution != request.execution:
        _require_ended(clients.stepfunctions, spec.name, held)
        if (rest := max(held.busy.values(), default=0.0) - time.time()) > 0:
            return int(rest) + 1
    zones = held.zones if held is not None else _zones(clients.ec2)
    site = site_of(request.function_arn, zones, settings.permissions_boundary)
    refuse_replacements(spec, site, tables.manifest.records(spec.name))
    return tables.environments.take(spec.name, request.execution, held, zones, spec.model_dump(mode="json"))


def _require_ended(stepfunctions: "SFNClient", environment: str, held: Held) -> None:
    """Raise if the execution that holds the lease still runs. Never by age: a build may take as long as AWS does."""
    try:
        status = stepfunctions.describe_execution(executionArn=held.execution)["status"]
    except ClientError as error:
        if code(error) != "ExecutionDoesNotExist":
            raise
        return
    if status in RUNNING:
        raise ComeBackLater(f"{environment} is being built by {held.execution}: wait until it ends, or stop it", 60)


def _zones(ec2: "EC2Client") -> tuple[str, ...]:
    """The Region's first three Availability Zones; Local and Wavelength Zones cannot hold an environment."""
    found = ec2.describe_availability_zones(
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}, {"Name": "state", "Values": ["available"]}]
    )["AvailabilityZones"]
    zones = sorted(zone["ZoneName"] for zone in found)
    if len(zones) < 3:
        raise NeedsHuman(
            "network", f"this Region shows {len(zones)} Availability Zones to the account", "use another Region"
        )
    return tuple(zones[:3])
