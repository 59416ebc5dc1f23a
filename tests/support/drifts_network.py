"""Drifts of where traffic may go: routes and who uses them, network ACLs, ways out, flow log, endpoint, names."""

import json
from ipaddress import IPv4Network
from typing import Any, Final

from botocore.exceptions import ClientError

from tests.support.drifting import Broken, Hands

VPC, DOOR, ATTACHMENT = "network/vpc", "network/internet_gateway", "network/internet_gateway_attachment"
PUBLIC: Final = "network/public_route_table"
PRIVATE, SECOND, THIRD = (f"network/private_route_table_{zone}" for zone in (1, 2, 3))
ANYWHERE: Final = "0.0.0.0/0"
PEERS: Final = "172.31.240.0/24"
LIST, ENDPOINT, FLOW_LOG = "network/default_network_acl", "network/s3_endpoint", "logs/flow_log"
SUBNET_GROUP: Final = "database/subnet_group"
TRIES: Final = 20


def _id(hands: Hands, path: str) -> str:
    """What AWS calls it now: what is made again, or moved, is called otherwise."""
    return hands.physical(path)["id"]


def _untagged(path: str, key: str = "holdfast:environment") -> Broken:
    def make(hands: Hands) -> None:
        hands.client("ec2").delete_tags(Resources=[_id(hands, path)], Tags=[{"Key": key}])

    return Broken(f"loses its tag {key}", path, "Tags", make)


def _another_vpc(hands: Hands) -> str:
    vpc: str = hands.client("ec2").create_vpc(CidrBlock=PEERS)["Vpc"]["VpcId"]
    return vpc


def _peering(hands: Hands) -> str:
    asked = hands.client("ec2").create_vpc_peering_connection(VpcId=_id(hands, VPC), PeerVpcId=_another_vpc(hands))
    peering: str = asked["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    return peering


def _another_table(hands: Hands) -> str:
    table: str = hands.client("ec2").create_route_table(VpcId=_id(hands, VPC))["RouteTable"]["RouteTableId"]
    return table


def _another_subnet(hands: Hands) -> str:
    """In the last sixteenth of the range, which no subnet of ours has."""
    *_, left = IPv4Network(hands.environment.cidr).subnets(prefixlen_diff=4)
    made = hands.client("ec2").create_subnet(VpcId=_id(hands, VPC), CidrBlock=str(left))
    subnet: str = made["Subnet"]["SubnetId"]
    return subnet


def _vpn_gateway(hands: Hands) -> str:
    ec2 = hands.client("ec2")
    gateway: str = ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"]
    ec2.attach_vpn_gateway(VpcId=_id(hands, VPC), VpnGatewayId=gateway)
    return gateway


def _routed(path: str, target: str, value: Any, **destination: str) -> Any:
    """CreateRoute in the table at ``path``; ``value`` makes what it leads to."""

    def make(hands: Hands) -> None:
        hands.client("ec2").create_route(RouteTableId=_id(hands, path), **destination, **{target: value(hands)})

    return make


def _rerouted(path: str, target: str, value: Any, destination: str = ANYWHERE) -> Any:
    """ReplaceRoute in the table at ``path``; ``value`` makes what it leads to."""

    def make(hands: Hands) -> None:
        hands.client("ec2").replace_route(
            RouteTableId=_id(hands, path), DestinationCidrBlock=destination, **{target: value(hands)}
        )

    return make


def _unrouted(path: str) -> Any:
    return lambda hands: hands.client("ec2").delete_route(RouteTableId=_id(hands, path), DestinationCidrBlock=ANYWHERE)


def _local_led_away(hands: Hands) -> None:
    """What the VPC sends to itself goes through somebody's machine."""
    interface = hands.client("ec2").create_network_interface(SubnetId=_id(hands, "network/private_subnet_1"))
    hands.client("ec2").replace_route(
        RouteTableId=_id(hands, THIRD),
        DestinationCidrBlock=hands.environment.cidr,
        NetworkInterfaceId=interface["NetworkInterface"]["NetworkInterfaceId"],
    )


def _moved(association: str, table: Any) -> Any:
    return lambda hands: hands.client("ec2").replace_route_table_association(
        AssociationId=_id(hands, association), RouteTableId=table(hands)
    )


def _behind_another_list(hands: Hands) -> None:
    ec2 = hands.client("ec2")
    another = ec2.create_network_acl(VpcId=_id(hands, VPC))["NetworkAcl"]["NetworkAclId"]
    ec2.replace_network_acl_association(
        AssociationId=_id(hands, "network/private_subnet_2_network_acl"), NetworkAclId=another
    )


def _entry(call: str, number: int, action: str) -> Any:
    def make(hands: Hands) -> None:
        getattr(hands.client("ec2"), call)(
            NetworkAclId=_id(hands, LIST),
            RuleNumber=number,
            Protocol="-1",
            RuleAction=action,
            Egress=False,
            CidrBlock=ANYWHERE,
        )

    return make


def _other_names(hands: Hands) -> None:
    servers = [{"Key": "domain-name-servers", "Values": ["203.0.113.53"]}]
    options = hands.client("ec2").create_dhcp_options(DhcpConfigurations=servers)["DhcpOptions"]["DhcpOptionsId"]
    hands.client("ec2").associate_dhcp_options(DhcpOptionsId=options, VpcId=_id(hands, VPC))


def _attribute(name: str) -> Any:
    return lambda hands: hands.client("ec2").modify_vpc_attribute(VpcId=_id(hands, VPC), **{name: {"Value": False}})


def _detached(hands: Hands) -> None:
    hands.client("ec2").detach_internet_gateway(InternetGatewayId=_id(hands, DOOR), VpcId=_id(hands, VPC))


def _attached_elsewhere(hands: Hands) -> None:
    """As often as it takes: a gateway that is taken off is back within the second, and then is not free."""
    another, ec2 = _another_vpc(hands), hands.client("ec2")
    for _ in range(TRIES):
        _detached(hands)
        try:
            ec2.attach_internet_gateway(InternetGatewayId=_id(hands, DOOR), VpcId=another)
        except ClientError as error:
            if error.response["Error"]["Code"] != "Resource.AlreadyAssociated":
                raise
        else:
            return
    raise AssertionError(f"the gateway was back {TRIES} times before it could be attached elsewhere")


def _endpoint(**changes: Any) -> Any:
    """ModifyVpcEndpoint; what is a function makes its value."""

    def make(hands: Hands) -> None:
        values = {name: value(hands) if callable(value) else value for name, value in changes.items()}
        hands.client("ec2").modify_vpc_endpoint(VpcEndpointId=_id(hands, ENDPOINT), **values)

    return make


def _subnet_group(hands: Hands, description: str = "", *more: str) -> None:
    rds, name = hands.client("rds"), _id(hands, SUBNET_GROUP)
    (group,) = rds.describe_db_subnet_groups(DBSubnetGroupName=name)["DBSubnetGroups"]
    rds.modify_db_subnet_group(
        DBSubnetGroupName=name,
        DBSubnetGroupDescription=description or group["DBSubnetGroupDescription"],
        SubnetIds=[*(subnet["SubnetIdentifier"] for subnet in group["Subnets"]), *more],
    )


ALL_OF_S3: Final = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}]}
)

DRIFTS: Final = (
    Broken("DNS names off", VPC, "EnableDnsHostnames", _attribute("EnableDnsHostnames")),
    Broken("DNS off", VPC, "EnableDnsSupport", _attribute("EnableDnsSupport")),
    Broken("names answered by another server", VPC, "DomainNameServers", _other_names),
    _untagged(VPC),
    _untagged(DOOR),
    Broken("gateway taken off", ATTACHMENT, "stands", _detached),
    Broken("gateway attached to another VPC", ATTACHMENT, "VpcId", _attached_elsewhere),
    Broken(
        "a route to a peer",
        PRIVATE,
        "Routes",
        _routed(PRIVATE, "VpcPeeringConnectionId", _peering, DestinationCidrBlock=PEERS),
    ),
    Broken(
        "a route of version 6",
        SECOND,
        "Routes",
        _routed(SECOND, "GatewayId", lambda hands: _id(hands, DOOR), DestinationIpv6CidrBlock="::/0"),
    ),
    Broken(
        "a part of the internet past the NAT gateway",
        SECOND,
        "Routes",
        _routed(SECOND, "GatewayId", lambda hands: _id(hands, DOOR), DestinationCidrBlock="198.51.100.0/24"),
    ),
    Broken("the local route led through a machine", THIRD, "Routes", _local_led_away),
    Broken(
        "routes written by a VPN gateway",
        SECOND,
        "PropagatingVgws",
        lambda hands: hands.client("ec2").enable_vgw_route_propagation(
            RouteTableId=_id(hands, SECOND), GatewayId=_vpn_gateway(hands)
        ),
    ),
    Broken(
        "a foreign subnet uses it",
        PUBLIC,
        "Subnets",
        lambda hands: hands.client("ec2").associate_route_table(
            RouteTableId=_id(hands, PUBLIC), SubnetId=_another_subnet(hands)
        ),
    ),
    Broken(
        "what comes in is routed by it",
        THIRD,
        "Gateways",
        lambda hands: hands.client("ec2").associate_route_table(
            RouteTableId=_id(hands, THIRD), GatewayId=_id(hands, DOOR)
        ),
    ),
    _untagged(PUBLIC),
    _untagged(THIRD, "holdfast:layer"),
    Broken("deleted", "network/public_default_route", "stands", _unrouted(PUBLIC)),
    Broken(
        "led to a peer",
        "network/public_default_route",
        "GatewayId",
        _rerouted(PUBLIC, "VpcPeeringConnectionId", _peering),
    ),
    Broken("deleted", "egress/default_route_1", "stands", _unrouted(PRIVATE)),
    Broken(
        "led past the NAT gateway",
        "egress/default_route_1",
        "NatGatewayId",
        _rerouted(PRIVATE, "GatewayId", lambda hands: _id(hands, DOOR)),
    ),
    Broken(
        "led to another zone's NAT gateway",
        "egress/default_route_1",
        "NatGatewayId",
        _rerouted(PRIVATE, "NatGatewayId", lambda hands: _id(hands, "egress/nat_gateway_2")),
    ),
    Broken(
        "moved to a table of somebody's",
        "network/private_subnet_1_route_table",
        "RouteTableId",
        _moved("network/private_subnet_1_route_table", _another_table),
    ),
    Broken(
        "moved to the public table",
        "network/private_subnet_2_route_table",
        "RouteTableId",
        _moved("network/private_subnet_2_route_table", lambda hands: _id(hands, PUBLIC)),
    ),
    Broken(
        "taken off its table",
        "network/private_subnet_3_route_table",
        "stands",
        lambda hands: hands.client("ec2").disassociate_route_table(
            AssociationId=_id(hands, "network/private_subnet_3_route_table")
        ),
    ),
    Broken("an entry more", LIST, "Entries", _entry("create_network_acl_entry", 90, "deny")),
    Broken("an entry rewritten", LIST, "Entries", _entry("replace_network_acl_entry", 100, "deny")),
    Broken(
        "an entry deleted",
        LIST,
        "Entries",
        lambda hands: hands.client("ec2").delete_network_acl_entry(
            NetworkAclId=_id(hands, LIST), RuleNumber=100, Egress=True
        ),
    ),
    _untagged(LIST),
    Broken("behind another network ACL", "network/private_subnet_2_network_acl", "NetworkAclId", _behind_another_list),
    _untagged("egress/address_1"),
    _untagged("egress/nat_gateway_1"),
    Broken(
        "deleted",
        "egress/nat_gateway_3",
        "stands",
        lambda hands: hands.client("ec2").delete_nat_gateway(NatGatewayId=_id(hands, "egress/nat_gateway_3")),
    ),
    _untagged(FLOW_LOG),
    Broken(
        "deleted",
        FLOW_LOG,
        "stands",
        lambda hands: hands.client("ec2").delete_flow_logs(FlowLogIds=[_id(hands, FLOW_LOG)]),
    ),
    Broken("every bucket may be reached", ENDPOINT, "PolicyDocument", _endpoint(PolicyDocument=ALL_OF_S3)),
    Broken(
        "a table taken off",
        ENDPOINT,
        "RouteTableIds",
        _endpoint(RemoveRouteTableIds=lambda hands: [_id(hands, PRIVATE)]),
    ),
    Broken(
        "used by another table",
        ENDPOINT,
        "RouteTableIds",
        _endpoint(AddRouteTableIds=lambda hands: [_another_table(hands)]),
    ),
    _untagged(ENDPOINT),
    Broken(
        "deleted",
        ENDPOINT,
        "stands",
        lambda hands: hands.client("ec2").delete_vpc_endpoints(VpcEndpointIds=[_id(hands, ENDPOINT)]),
    ),
    Broken(
        "deleted",
        "file_storage/mount_target_1",
        "stands",
        lambda hands: hands.client("efs").delete_mount_target(MountTargetId=_id(hands, "file_storage/mount_target_1")),
    ),
    Broken("described otherwise", SUBNET_GROUP, "DBSubnetGroupDescription", lambda hands: _subnet_group(hands, "mine")),
    Broken(
        "a public subnet more",
        SUBNET_GROUP,
        "SubnetIds",
        lambda hands: _subnet_group(hands, "", _id(hands, "network/public_subnet_1")),
    ),
    Broken(
        "a tag taken off",
        SUBNET_GROUP,
        "Tags",
        lambda hands: hands.client("rds").remove_tags_from_resource(
            ResourceName=hands.physical(SUBNET_GROUP)["Arn"], TagKeys=["holdfast:layer"]
        ),
    ),
)
