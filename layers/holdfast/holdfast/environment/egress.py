"""Egress: how the private subnets reach the internet, each zone by itself.

An Elastic IP address and a NAT gateway in each zone's public subnet, and the default route of each private table to the
gateway of its own zone: a zone that fails takes no other one's way out along, and no traffic crosses zones ("NAT
gateway basics", vpc/latest/userguide/nat-gateway-basics.html). From outside three addresses are seen, which stay.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.eip import EipState
from holdfast.aws.ec2.nat_gateway import NatGatewayState
from holdfast.aws.ec2.route import RouteState
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.core.site import Site
from holdfast.core.spec import Spec

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import (
        FilterTypeDef,
        NatGatewayTypeDef,
        NetworkInterfaceTypeDef,
        RouteTableTypeDef,
        RouteTypeDef,
        SubnetTypeDef,
    )

ANYWHERE = "0.0.0.0/0"


def resources(spec: Spec, site: Site) -> Iterator[Declared]:  # noqa: ARG001  (every layer is asked in the same way)
    for zone in range(1, len(site.zones) + 1):
        yield Declared("AWS::EC2::EIP", f"address_{zone}", EipState())
        gateway = NatGatewayState(
            subnet_id=f"${{network/public_subnet_{zone}}}", allocation_id=f"${{egress/address_{zone}}}"
        )
        yield Declared("AWS::EC2::NatGateway", f"nat_gateway_{zone}", gateway)
        route = RouteState(
            route_table_id=f"${{network/private_route_table_{zone}}}",
            destination_cidr_block=ANYWHERE,
            nat_gateway_id=f"${{egress/nat_gateway_{zone}}}",
        )
        yield Declared("AWS::EC2::Route", f"default_route_{zone}", route)


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Follow a packet that leaves: from each subnet by its route to a gateway, and to the address it is seen under."""
    ec2 = clients.ec2
    ours: list[FilterTypeDef] = [{"Name": f"tag:{TAG_ENVIRONMENT}", "Values": [spec.name]}]
    vpcs = [vpc["VpcId"] for vpc in ec2.describe_vpcs(Filters=ours)["Vpcs"]] or ["none"]
    inside: list[FilterTypeDef] = [{"Name": "vpc-id", "Values": vpcs}]
    subnets = {subnet["SubnetId"]: subnet for subnet in ec2.describe_subnets(Filters=inside)["Subnets"]}
    tables = ec2.describe_route_tables(Filters=inside)["RouteTables"]
    standing: list[FilterTypeDef] = [*inside, {"Name": "state", "Values": ["available"]}]
    gateways = {one["NatGatewayId"]: one for one in ec2.describe_nat_gateways(Filters=standing)["NatGateways"]}
    ways = [(subnet, _way_out(subnet, tables)) for subnet in subnets.values()]
    yield Finding.of(
        "Through which zone's NAT gateway does each private subnet leave?",
        saw=sorted(
            f"{subnet['AvailabilityZone']} through {_zone(route, gateways, subnets)}"
            for subnet, route in ways
            if not route.get("GatewayId", "").startswith("igw-")
        ),
        expected=[f"{zone} through {zone}" for zone in sorted(site.zones)],
    )
    yield Finding.of(
        "Which of the NAT gateways stand in subnets that do not reach the internet directly?",
        saw=sorted(
            gateways[one]["NatGatewayId"]
            for one in gateways
            for subnet, route in ways
            if subnet["SubnetId"] == gateways[one]["SubnetId"] and not route.get("GatewayId", "").startswith("igw-")
        ),
        expected=[],
    )
    addresses = ec2.describe_addresses(Filters=ours)["Addresses"]
    yield Finding.of(
        "Under which public addresses is the environment seen from outside?",
        saw=sorted(address for gateway in gateways.values() for address in _addresses(gateway)),
        expected=sorted(address["PublicIp"] for address in addresses),
    )
    yield Finding.of("How many addresses are those?", saw=len(addresses), expected=len(site.zones))
    used = {one.get("NetworkInterfaceId") for gateway in gateways.values() for one in gateway["NatGatewayAddresses"]}
    pages = ec2.get_paginator("describe_network_interfaces").paginate(Filters=inside)
    yield Finding.of(
        "Which network interfaces are public, and neither a NAT gateway's nor a load balancer's?",
        saw=sorted(
            interface["NetworkInterfaceId"]
            for page in pages
            for interface in page["NetworkInterfaces"]
            if "PublicIp" in interface.get("Association", {})
            if interface["NetworkInterfaceId"] not in used and not _balances(interface)
        ),
        expected=[],
    )


def _way_out(subnet: "SubnetTypeDef", tables: "list[RouteTableTypeDef]") -> "RouteTypeDef":
    """The default route in force: of the subnet's own table, else of the VPC's main one; empty if there is none."""
    own = [table for table in tables if _uses(table, "SubnetId", subnet["SubnetId"])]
    in_force = own or [table for table in tables if _uses(table, "Main", subject=True)]
    routes = (route for table in in_force for route in table["Routes"])
    nowhere: RouteTypeDef = {}
    return next((route for route in routes if route.get("DestinationCidrBlock") == ANYWHERE), nowhere)


def _uses(table: "RouteTableTypeDef", field: str, subject: object) -> bool:
    return any(association.get(field) == subject for association in table["Associations"])


def _zone(route: "RouteTypeDef", gateways: "dict[str, NatGatewayTypeDef]", subnets: "dict[str, SubnetTypeDef]") -> str:
    """The zone of the NAT gateway that ``route`` leads to."""
    gateway = gateways.get(route.get("NatGatewayId", ""))
    if gateway is None:
        return "nothing that is there"
    return subnets[gateway["SubnetId"]]["AvailabilityZone"] if gateway["SubnetId"] in subnets else "another network"


def _addresses(gateway: "NatGatewayTypeDef") -> Iterator[str]:
    yield from (one["PublicIp"] for one in gateway["NatGatewayAddresses"] if "PublicIp" in one)


def _balances(interface: "NetworkInterfaceTypeDef") -> bool:
    """Elastic Load Balancing describes its interfaces so, and nobody else can make one that AWS manages.

    "Find the network interfaces for your load balancer" is how AWS itself tells them.
    """
    return bool(interface.get("RequesterManaged")) and interface.get("Description", "").startswith("ELB ")
