"""A security group as AWS Config pictures it: DescribeSecurityGroups in lowerCamelCase ("Viewing configuration items").

Config writes v4 ranges twice, as ``ipv4Ranges`` with objects and as ``ipRanges`` with bare text; either is read.
"""

from typing import TYPE_CHECKING

import msgspec

from holdfast.aws.ec2.ip_permissions import to_rules
from holdfast.core.security_group import NO_PORTS, SecurityGroupState

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionOutputTypeDef


class _Shown(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Base of the parts: unknown members are Config's own affair."""


class _V4(_Shown, frozen=True, kw_only=True):
    cidr_ip: str


class _V6(_Shown, frozen=True, kw_only=True):
    cidr_ipv6: str


class _PrefixList(_Shown, frozen=True, kw_only=True):
    prefix_list_id: str


class _Pair(_Shown, frozen=True, kw_only=True):
    group_id: str
    user_id: str


class _Permission(_Shown, frozen=True, kw_only=True):
    ip_protocol: str
    from_port: int | None = None
    to_port: int | None = None
    ipv4_ranges: list[_V4] = []
    ip_ranges: list[_V4 | str] = []
    ipv6_ranges: list[_V6] = []
    prefix_list_ids: list[_PrefixList] = []
    user_id_group_pairs: list[_Pair] = []

    @property
    def described(self) -> "IpPermissionOutputTypeDef":
        """The same as DescribeSecurityGroups says it."""
        v4 = {one if isinstance(one, str) else one.cidr_ip for one in (*self.ipv4_ranges, *self.ip_ranges)}
        return {
            "IpProtocol": self.ip_protocol,
            "FromPort": NO_PORTS if self.from_port is None else self.from_port,
            "ToPort": NO_PORTS if self.to_port is None else self.to_port,
            "IpRanges": [{"CidrIp": cidr} for cidr in sorted(v4)],
            "Ipv6Ranges": [{"CidrIpv6": one.cidr_ipv6} for one in self.ipv6_ranges],
            "PrefixListIds": [{"PrefixListId": one.prefix_list_id} for one in self.prefix_list_ids],
            "UserIdGroupPairs": [{"GroupId": one.group_id, "UserId": one.user_id} for one in self.user_id_group_pairs],
        }


class _Tag(_Shown, frozen=True, kw_only=True):
    key: str
    value: str


class ConfigItem(_Shown, frozen=True, kw_only=True):
    """The ``configuration`` of a configuration item. What is missing in it makes it unreadable, never less strict."""

    group_name: str
    description: str
    owner_id: str
    vpc_id: str
    ip_permissions: list[_Permission]
    ip_permissions_egress: list[_Permission]
    tags: list[_Tag]

    @property
    def state(self) -> SecurityGroupState:
        ingress = to_rules("ingress", [one.described for one in self.ip_permissions], self.owner_id)
        egress = to_rules("egress", [one.described for one in self.ip_permissions_egress], self.owner_id)
        return SecurityGroupState(
            group_name=self.group_name,
            group_description=self.description,
            vpc_id=self.vpc_id,
            rules=frozenset([*ingress, *egress]),
            tags={tag.key: tag.value for tag in self.tags},
        )
