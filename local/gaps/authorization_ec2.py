"""EC2: a call is authorized on every resource that it creates or names, each with that resource's own tags.

The emulator asks once, about the first id it finds, and knows no tags. Rests on "Actions, resources, and condition keys
for Amazon EC2" (service-authorization/latest/reference/list_amazonec2.html), and for tags in a create call, which need
`ec2:CreateTags` too, on "Grant permission to tag Amazon EC2 resources during creation"
(AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html). An action that is not in the table is asked as the
emulator does, with the tags of the resource that it finds.
"""

from collections.abc import Iterator
from typing import Any, Final

from ministack.core.responses import get_region
from ministack.services import ec2

from local.calls import Call
from local.gaps.authorization import Question, arn, request_tags, resource_tags

_TYPES: Final = {
    "acl": "network-acl",
    "dopt": "dhcp-options",
    "eipalloc": "elastic-ip",
    "eni": "network-interface",
    "fl": "vpc-flow-log",
    "i": "instance",
    "igw": "internet-gateway",
    "lt": "launch-template",
    "nat": "natgateway",
    "pcx": "vpc-peering-connection",
    "pl": "prefix-list",
    "rtb": "route-table",
    "sg": "security-group",
    "sgr": "security-group-rule",
    "subnet": "subnet",
    "vgw": "vpn-gateway",
    "vpc": "vpc",
    "vpce": "vpc-endpoint",
}

# What each action creates.
_CREATED: Final = {
    "AllocateAddress": "elastic-ip",
    "CreateFlowLogs": "vpc-flow-log",
    "CreateInternetGateway": "internet-gateway",
    "CreateLaunchTemplate": "launch-template",
    "CreateManagedPrefixList": "prefix-list",
    "CreateNatGateway": "natgateway",
    "CreateNetworkAcl": "network-acl",
    "CreateNetworkInterface": "network-interface",
    "CreateRouteTable": "route-table",
    "CreateSecurityGroup": "security-group",
    "CreateSubnet": "subnet",
    "CreateVpc": "vpc",
    "CreateVpcEndpoint": "vpc-endpoint",
    "CreateVpcPeeringConnection": "vpc-peering-connection",
}

# The types on which each action is authorized where a request names them, other than what it creates.
_NAMED: Final = {
    "AcceptVpcPeeringConnection": {"vpc-peering-connection"},
    "AllocateAddress": set[str](),
    "AssociateDhcpOptions": {"dhcp-options", "vpc"},
    "AssociateAddress": {"elastic-ip", "instance", "network-interface"},
    "AssociateRouteTable": {"internet-gateway", "route-table", "subnet", "vpn-gateway"},
    "AssociateSecurityGroupVpc": {"security-group", "vpc"},
    "AssociateVpcCidrBlock": {"vpc"},
    "AttachInternetGateway": {"internet-gateway", "vpc"},
    "AttachNetworkInterface": {"instance", "network-interface"},
    "AuthorizeSecurityGroupEgress": {"security-group"},
    "AuthorizeSecurityGroupIngress": {"security-group"},
    "CreateFlowLogs": {"natgateway", "network-interface", "subnet", "vpc"},
    "CreateInternetGateway": set[str](),
    "CreateLaunchTemplate": set[str](),
    "CreateLaunchTemplateVersion": {"launch-template"},
    "CreateManagedPrefixList": set[str](),
    "CreateNatGateway": {"elastic-ip", "subnet", "vpc"},
    "CreateNetworkAcl": {"vpc"},
    "CreateNetworkAclEntry": {"network-acl"},
    "CreateNetworkInterface": {"security-group", "subnet"},
    "CreateRoute": {"route-table"},
    "CreateRouteTable": {"vpc"},
    "CreateSecurityGroup": {"vpc"},
    "CreateSubnet": {"vpc"},
    "CreateVpc": set[str](),
    "CreateVpcEndpoint": {"route-table", "security-group", "subnet", "vpc"},
    "CreateVpcPeeringConnection": {"vpc"},
    "DeleteFlowLogs": {"vpc-flow-log"},
    "DeleteInternetGateway": {"internet-gateway"},
    "DeleteLaunchTemplate": {"launch-template"},
    "DeleteManagedPrefixList": {"prefix-list"},
    "DeleteNatGateway": {"natgateway"},
    "DeleteNetworkAcl": {"network-acl"},
    "DeleteNetworkAclEntry": {"network-acl"},
    "DeleteNetworkInterface": {"network-interface"},
    "DeleteRoute": {"route-table"},
    "DeleteRouteTable": {"route-table"},
    "DeleteSecurityGroup": {"security-group"},
    "DeleteSubnet": {"subnet"},
    "DeleteVpc": {"vpc"},
    "DeleteVpcEndpoints": {"vpc-endpoint"},
    "DeleteVpcPeeringConnection": {"vpc-peering-connection"},
    "DetachInternetGateway": {"internet-gateway", "vpc"},
    "DisableVgwRoutePropagation": {"route-table", "vpn-gateway"},
    "EnableVgwRoutePropagation": {"route-table", "vpn-gateway"},
    "DisassociateAddress": {"elastic-ip", "network-interface"},
    "DisassociateRouteTable": {"internet-gateway", "route-table", "subnet", "vpn-gateway"},
    "DisassociateSecurityGroupVpc": {"security-group", "vpc"},
    "ModifyInstanceAttribute": {"instance", "security-group", "volume"},
    "ModifyLaunchTemplate": {"launch-template"},
    "ModifyManagedPrefixList": {"prefix-list"},
    "ModifyNetworkInterfaceAttribute": {"instance", "network-interface", "security-group"},
    "ModifySecurityGroupRules": {"prefix-list", "security-group", "security-group-rule"},
    "ModifySubnetAttribute": {"subnet"},
    "ModifyVpcAttribute": {"vpc"},
    "ModifyVpcEndpoint": {"route-table", "security-group", "subnet", "vpc-endpoint"},
    "ReleaseAddress": {"elastic-ip"},
    "ReplaceNetworkAclAssociation": {"network-acl", "subnet"},
    "ReplaceNetworkAclEntry": {"network-acl"},
    "ReplaceRoute": {"route-table"},
    "ReplaceRouteTableAssociation": {"internet-gateway", "route-table", "subnet", "vpn-gateway"},
    "RevokeSecurityGroupEgress": {"security-group"},
    "RevokeSecurityGroupIngress": {"security-group"},
    "UpdateSecurityGroupRuleDescriptionsEgress": {"security-group"},
    "UpdateSecurityGroupRuleDescriptionsIngress": {"security-group"},
}

# Members that only refer to something, or are no ids at all (a tag may say anything): the call does nothing to these.
_REFERENCES: Final = frozenset({"IpPermissions", "ReferencedGroupId", "TagSpecifications"})


def questions(call: Call, resource: str) -> list[Question]:
    action = f"ec2:{call.operation}"
    if call.operation.startswith("Describe"):
        return [Question(action)]
    if call.operation in {"CreateTags", "DeleteTags"}:
        tags = request_tags(call.parameters.get("Tags", []))
        return [
            Question(action, resource_arn(each), tags | resource_keys(each))
            for each in call.parameters.get("Resources", [])
        ]
    if call.operation not in _NAMED:
        return [Question(action, resource, resource_keys(resource.rpartition("/")[2]))]
    return [*_created(call), *_named(call), *_tagged(call)] or [Question(action, resource)]


def resource_arn(which: str) -> str:
    kind = _type(which)
    return arn("ec2", f"{kind}/{which}") if kind else "*"


def resource_keys(which: str) -> dict[str, Any]:
    vpc = next((vpc for store in _in_a_vpc() if (vpc := store.get(which, {}).get("VpcId"))), None)
    keys = {"ec2:Region": get_region(), **resource_tags("ec2", ec2._tags.get(which, []))}
    return keys | ({"ec2:Vpc": resource_arn(vpc)} if vpc else {})


def _in_a_vpc() -> tuple[Any, ...]:
    return ec2._security_groups, ec2._subnets, ec2._route_tables, ec2._network_acls


def _type(which: str) -> str:
    return _TYPES.get(which.rpartition("-")[0], "")


def _created(call: Call) -> Iterator[Question]:
    if call.operation in _CREATED:
        kind = _CREATED[call.operation]
        vpc = call.parameters.get("VpcId")
        keys = {"ec2:Region": get_region(), **request_tags(_tags_for(call, kind))}
        yield Question(
            f"ec2:{call.operation}",
            arn("ec2", f"{kind}/*"),
            keys | ({"ec2:Vpc": resource_arn(vpc)} if vpc and kind != "vpc" else {}),
        )


def _named(call: Call) -> Iterator[Question]:
    types = _NAMED[call.operation]
    named = [which for which in dict.fromkeys(_ids(call.parameters)) if _type(which) in types]
    known = {_type(which) for which in named}
    beside = [which for which in _associated(call.parameters.get("AssociationId")) if _type(which) in types - known]
    for which in [*named, *beside]:
        yield Question(f"ec2:{call.operation}", resource_arn(which), resource_keys(which))


def _ids(value: Any) -> Iterator[str]:
    match value:
        case str():
            yield value
        case dict():
            for name, each in value.items():
                if name not in _REFERENCES:
                    yield from _ids(each)
        case list():
            for each in value:
                yield from _ids(each)
        case _:
            pass


def _associated(association: str | None) -> Iterator[str]:
    """Resolve what an association binds; a request names only the association."""
    for store, name in ((ec2._route_tables, "RouteTableAssociationId"), (ec2._network_acls, "NetworkAclAssociationId")):
        for each in (each for record in store.values() for each in record["Associations"]):
            if association and each[name] == association:
                yield from (value for value in each.values() if isinstance(value, str) and value != association)
    for which, address in ec2._addresses.items():
        if association and address["AssociationId"] == association:
            yield which


def _tagged(call: Call) -> Iterator[Question]:
    for specification in call.parameters.get("TagSpecifications", []):
        kind = specification.get("ResourceType", "*")
        tags = request_tags(specification.get("Tags", []))
        if kind == "security-group-rule":
            yield Question(f"ec2:{call.operation}", arn("ec2", f"{kind}/*"), tags)
        yield Question("ec2:CreateTags", arn("ec2", f"{kind}/*"), {**tags, "ec2:CreateAction": call.operation})


def _tags_for(call: Call, kind: str) -> list[dict[str, str]]:
    specifications = call.parameters.get("TagSpecifications", [])
    return [tag for each in specifications if each.get("ResourceType") == kind for tag in each.get("Tags", [])]
