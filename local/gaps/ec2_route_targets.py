"""EC2's routes: for any destination, to any target, and of a gateway what comes in by it.

Promises: a route is for a range of either version or a prefix list, and leads to the one target that the newest call
named; a local route can be led elsewhere and back, and is not deleted; a route table is associated with a gateway as it
is with a subnet. Pages: CreateRoute, ReplaceRoute (LocalTarget), DeleteRoute, AssociateRouteTable (GatewayId)
(AWSEC2/latest/APIReference/API_ReplaceRoute.html and its like), "Error codes for the Amazon EC2 API"
(AWSEC2/latest/APIReference/errors-overview.html).
"""

from secrets import token_hex
from typing import Any, Final

from ministack.services import ec2

from local.gaps.ec2 import FaultError, Request, answer, existing

type Record = dict[str, Any]

_DESTINATIONS: Final = ("DestinationCidrBlock", "DestinationIpv6CidrBlock", "DestinationPrefixListId")
_TARGETS: Final = (
    "CarrierGatewayId",
    "CoreNetworkArn",
    "EgressOnlyInternetGatewayId",
    "GatewayId",
    "InstanceId",
    "LocalGatewayId",
    "NatGatewayId",
    "NetworkInterfaceId",
    "TransitGatewayId",
    "VpcEndpointId",
    "VpcPeeringConnectionId",
)
_MADE_WITH_THE_TABLE: Final = "CreateRouteTable"

_shown = ec2._rtb_fields_xml


def close() -> None:
    answer("CreateRoute", _create)
    answer("ReplaceRoute", _replace)
    answer("DeleteRoute", _delete)
    answer("AssociateRouteTable", _associate)
    answer("ReplaceRouteTableAssociation", _replace_association)
    ec2._rtb_fields_xml = _with_gateways


def _create(request: Request) -> Request:
    route = {"State": "active", "Origin": "CreateRoute", **_destination(request), **_target(request)}
    existing(request["RouteTableId"])["Routes"].append(route)
    return {"return": True}


def _replace(request: Request) -> Request:
    for route in existing(request["RouteTableId"])["Routes"]:
        if _destination(request).items() <= route.items():
            for member in _TARGETS:
                route.pop(member, None)
            route.update(_target(request))
    return {"return": True}


def _delete(request: Request) -> Request:
    table, wanted = existing(request["RouteTableId"]), _destination(request)
    found = [route for route in table["Routes"] if wanted.items() <= route.items()]
    if not found:
        raise FaultError(
            "InvalidRoute.NotFound", f"no route with destination {_text(wanted)} in {table['RouteTableId']}"
        )
    if found[0]["Origin"] == _MADE_WITH_THE_TABLE:
        raise FaultError("InvalidParameterValue", f"cannot remove local route {_text(wanted)} in route table")
    table["Routes"].remove(found[0])
    return {"return": True}


def _destination(request: Request) -> Record:
    return {member: request[member] for member in _DESTINATIONS if request.get(member)}


def _text(destination: Record) -> str:
    return ", ".join(destination.values())


def _target(request: Request) -> Record:
    if request.get("LocalTarget") == "true":
        return {"GatewayId": "local"}
    named = {member: request[member] for member in _TARGETS if request.get(member)}
    if len(named) != 1:
        raise FaultError("InvalidParameterCombination", "The request must contain exactly one target of the route")
    return named


def _associate(request: Request) -> Request:
    user = {member: request[member] for member in ("SubnetId", "GatewayId") if request.get(member)}
    return {"associationId": _associated(request["RouteTableId"], user), "associationState": {"state": "associated"}}


def _replace_association(request: Request) -> Request:
    """It is another one afterwards, with the same subnet or gateway."""
    existing(request["RouteTableId"])
    for table in ec2._route_tables.values():
        for one in table["Associations"]:
            if one["RouteTableAssociationId"] == request["AssociationId"]:
                table["Associations"].remove(one)
                user = {member: one[member] for member in ("SubnetId", "GatewayId", "Main") if one.get(member)}
                return {
                    "newAssociationId": _associated(request["RouteTableId"], user),
                    "associationState": {"state": "associated"},
                }
    raise FaultError("InvalidAssociationID.NotFound", f"The association ID '{request['AssociationId']}' does not exist")


def _associated(table: str, user: Record) -> str:
    identity = f"rtbassoc-0{token_hex(8)}"
    association = {"RouteTableAssociationId": identity, "RouteTableId": table, "Main": False, **user}
    existing(table)["Associations"].append(association)
    return identity


def _with_gateways(table: Record, tag: str = "item") -> str:
    written: str = _shown(table, tag)
    for one in table.get("Associations", []):
        if gateway := one.get("GatewayId"):
            identity = f"<routeTableAssociationId>{one['RouteTableAssociationId']}</routeTableAssociationId>"
            written = written.replace(identity, f"{identity}<gatewayId>{gateway}</gatewayId>")
    return written
