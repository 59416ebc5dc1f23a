"""Whether the account has room for an environment, found out before the first thing is created.

AWS would refuse it half-way through a first build, when a quota is full ("Amazon VPC quotas",
vpc/latest/userguide/amazon-vpc-limits.html; "Elastic IP addresses", AWSEC2/latest/UserGuide).
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from holdfast.aws.clients import Clients
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.core.spec import Spec
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

ZONES: Final = 3


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
    """Raise ``NeedsHuman`` if a quota has too little left.

    What a first build that was stopped has made already counts as the environment's own.
    """
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
