"""Breaks of egress."""

from tests.support.world import World
from tests.unit.environment.breaks.broken import Break


def _swap_zones(world: World) -> None:
    world.clients.ec2.replace_route(
        RouteTableId=world.id_of("network/private_route_table_1"),
        DestinationCidrBlock="0.0.0.0/0",
        NatGatewayId=world.id_of("egress/nat_gateway_2"),
    )


def _open_a_second_way(world: World, subnet: str) -> None:
    world.clients.ec2.create_nat_gateway(
        SubnetId=world.id_of(f"network/{subnet}"),
        AllocationId=world.clients.ec2.allocate_address(Domain="vpc")["AllocationId"],
    )


def _make_public(world: World) -> None:
    ec2 = world.clients.ec2
    interface = ec2.create_network_interface(SubnetId=world.id_of("network/private_subnet_1"))["NetworkInterface"]
    ec2.associate_address(
        AllocationId=ec2.allocate_address(Domain="vpc")["AllocationId"],
        NetworkInterfaceId=interface["NetworkInterfaceId"],
    )


def _take_a_fourth_address(world: World) -> None:
    made = world.clients.ec2.allocate_address(Domain="vpc")["AllocationId"]
    world.clients.ec2.create_tags(Resources=[made], Tags=[{"Key": "holdfast:environment", "Value": world.spec.name}])


BREAKS = (
    Break("egress", "Through which zone's NAT gateway does each private subnet leave?", _swap_zones),
    Break(
        "egress",
        "Which of the NAT gateways stand in subnets that do not reach the internet directly?",
        lambda world: _open_a_second_way(world, "private_subnet_3"),
    ),
    Break(
        "egress",
        "Under which public addresses is the environment seen from outside?",
        lambda world: _open_a_second_way(world, "public_subnet_3"),
    ),
    Break("egress", "How many addresses are those?", _take_a_fourth_address),
    Break(
        "egress",
        "Which network interfaces are public, and neither a NAT gateway's nor a load balancer's?",
        _make_public,
    ),
)
