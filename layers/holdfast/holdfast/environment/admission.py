"""The lease of an environment: who may build it now, and what stands against this build."""

from typing import TYPE_CHECKING, NamedTuple

from holdfast.aws.clients import Clients
from holdfast.core.manifest import Lease
from holdfast.core.site import Place
from holdfast.core.spec import Spec
from holdfast.core.trouble import NeedsHuman, WrongInput
from holdfast.environment.build import BuilderSettings, Tables, site_of
from holdfast.environment.lease import seconds_until_free
from holdfast.environment.plan import refuse_replacements

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_route53 import Route53Client


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
    if wait := seconds_until_free(clients.stepfunctions, spec.name, held, request.execution):
        return wait
    place = held.place if held is not None else _place(clients, spec)
    site = site_of(request.function_arn, place, settings)
    refuse_replacements(spec, site, tables.manifest.records(spec.name))
    tables.environments.forget_fates(spec.name)
    return tables.environments.take(spec.name, request.execution, held, place, spec.model_dump(mode="json"))


def _place(clients: Clients, spec: Spec) -> Place:
    return Place(_zones(clients.ec2), _hosted_zone(clients.route53, spec.dns.zone))


def _hosted_zone(route53: "Route53Client", name: str) -> str:
    """The id of the account's one public zone of this name. Raises ``WrongInput`` if there is none, or several."""
    listed = route53.list_hosted_zones_by_name(DNSName=name)["HostedZones"]
    found = [one["Id"] for one in listed if one["Name"] == f"{name}." and not one["Config"].get("PrivateZone")]
    if len(found) != 1:
        raise WrongInput(
            "dns.zone",
            f"this account has {len(found) or 'no'} public hosted zone{'s' * (len(found) > 1)} {name} in Route 53: "
            "name the one that it has, or create it and delegate to it from where the domain is registered",
        )
    return found[0].removeprefix("/hostedzone/")


def _zones(ec2: "EC2Client") -> tuple[str, str, str]:
    """The Region's first three Availability Zones; Local and Wavelength Zones cannot hold an environment."""
    found = ec2.describe_availability_zones(
        Filters=[{"Name": "zone-type", "Values": ["availability-zone"]}, {"Name": "state", "Values": ["available"]}]
    )["AvailabilityZones"]
    zones = sorted(zone["ZoneName"] for zone in found)
    if len(zones) < 3:
        raise NeedsHuman(
            "network", f"this Region shows {len(zones)} Availability Zones to the account", "use another Region"
        )
    first, second, third = zones[:3]
    return first, second, third
