"""EC2's networks: VPCs, subnets and network ACLs refuse what AWS refuses, and have from the start what AWS gives them.

Promises: ranges are canonical, of AWS's sizes, inside their VPC and apart; a quota that is full refuses; nothing is
deleted that something else still needs; a VPC's default group admits itself, its default network ACL has every subnet
that no other has; attributes change one at a time. Pages: CreateVpc, CreateSubnet, DeleteVpc, DeleteSubnet,
ModifyVpcAttribute (AWSEC2/latest/APIReference/API_CreateSubnet.html and its like), "Default security groups for your
VPCs" (vpc/latest/userguide/default-security-group.html), "Default network ACL for a VPC"
(vpc/latest/userguide/default-network-acl.html), "Error codes for the Amazon EC2 API"
(AWSEC2/latest/APIReference/errors-overview.html).
"""

import ipaddress
import re
from secrets import token_hex
from typing import Any, Final

from ministack.core.responses import get_region
from ministack.services import ec2

from local.gaps import servicequotas
from local.gaps.ec2 import FaultError, Request, answer, existing, guard, rewrite, then
from local.gaps.ec2_security_group_rules import Rule, keep, rules_of

type Record = dict[str, Any]

_RESERVED: Final = 5
_NOT_ATTRIBUTES: Final = frozenset({"Action", "DryRun", "SubnetId", "Version", "VpcId"})


def close() -> None:
    for action in ("ModifySubnetAttribute", "ModifyVpcAttribute"):
        guard(action, _check_one_attribute)
    for action, check in _CHECKS.items():
        guard(action, check)
    for action in ("CreateVpc", "CreateSubnet"):
        rewrite(action, "CidrBlock", _canonical)
    then("CreateVpc", _complete_vpc)
    then("CreateSubnet", _complete_subnet)
    then("DeleteSubnet", _forget_subnet)
    answer("ReplaceNetworkAclAssociation", _replace_acl_association)


def _check_vpc(request: Request) -> None:
    _check_size(request["CidrBlock"], "InvalidVpc.Range")
    _check_quota(ec2._vpcs, "vpc", "L-F678F1CE", "VpcLimitExceeded", "VPCs")


def _complete_vpc(_: Request, answered: str) -> None:
    vpc = ec2._vpcs[_first_id("vpc", answered)]
    group = existing(vpc["DefaultSecurityGroupId"])
    keep(group, [Rule("-1", None, "referencedGroupId", group["GroupId"])], egress=False)
    rules_of(group, egress=True)


def _check_vpc_unused(request: Request) -> None:
    vpc_id = request["VpcId"]
    existing(vpc_id)
    own = [table for table in _in_vpc(ec2._route_tables, vpc_id) if not _is_main(table)]
    acls = [acl for acl in _in_vpc(ec2._network_acls, vpc_id) if not acl["IsDefault"]]
    gateways = [gateway for gateway in _in_vpc(ec2._nat_gateways, vpc_id) if gateway["State"] != "deleted"]
    if own or acls or gateways or _in_vpc(ec2._vpc_endpoints, vpc_id) or _in_vpc(ec2._network_interfaces, vpc_id):
        raise FaultError("DependencyViolation", f"The vpc '{vpc_id}' has dependencies and cannot be deleted.")


def _check_group(request: Request) -> None:
    if "VpcId" in request:
        existing(request["VpcId"])
    if request["GroupName"].startswith("sg-"):
        raise FaultError("InvalidParameterValue", "group names may not be in the format of a group id: sg-*")


def _check_subnet(request: Request) -> None:
    vpc, cidr = existing(request["VpcId"]), request["CidrBlock"]
    _check_size(cidr, "InvalidSubnet.Range")
    network = ipaddress.IPv4Network(cidr)
    if not network.subnet_of(ipaddress.IPv4Network(vpc["CidrBlock"], strict=False)):
        raise FaultError("InvalidSubnet.Range", f"The CIDR '{cidr}' is invalid.")
    if any(network.overlaps(ipaddress.IPv4Network(each["CidrBlock"])) for each in _in_vpc(ec2._subnets, vpc["VpcId"])):
        raise FaultError("InvalidSubnet.Conflict", f"The CIDR '{cidr}' conflicts with another subnet")
    zones = [f"{get_region()}{letter}" for letter in "abc"]
    if request.get("AvailabilityZone", zones[0]) not in zones:
        raise FaultError(
            "InvalidParameterValue",
            f"Value ({request['AvailabilityZone']}) for parameter availabilityZone is invalid. Subnets can currently "
            f"only be created in the following availability zones: {', '.join(zones)}.",
        )


def _complete_subnet(_: Request, answered: str) -> None:
    subnet = existing(_first_id("subnet", answered))
    subnet["AvailableIpAddressCount"] = ipaddress.IPv4Network(subnet["CidrBlock"]).num_addresses - _RESERVED
    default = existing(ec2._vpcs[subnet["VpcId"]]["DefaultNetworkAclId"])
    default["Associations"].append(_acl_association(subnet["SubnetId"]))


def _check_subnet_unused(request: Request) -> None:
    subnet_id = request["SubnetId"]
    existing(subnet_id)
    interfaces = [each for each in ec2._network_interfaces.values() if each["SubnetId"] == subnet_id]
    gateways = [each for each in ec2._nat_gateways.values() if each["SubnetId"] == subnet_id]
    if interfaces or any(gateway["State"] != "deleted" for gateway in gateways):
        raise FaultError("DependencyViolation", f"The subnet '{subnet_id}' has dependencies and cannot be deleted.")


def _forget_subnet(request: Request, _: str) -> None:
    for holder in [*ec2._route_tables.values(), *ec2._network_acls.values()]:
        holder["Associations"] = [
            each for each in holder["Associations"] if each.get("SubnetId") != request["SubnetId"]
        ]


def _check_one_attribute(request: Request) -> None:
    if len(set(request) - _NOT_ATTRIBUTES) != 1:
        raise FaultError("InvalidParameterCombination", "Fields for multiple attribute types specified")


def _replace_acl_association(request: Request) -> Request:
    acl = existing(request["NetworkAclId"])
    for holder in ec2._network_acls.values():
        for each in holder["Associations"]:
            if each["NetworkAclAssociationId"] == request["AssociationId"]:
                holder["Associations"].remove(each)
                acl["Associations"].append(_acl_association(each["SubnetId"]))
                return {"newAssociationId": acl["Associations"][-1]["NetworkAclAssociationId"]}
    raise FaultError("InvalidAssociationID.NotFound", f"The association ID '{request['AssociationId']}' does not exist")


def _canonical(cidr: str) -> str:
    try:
        return str(ipaddress.IPv4Network(cidr, strict=False))
    except ValueError:
        return cidr


def _check_size(cidr: str, code: str) -> None:
    if cidr != _canonical(cidr) or "/" not in cidr:
        raise FaultError("InvalidParameterValue", f"Value ({cidr}) for parameter cidrBlock is invalid.")
    if not 16 <= ipaddress.IPv4Network(cidr).prefixlen <= 28:
        raise FaultError(code, f"The CIDR '{cidr}' is invalid.")


def _check_quota(store: Any, service: str, quota: str, code: str, what: str) -> None:
    if len(store) >= servicequotas.value(service, quota):
        raise FaultError(code, f"The maximum number of {what} has been reached.")


def _acl_association(subnet_id: str) -> Record:
    return {"NetworkAclAssociationId": f"aclassoc-0{token_hex(8)}", "SubnetId": subnet_id}


def _first_id(prefix: str, answered: str) -> str:
    return str(re.findall(rf"<{prefix}Id>({prefix}-\w+)<", answered)[0])


def _in_vpc(store: Any, vpc_id: str) -> list[Record]:
    return [record for record in store.values() if record["VpcId"] == vpc_id]


def _is_main(table: Record) -> bool:
    return any(each.get("Main") for each in table["Associations"])


_CHECKS: Final = {
    "AllocateAddress": lambda _: _check_quota(ec2._addresses, "ec2", "L-0263D0A3", "AddressLimitExceeded", "addresses"),
    "CreateInternetGateway": lambda _: _check_quota(
        ec2._internet_gateways, "vpc", "L-A4707A72", "InternetGatewayLimitExceeded", "internet gateways"
    ),
    "CreateSecurityGroup": _check_group,
    "CreateSubnet": _check_subnet,
    "CreateVpc": _check_vpc,
    "DeleteSubnet": _check_subnet_unused,
    "DeleteVpc": _check_vpc_unused,
}
