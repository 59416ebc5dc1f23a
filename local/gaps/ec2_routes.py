"""EC2's route tables and internet gateways: a route, an association or an attachment once, and nothing taken in use.

Promises: a route table and what it is associated with or routes to are of one VPC; a destination has one route in a
table, a subnet one table, a VPC one internet gateway; what is associated or attached is not deleted. Pages:
AssociateRouteTable, CreateRoute, DeleteRouteTable, AttachInternetGateway
(AWSEC2/latest/APIReference/API_AssociateRouteTable.html and its like), "Error codes for the Amazon EC2 API"
(AWSEC2/latest/APIReference/errors-overview.html).
"""

from typing import Any

from ministack.services import ec2

from local.gaps.ec2 import FaultError, Request, existing, guard, once_a_token

type Record = dict[str, Any]


def close() -> None:
    once_a_token("CreateRouteTable")
    guard("CreateRouteTable", _check_table)
    guard("DescribeRouteTables", _check_tables)
    guard("DeleteRouteTable", _check_table_unused)
    guard("AssociateRouteTable", _check_association)
    guard("DisassociateRouteTable", _check_disassociation)
    guard("CreateRoute", _check_route)
    guard("AttachInternetGateway", _check_attachment)
    guard("DetachInternetGateway", _check_detachment)
    guard("DeleteInternetGateway", _check_gateway_unused)


def _check_table(request: Request) -> None:
    existing(request["VpcId"])


def _check_tables(request: Request) -> None:
    for table_id in request.get("RouteTableId", []):
        existing(table_id)


def _check_table_unused(request: Request) -> None:
    if existing(request["RouteTableId"])["Associations"]:
        raise FaultError(
            "DependencyViolation", f"The routeTable '{request['RouteTableId']}' has dependencies and cannot be deleted."
        )


def _check_association(request: Request) -> None:
    table = existing(request["RouteTableId"])
    if "SubnetId" not in request:
        return
    if existing(request["SubnetId"])["VpcId"] != table["VpcId"]:
        raise FaultError(
            "InvalidParameterValue",
            f"route table {request['RouteTableId']} and network {request['SubnetId']} belong to different networks",
        )
    if any(request["SubnetId"] == each.get("SubnetId") for other in ec2._route_tables.values() for each in _of(other)):
        raise FaultError(
            "Resource.AlreadyAssociated",
            f"the specified association for route table {request['RouteTableId']} conflicts with an existing "
            "association",
        )


def _check_disassociation(request: Request) -> None:
    found = [
        each
        for table in ec2._route_tables.values()
        for each in _of(table)
        if each["RouteTableAssociationId"] == request["AssociationId"]
    ]
    if not found:
        raise FaultError(
            "InvalidAssociationID.NotFound", f"The association ID '{request['AssociationId']}' does not exist"
        )
    if found[0].get("Main"):
        raise FaultError("InvalidParameterValue", "cannot disassociate the main route table association")


def _check_route(request: Request) -> None:
    table, cidr = existing(request["RouteTableId"]), request.get("DestinationCidrBlock")
    if any(cidr and route.get("DestinationCidrBlock") == cidr for route in table["Routes"]):
        raise FaultError("RouteAlreadyExists", f"The route identified by {cidr} already exists.")
    gateway_id = request.get("GatewayId", "")
    if gateway_id.startswith("igw-"):
        gateway = ec2._internet_gateways.get(gateway_id)
        if gateway is None:
            raise FaultError("InvalidGatewayID.NotFound", f"The gateway ID '{gateway_id}' does not exist")
        if table["VpcId"] not in [each["VpcId"] for each in gateway["Attachments"]]:
            raise FaultError(
                "InvalidParameterValue",
                f"route table {request['RouteTableId']} and network gateway {gateway_id} belong to different networks",
            )


def _check_attachment(request: Request) -> None:
    vpc_id = request["VpcId"]
    existing(vpc_id)
    for gateway in ec2._internet_gateways.values():
        if gateway["InternetGatewayId"] != request["InternetGatewayId"] and _is_attached(gateway, vpc_id):
            raise FaultError("InvalidParameterValue", f"Network {vpc_id} already has an internet gateway attached")


def _check_detachment(request: Request) -> None:
    if not _is_attached(existing(request["InternetGatewayId"]), request["VpcId"]):
        raise FaultError(
            "Gateway.NotAttached",
            f"resource {request['InternetGatewayId']} is not attached to network {request['VpcId']}",
        )


def _check_gateway_unused(request: Request) -> None:
    if existing(request["InternetGatewayId"])["Attachments"]:
        raise FaultError(
            "DependencyViolation",
            f"The internetGateway '{request['InternetGatewayId']}' has dependencies and cannot be deleted.",
        )


def _of(table: Record) -> list[Record]:
    associations: list[Record] = table["Associations"]
    return associations


def _is_attached(gateway: Record, vpc_id: str) -> bool:
    return any(each["VpcId"] == vpc_id for each in gateway["Attachments"])
