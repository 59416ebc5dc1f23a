"""Whether there is room for an environment, found out before the first thing is created.

In the account: what AWS would refuse half-way through a first build, when a quota is full ("Amazon VPC quotas",
vpc/latest/userguide/amazon-vpc-limits.html; "Elastic IP addresses", AWSEC2/latest/UserGuide). In the VPC's range: EKS
gives each pod an address of its node's subnet, and the VPC CNI plugin takes as many for a node as its type can carry
("IP addresses per network interface", AWSEC2/latest/UserGuide/AvailableIpPerENI.html; "Assign IPs to Pods",
eks/latest/userguide/pod-networking.html). So a node is counted with all the addresses of its type, and every zone must
hold its third of the most nodes that are asked for.
"""

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Network
from math import ceil
from typing import TYPE_CHECKING, Any, Final, NamedTuple, cast

from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.resource import code
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.core.spec import Spec
from holdfast.core.spec_parts import NodeGroupSpec
from holdfast.core.trouble import NeedsHuman, WrongInput

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.literals import InstanceTypeType

ZONES: Final = 3
RESERVED: Final = 5
"""Addresses of each subnet that AWS keeps ("Subnet CIDR blocks", vpc/latest/userguide/subnet-sizing.html)."""
SHARED: Final = 16
"""Addresses that EKS recommends to keep free for itself ("Amazon EKS networking requirements"), more than it and the
database, the file system and our function take."""


class Need(NamedTuple):
    """``number`` of ``what`` that an environment takes, under the quota ``code`` of ``service``."""

    service: str
    code: str
    what: str
    number: int


ADDRESSES: Final = Need("ec2", "L-0263D0A3", "Elastic IP addresses", ZONES)
INTERNET_GATEWAYS: Final = Need("vpc", "L-A4707A72", "internet gateways", 1)
VPCS: Final = Need("vpc", "L-F678F1CE", "VPCs", 1)


def require_room(clients: Clients, spec: Spec) -> None:
    """Raise ``WrongInput`` if the range holds too few pods, ``NeedsHuman`` if a quota has too little left.

    What a first build that was stopped has made already counts as the environment's own.
    """
    _require_addresses(clients.ec2, spec)
    short = [sentence for need, there in _standing(clients.ec2) for sentence in _lacking(clients, spec, need, there)]
    if short:
        raise NeedsHuman(
            spec.name,
            "the account has no room for it: " + "; ".join(said for said, _ in short),
            "remove what nobody needs, or have the quotas raised, which takes AWS hours to days: "
            + "; ".join(f"`{command}`" for _, command in short),
        )


def _standing(ec2: "EC2Client") -> Iterator[tuple[Need, list[Any]]]:
    yield ADDRESSES, [*ec2.describe_addresses()["Addresses"]]
    vpcs = ec2.get_paginator("describe_vpcs").paginate()
    yield VPCS, [vpc for page in vpcs for vpc in page["Vpcs"]]
    gateways = ec2.get_paginator("describe_internet_gateways").paginate()
    yield INTERNET_GATEWAYS, [gateway for page in gateways for gateway in page["InternetGateways"]]


def _lacking(clients: Clients, spec: Spec, need: Need, there: Sequence[Any]) -> Iterator[tuple[str, str]]:
    """What is too little, and the command that asks for more; nothing if it suffices."""
    quota = int(clients.quotas.get_service_quota(ServiceCode=need.service, QuotaCode=need.code)["Quota"]["Value"])
    ours = {"Key": TAG_ENVIRONMENT, "Value": spec.name}
    own = sum(ours in one.get("Tags", []) for one in there)
    lacks = max(need.number - own, 0)
    if len(there) + lacks > quota:
        yield (
            f"{lacks} more {need.what} are needed, {max(quota - len(there), 0)} are left of {quota} "
            f"(quota {need.code} of {need.service})",
            f"aws service-quotas request-service-quota-increase --service-code {need.service} "
            f"--quota-code {need.code} --desired-value {len(there) + lacks}",
        )


def _require_addresses(ec2: "EC2Client", spec: Spec) -> None:
    groups = {"nodes.general": spec.nodes.general}
    if spec.nodes.gpu is not None:
        groups["nodes.gpu"] = spec.nodes.gpu
    wanted = {field: ceil(group.max / ZONES) * _addresses_a_node(ec2, field, group) for field, group in groups.items()}
    room = _subnet(spec.network.cidr).num_addresses - RESERVED - SHARED
    if (needed := sum(wanted.values())) <= room:
        return
    largest = max(wanted, key=wanted.__getitem__)
    raise WrongInput(
        f"{largest}.max",
        f"{groups[largest].max} nodes with their pods need {wanted[largest]} addresses in each zone"
        + (f", all nodes {needed}" if len(wanted) > 1 else "")
        + f"; a private subnet of network.cidr {spec.network.cidr} has {room} to give: ask for fewer nodes or smaller "
        "instance types, or for a larger range (of a VPC that stands it cannot be changed)",
    )


def _subnet(cidr: IPv4Network) -> IPv4Network:
    """A private subnet: each zone's has a quarter of the range."""
    return next(cidr.subnets(prefixlen_diff=2))


def _addresses_a_node(ec2: "EC2Client", field: str, group: NodeGroupSpec) -> int:
    """The most that a node of any of the group's types takes. Raises ``WrongInput`` if the Region has no such type."""
    types = cast("list[InstanceTypeType]", list(group.instance_types))
    try:
        shown = ec2.describe_instance_types(InstanceTypes=types)["InstanceTypes"]
    except ClientError as error:
        if code(error) not in {"InvalidInstanceType", "InvalidParameterValue"}:
            raise
        raise WrongInput(f"{field}.instance_types", f"{error.response['Error'].get('Message', error)}") from error
    networks = [one["NetworkInfo"] for one in shown]
    return max(one["MaximumNetworkInterfaces"] * one["Ipv4AddressesPerInterface"] for one in networks)
