"""``AWS::EC2::SecurityGroup``, the VPC's default group included. The restore path: keep it quick and small.

One DescribeSecurityGroups shows existence, tags and every rule. Rules go out and in by value (IpPermissions), which
authorizes against the group's tags alone; by rule id it would ask for the untagged rules too ("Actions, resources, and
condition keys for Amazon EC2"). A group's name is unique in its VPC, so that no twin can arise.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Literal

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.ec2.config_item import ConfigItem
from holdfast.aws.ec2.ip_permissions import to_permissions, to_rules
from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.aws.resource import already_so, code
from holdfast.core.resource import Drift, Duration, Observed, Physical, Removal
from holdfast.core.security_group import Direction, Rule, SecurityGroupState
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, IpPermissionTypeDef

DEFAULT = "default"
MADE_BY_AWS = (DEFAULT, "eks-cluster-sg-")
"""How the names begin of groups that only AWS makes: a VPC's own, and a cluster's ("Amazon EKS security group
requirements"). We adopt them, and never make one in their place."""
ALREADY_SO = frozenset({"InvalidPermission.Duplicate", "InvalidPermission.NotFound", "InvalidGroup.Duplicate"})

type Write = Literal[
    "RevokeSecurityGroupIngress",
    "RevokeSecurityGroupEgress",
    "AuthorizeSecurityGroupIngress",
    "AuthorizeSecurityGroupEgress",
]


class SecurityGroup(Ec2Resource[SecurityGroupState]):
    """One group with its exact rules."""

    kind = "AWS::EC2::SecurityGroup"
    model = SecurityGroupState
    immutable = frozenset({"GroupName", "GroupDescription", "VpcId"})
    duration = Duration(usual=3, least=2, most=5)
    filled_in = frozenset({"Rules"})
    id_filter = "group-id"
    resource_type = "security-group"

    @property
    def filters(self) -> "list[FilterTypeDef]":
        if self.physical.get("id"):
            return super().filters
        return [
            {"Name": "vpc-id", "Values": [self.desired.vpc_id]},
            {"Name": "group-name", "Values": [self.desired.group_name]},
        ]

    def observe(self) -> Observed[SecurityGroupState] | None:
        group = self.the_one(self.clients.ec2.describe_security_groups(Filters=self.filters)["SecurityGroups"])
        if group is None:
            return None
        owner = group["OwnerId"]
        state = SecurityGroupState(
            group_name=group["GroupName"],
            group_description=group["Description"],
            vpc_id=group["VpcId"],
            rules=frozenset(
                [
                    *to_rules("ingress", group["IpPermissions"], owner),
                    *to_rules("egress", group["IpPermissionsEgress"], owner),
                ]
            ),
            tags=tag_dict(group.get("Tags", [])),
        )
        return Observed(state=state, physical={"id": group["GroupId"]})

    def pictured(self, picture: Mapping[str, object]) -> SecurityGroupState | None:
        try:
            return msgspec.convert(picture, ConfigItem).state
        except msgspec.ValidationError:
            return None

    def create(self) -> Physical:
        if self.desired.group_name.startswith(MADE_BY_AWS):
            raise ComeBackLater(f"AWS makes the group {self.desired.group_name}, and does not show it yet", 2)
        try:
            made = self.clients.ec2.create_security_group(
                GroupName=self.desired.group_name,
                Description=self.desired.group_description,
                VpcId=self.desired.vpc_id,
                TagSpecifications=self.tag_specifications,
            )
        except ClientError as error:
            if code(error) not in ALREADY_SO:
                raise
            return {}
        return {"id": made["GroupId"]}

    def update(self, observed: Observed[SecurityGroupState], drift: Drift) -> tuple[str, ...]:
        """Revoke before authorize: what widens access goes first, and a full group has room again."""
        added = [change.found for change in drift if isinstance(change.found, Rule)]
        missing = [change.promised for change in drift if isinstance(change.promised, Rule)]
        group = observed.physical["id"]
        calls = [
            self._write("RevokeSecurityGroupIngress", group, _of("ingress", added)),
            self._write("RevokeSecurityGroupEgress", group, _of("egress", added)),
            self._write("AuthorizeSecurityGroupIngress", group, _of("ingress", missing)),
            self._write("AuthorizeSecurityGroupEgress", group, _of("egress", missing)),
        ]
        return (*filter(None, calls), *self.retag(observed, drift))

    def _write(self, call: Write, group: str, rules: list[Rule]) -> str:
        """One call for all ``rules`` of one direction, and how an incident tells it; nothing if none took effect.

        One rule that is already so lets EC2 refuse all of them ("no rules are revoked", RevokeSecurityGroupIngress):
        then each goes by itself, or a rule that flickers beside it would keep a port open.
        """
        done = rules if self._took(call, group, rules) else [rule for rule in rules if self._took(call, group, [rule])]
        return f"{call} {', '.join(map(str, done))}" if done else ""

    def _took(self, call: Write, group: str, rules: list[Rule]) -> bool:
        """Whether EC2 did it: not if there was nothing to do, or if one of the rules is already so."""
        if not rules:
            return False
        try:
            self._call(call, group, to_permissions(rules))
        except ClientError as error:
            if code(error) not in ALREADY_SO:
                raise
            return False
        return True

    def _call(self, call: Write, group: str, permissions: "list[IpPermissionTypeDef]") -> None:
        ec2 = self.clients.ec2
        match call:
            case "RevokeSecurityGroupIngress":
                ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=permissions)
            case "RevokeSecurityGroupEgress":
                ec2.revoke_security_group_egress(GroupId=group, IpPermissions=permissions)
            case "AuthorizeSecurityGroupIngress":
                ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=permissions)
            case "AuthorizeSecurityGroupEgress":
                ec2.authorize_security_group_egress(GroupId=group, IpPermissions=permissions)

    @property
    def removal(self) -> Removal:
        """What only AWS makes it deletes as well: the VPC's default group, and EKS's, in use as long as the cluster."""
        return "along" if self.desired.group_name.startswith(MADE_BY_AWS) else "by itself"

    def delete(self, observed: Observed[SecurityGroupState]) -> None:
        """Its rules first: a group that another one refers to cannot be deleted, and ours refer to each other."""
        ec2, group = self.clients.ec2, observed.physical["id"]
        with already_so("InvalidGroup.NotFound", "InvalidPermission.NotFound"):
            if ingress := _of("ingress", observed.state.rules):
                ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=to_permissions(ingress))
        with already_so("InvalidGroup.NotFound", "InvalidPermission.NotFound"):
            if egress := _of("egress", observed.state.rules):
                ec2.revoke_security_group_egress(GroupId=group, IpPermissions=to_permissions(egress))
        with already_so("InvalidGroup.NotFound"):
            ec2.delete_security_group(GroupId=group)


def _of(direction: Direction, rules: Iterable[Rule]) -> list[Rule]:
    return sorted(rule for rule in rules if rule.direction == direction)
