"""EC2's Elastic IP addresses and NAT gateways: how the one is held by the other, and how that may fail.

Promises: an address is found by its filters, says what holds it and is not released meanwhile; a NAT gateway is made
once a client token, shows its addresses, and is `failed` with AWS's reason where it has no address to hold or no
internet gateway beside it; a route leads only to a NAT gateway of its own VPC that stands, and only what is there is
replaced. Pages: NatGateway, member FailureCode (AWSEC2/latest/APIReference/API_NatGateway.html), "Troubleshoot NAT
gateways" (vpc/latest/userguide/nat-gateway-troubleshooting.html), ReleaseAddress, CreateRoute, ReplaceRoute, "Error
codes for the Amazon EC2 API" (AWSEC2/latest/APIReference/errors-overview.html).
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

from ministack.services import ec2

from local.gaps.ec2 import FaultError, Request, answer, existing, guard, once_a_token, refuse_filters, tag_set, tags

type Record = dict[str, Any]

_ADDRESS_FILTERS: Final = {
    "allocation-id": "AllocationId",
    "association-id": "AssociationId",
    "domain": "Domain",
    "network-interface-id": "NetworkInterfaceId",
    "public-ip": "PublicIp",
}
_GATEWAY_FILTERS: Final = {
    "nat-gateway-id": "NatGatewayId",
    "state": "State",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}
_FAILURES: Final = {
    "Gateway.NotAttached": "Network {vpc} has no Internet gateway attached",
    "InvalidAllocationID.NotFound": "Elastic IP address {address} could not be associated with this NAT gateway",
    "Resource.AlreadyAssociated": "Elastic IP address {address} is already associated",
}


def close() -> None:
    answer("DescribeAddresses", _describe_addresses)
    guard("ReleaseAddress", _check_unused)
    answer("CreateNatGateway", _create_gateway)
    once_a_token("CreateNatGateway")
    answer("DescribeNatGateways", _describe_gateways)
    answer("DeleteNatGateway", _delete_gateway)
    guard("CreateRoute", _check_way)
    guard("ReplaceRoute", _check_way)
    guard("ReplaceRoute", _check_route)


def _describe_addresses(request: Request) -> Request:
    asked = request.get("AllocationId", [])
    for which in asked:
        existing(which)
    found = [each for each in ec2._addresses.values() if not asked or each["AllocationId"] in asked]
    return {"addressesSet": [_address(each) for each in _passing(request, found, _ADDRESS_FILTERS, "AllocationId")]}


def _passing(request: Request, found: list[Record], filters: dict[str, str], identity: str) -> Iterator[Record]:
    """Those that pass every filter of the request, its tags included."""
    refuse_filters(request, frozenset(filters) | {"tag-key"})
    for each in found:
        carried = {tag["Key"]: tag["Value"] for tag in ec2._tags.get(each[identity], [])}
        if all(_passes(each, carried, one["Name"], one.get("Value", []), filters) for one in request.get("Filter", [])):
            yield each


def _passes(each: Record, carried: dict[str, str], name: str, values: list[str], filters: dict[str, str]) -> bool:
    if name.startswith("tag:"):
        return carried.get(name.removeprefix("tag:")) in values
    return bool(carried.keys() & set(values)) if name == "tag-key" else each.get(filters[name]) in values


def _address(record: Record) -> Request:
    return {
        "publicIp": record["PublicIp"],
        "allocationId": record["AllocationId"],
        "associationId": record["AssociationId"],
        "domain": record["Domain"],
        "instanceId": record["InstanceId"],
        "networkInterfaceId": record["NetworkInterfaceId"],
        "privateIpAddress": record["PrivateIpAddress"],
        "tagSet": tag_set(record["AllocationId"]),
    }


def _check_unused(request: Request) -> None:
    address = ec2._addresses.get(request.get("AllocationId", ""))
    if address and address["AssociationId"]:
        raise FaultError("InvalidIPAddress.InUse", f"Address {address['PublicIp']} is in use.")


def _create_gateway(request: Request) -> Request:
    """AWS answers before it knows whether it can: what is wrong with the address shows in the state."""
    subnet, address = existing(request["SubnetId"]), request.get("AllocationId", "")
    which = f"nat-0{token_hex(8)}"
    record: Record = {
        "NatGatewayId": which,
        "SubnetId": request["SubnetId"],
        "VpcId": subnet["VpcId"],
        "AllocationId": address,
        "ConnectivityType": request.get("ConnectivityType", "public"),
        "NetworkInterfaceId": f"eni-0{token_hex(8)}",
        "CreateTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "FailureCode": _failure(subnet["VpcId"], address),
    }
    record["State"] = "failed" if record["FailureCode"] else "available"
    if not record["FailureCode"]:
        held = {"AssociationId": f"eipassoc-0{token_hex(8)}", "NetworkInterfaceId": record["NetworkInterfaceId"]}
        ec2._addresses[address].update(held)
    ec2._tags[which] = tags(request, "natgateway")
    ec2._nat_gateways[which] = record
    return {"natGateway": _gateway(record)}


def _failure(vpc: str, address: str) -> str:
    attached = {each["VpcId"] for gateway in ec2._internet_gateways.values() for each in gateway["Attachments"]}
    if vpc not in attached:
        return "Gateway.NotAttached"
    if address not in ec2._addresses:
        return "InvalidAllocationID.NotFound"
    return "Resource.AlreadyAssociated" if ec2._addresses[address]["AssociationId"] else ""


def _describe_gateways(request: Request) -> Request:
    asked = request.get("NatGatewayId", [])
    for which in asked:
        existing(which)
    found = [each for each in ec2._nat_gateways.values() if not asked or each["NatGatewayId"] in asked]
    return {"natGatewaySet": [_gateway(each) for each in _passing(request, found, _GATEWAY_FILTERS, "NatGatewayId")]}


def _gateway(record: Record) -> Request:
    failed = record["State"] == "failed"
    code, named = record["FailureCode"], {"vpc": record["VpcId"], "address": record["AllocationId"]}
    address = ec2._addresses.get(record["AllocationId"], {})
    return {
        "natGatewayId": record["NatGatewayId"],
        "subnetId": record["SubnetId"],
        "vpcId": record["VpcId"],
        "state": record["State"],
        "connectivityType": record["ConnectivityType"],
        "createTime": record["CreateTime"],
        "failureCode": code if failed else None,
        "failureMessage": _FAILURES[code].format(**named) if failed else None,
        "natGatewayAddressSet": [
            {
                "allocationId": record["AllocationId"],
                "publicIp": address.get("PublicIp"),
                "networkInterfaceId": record["NetworkInterfaceId"],
                "isPrimary": True,
            }
        ],
        "tagSet": tag_set(record["NatGatewayId"]),
    }


def _delete_gateway(request: Request) -> Request:
    record = existing(request["NatGatewayId"])
    address = ec2._addresses.get(record["AllocationId"])
    if address and address["NetworkInterfaceId"] == record["NetworkInterfaceId"]:
        address.update({"AssociationId": None, "NetworkInterfaceId": None})
    record["State"] = "deleted"
    return {"natGatewayId": record["NatGatewayId"]}


def _check_way(request: Request) -> None:
    table, which = existing(request["RouteTableId"]), request.get("NatGatewayId")
    if which is None:
        return
    gateway = ec2._nat_gateways.get(which)
    if gateway is None or gateway["State"] == "deleted":
        raise FaultError("InvalidNatGatewayID.NotFound", f"The natGateway ID '{which}' does not exist")
    if gateway["VpcId"] != table["VpcId"]:
        raise FaultError(
            "InvalidParameterValue",
            f"route table {request['RouteTableId']} and NAT gateway {which} belong to different networks",
        )


def _check_route(request: Request) -> None:
    cidr = request.get("DestinationCidrBlock")
    routes = existing(request["RouteTableId"])["Routes"]
    if cidr and not any(route.get("DestinationCidrBlock") == cidr for route in routes):
        raise FaultError(
            "InvalidParameterValue",
            f"There is no route defined for '{cidr}' in the route table. Use CreateRoute instead.",
        )
