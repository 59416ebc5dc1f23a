"""What the account has for an environment before any of it stands: zones, the hosted zone, the add-ons' versions."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from holdfast.aws.clients import Clients
from holdfast.core.site import Addons, Place
from holdfast.core.spec import Spec
from holdfast.core.trouble import NeedsHuman, WrongInput
from holdfast.environment import names

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_eks.type_defs import AddonVersionInfoTypeDef
    from mypy_boto3_route53 import Route53Client


def place_for(clients: Clients, spec: Spec, found: Place | None) -> Place:
    """Zones as the first build found them, in ``found``; only another Kubernetes has the add-ons' versions asked anew.

    The hosted zone is looked for each time: the spec may name another one, and one that was made anew has another id.
    """
    zones, addons = (found.zones, found.addons) if found is not None else (_zones(clients.ec2), Addons())
    kubernetes = spec.cluster.version
    kept = addons.versions if addons.kubernetes == kubernetes else {}
    return Place(zones, _hosted_zone(clients.route53, spec.dns.zone), _addons(clients.eks, kubernetes, kept))


def _addons(eks: "EKSClient", kubernetes: str, kept: Mapping[str, str]) -> Addons:
    """``kept``, and for the rest what EKS installs by default on this Kubernetes ("DescribeAddonVersions", EKS API).

    Raises ``WrongInput`` if EKS has none: it does not know that Kubernetes, or not any more.
    """
    wanted = (*names.NODE_ADDONS, *names.ADDONS)
    versions = {name: kept.get(name) or _default_version(eks, name, kubernetes) for name in wanted}
    if lacking := sorted(name for name, version in versions.items() if not version):
        raise WrongInput(
            "cluster.version",
            f"EKS has no {', '.join(lacking)} for Kubernetes {kubernetes}: ask for a minor version in its standard "
            "support (aws eks describe-cluster-versions)",
        )
    return Addons(kubernetes, versions)


def _default_version(eks: "EKSClient", name: str, kubernetes: str) -> str:
    """Empty if there is none. Of an add-on that has no default, the first that EKS lists: it lists the newest first."""
    listed = eks.describe_addon_versions(addonName=name, kubernetesVersion=kubernetes)["addons"]
    offered = [version for addon in listed for version in addon["addonVersions"]]
    defaults = [version for version in offered if _is_default(version, kubernetes)]
    return next((version["addonVersion"] for version in (*defaults, *offered)), "")


def _is_default(version: "AddonVersionInfoTypeDef", kubernetes: str) -> bool:
    return any(
        one["clusterVersion"] == kubernetes and one.get("defaultVersion", False) for one in version["compatibilities"]
    )


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
