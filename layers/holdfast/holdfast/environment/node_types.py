"""Whether nodes of the types that are asked for can run what is asked for, found out before anything is touched.

They must boot the images of our node groups ("Amazon EKS optimized Amazon Linux AMIs", EKS user guide): x86-64, with
GPUs of NVIDIA where the group is for those. And the VPC's range must hold their pods: EKS gives each an address of its
node's subnet, and the VPC CNI plugin takes as many for a node as its type can carry ("IP addresses per network
interface", AWSEC2/latest/UserGuide/AvailableIpPerENI.html; "Assign IPs to Pods",
eks/latest/userguide/pod-networking.html). So a node is counted with all the addresses of its type, and every zone must
hold its third of the most nodes that are asked for.
"""

from collections.abc import Iterable, Mapping
from ipaddress import IPv4Network
from math import ceil
from typing import TYPE_CHECKING, Final, NamedTuple, cast

from botocore.exceptions import ClientError

from holdfast.aws.resource import code
from holdfast.core.spec import Spec
from holdfast.core.spec_parts import NodeGroupSpec
from holdfast.core.trouble import WrongInput
from holdfast.environment.room import ZONES

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import InstanceTypeType
    from mypy_boto3_ec2.type_defs import InstanceTypeInfoTypeDef

ARCHITECTURE: Final = "x86_64"
MAKER: Final = "NVIDIA"
ROLLOUT: Final = 1
"""Pods that a rollout of the application runs beside the others before the first of them goes."""
RESERVED: Final = 5
"""Addresses of each subnet that AWS keeps ("Subnet CIDR blocks", vpc/latest/userguide/subnet-sizing.html)."""
SHARED: Final = 16
"""Addresses that EKS recommends to keep free for itself ("Amazon EKS networking requirements"), more than it and the
database, the file system and our function take."""


class Group(NamedTuple):
    """A node group of the spec and what EC2 says of its types."""

    field: str
    asked: NodeGroupSpec
    types: "list[InstanceTypeInfoTypeDef]"


def require_fitting_types(ec2: "EC2Client", spec: Spec) -> None:
    """Raise ``WrongInput`` if a node of some type could not join, or not all nodes and pods that are asked for fit."""
    groups = {name: _shown(ec2, f"nodes.{name}", group) for name, group in spec.nodes.groups.items()}
    for group in groups.values():
        _refuse(
            group, (one for one in group.types if not _boots(one)), f"are not {ARCHITECTURE}, as the nodes' image is"
        )
    if "gpu" in groups:
        _refuse(groups["gpu"], (one for one in groups["gpu"].types if not _gpus(one)), f"have no whole GPU of {MAKER}")
        _require_gpus(spec, groups["gpu"])
    _require_addresses(spec, groups)


def _shown(ec2: "EC2Client", field: str, group: NodeGroupSpec) -> Group:
    """Raises ``WrongInput`` if the Region has no such type."""
    types = cast("list[InstanceTypeType]", list(group.instance_types))
    try:
        return Group(field, group, ec2.describe_instance_types(InstanceTypes=types)["InstanceTypes"])
    except ClientError as error:
        if code(error) not in {"InvalidInstanceType", "InvalidParameterValue"}:
            raise
        raise WrongInput(f"{field}.instance_types", f"{error.response['Error'].get('Message', error)}") from error


def _refuse(group: Group, unfit: "Iterable[InstanceTypeInfoTypeDef]", why: str) -> None:
    if named := sorted(one["InstanceType"] for one in unfit):
        raise WrongInput(f"{group.field}.instance_types", f"{', '.join(named)} {why}: name other types")


def _boots(one: "InstanceTypeInfoTypeDef") -> bool:
    return ARCHITECTURE in one["ProcessorInfo"]["SupportedArchitectures"]


def _gpus(one: "InstanceTypeInfoTypeDef") -> int:
    return sum(
        each.get("Count", 0) for each in one.get("GpuInfo", {}).get("Gpus", []) if each.get("Manufacturer") == MAKER
    )


def _require_gpus(spec: Spec, group: Group) -> None:
    """The fewest pods must find GPUs, and a rollout's too, on nodes of whichever type: a GPU is nobody else's."""
    wanted, fewest = spec.application.gpus, min(map(_gpus, group.types))
    if wanted > fewest:
        raise WrongInput(
            "application.gpus", f"no node has {wanted}: one of {group.field}.instance_types has {fewest} GPUs"
        )
    pods = spec.application.replicas.min + ROLLOUT
    if wanted and pods > (room := fewest // wanted * group.asked.max):
        raise WrongInput(
            f"{group.field}.max",
            f"{group.asked.max} nodes of {fewest} GPUs hold {room} pods of {wanted}; application.replicas.min, and one "
            f"more during a rollout, are {pods}: ask for {ceil(pods / (fewest // wanted))} nodes, or for fewer pods",
        )


def _require_addresses(spec: Spec, groups: Mapping[str, Group]) -> None:
    wanted = {one.field: ceil(one.asked.max / ZONES) * _addresses_a_node(one) for one in groups.values()}
    room = _subnet(spec.network.cidr).num_addresses - RESERVED - SHARED
    if (needed := sum(wanted.values())) <= room:
        return
    largest = max(groups.values(), key=lambda one: wanted[one.field])
    raise WrongInput(
        f"{largest.field}.max",
        f"{largest.asked.max} nodes with their pods need {wanted[largest.field]} addresses in each zone"
        + (f", all nodes {needed}" if len(wanted) > 1 else "")
        + f"; a private subnet of network.cidr {spec.network.cidr} has {room} to give: ask for fewer nodes or smaller "
        "instance types, or for a larger range (of a VPC that stands it cannot be changed)",
    )


def _subnet(cidr: IPv4Network) -> IPv4Network:
    """A private subnet: each zone's has a quarter of the range."""
    return next(cidr.subnets(prefixlen_diff=2))


def _addresses_a_node(group: Group) -> int:
    """The most that a node of any of the group's types takes."""
    networks = [one["NetworkInfo"] for one in group.types]
    return max(one["MaximumNetworkInterfaces"] * one["Ipv4AddressesPerInterface"] for one in networks)
