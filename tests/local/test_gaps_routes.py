"""Routes, associations and DHCP option sets as AWS keeps them; mended in local/gaps, in files of ec2_ (routes, DHCP).

Pages: CreateRoute, ReplaceRoute, DeleteRoute, AssociateRouteTable, DescribeNetworkAcls, DescribeDhcpOptions
(AWSEC2/latest/APIReference), "DHCP option sets in Amazon VPC" (vpc/latest/userguide/VPC_DHCP_Options.html).
"""

from typing import Any

import pytest

from tests.local.accounts import Account
from tests.local.stacks import fault

PEER = "10.99.0.0/16"


class Table:
    """A route table of a VPC with a subnet, an internet gateway and a peer."""

    def __init__(self) -> None:
        self.account = Account()
        self.ec2 = self.account.ec2
        self.vpc = self.account.vpc()
        self.id = self.another()
        self.subnet = self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
        self.gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
        self.ec2.attach_internet_gateway(InternetGatewayId=self.gateway, VpcId=self.vpc)
        peering = self.ec2.create_vpc_peering_connection(VpcId=self.vpc, PeerVpcId=self.account.vpc())
        self.peering = peering["VpcPeeringConnection"]["VpcPeeringConnectionId"]

    def another(self) -> str:
        return str(self.ec2.create_route_table(VpcId=self.vpc)["RouteTable"]["RouteTableId"])

    def stands(self, table: str = "") -> Any:
        return self.ec2.describe_route_tables(RouteTableIds=[table or self.id])["RouteTables"][0]

    def routes(self, **destination: str) -> list[Any]:
        return [route for route in self.stands()["Routes"] if destination.items() <= route.items()]


@pytest.fixture
def table() -> Table:
    return Table()


def test_a_route_leads_only_to_what_the_newest_call_named(table: Table) -> None:
    there = {"RouteTableId": table.id, "DestinationCidrBlock": PEER}
    table.ec2.create_route(**there, VpcPeeringConnectionId=table.peering)
    table.ec2.replace_route(**there, GatewayId=table.gateway)
    (route,) = table.routes(DestinationCidrBlock=PEER)
    assert route["GatewayId"] == table.gateway
    assert "VpcPeeringConnectionId" not in route
    assert fault(table.ec2.replace_route, **there) == "InvalidParameterCombination"


def test_a_route_of_version_six_is_made_and_deleted_by_its_own_range(table: Table) -> None:
    anywhere = {"RouteTableId": table.id, "DestinationIpv6CidrBlock": "::/0"}
    table.ec2.create_route(**anywhere, GatewayId=table.gateway)
    assert [route["GatewayId"] for route in table.routes(DestinationIpv6CidrBlock="::/0")] == [table.gateway]
    table.ec2.delete_route(**anywhere)
    assert table.routes(DestinationIpv6CidrBlock="::/0") == []
    assert fault(table.ec2.delete_route, **anywhere) == "InvalidRoute.NotFound"


def test_a_local_route_is_led_elsewhere_and_back_and_never_deleted(table: Table) -> None:
    (local,) = table.routes(GatewayId="local")
    there = {"RouteTableId": table.id, "DestinationCidrBlock": local["DestinationCidrBlock"]}
    interface = table.ec2.create_network_interface(SubnetId=table.subnet)["NetworkInterface"]["NetworkInterfaceId"]
    table.ec2.replace_route(**there, NetworkInterfaceId=interface)
    (led,) = table.routes(NetworkInterfaceId=interface)
    assert led["Origin"] == "CreateRouteTable"
    assert "GatewayId" not in led
    assert fault(table.ec2.delete_route, **there) == "InvalidParameterValue"
    table.ec2.replace_route(**there, LocalTarget=True)
    assert table.routes(GatewayId="local") == [local]


def test_a_gateway_is_associated_as_a_subnet_is(table: Table) -> None:
    association = table.ec2.associate_route_table(RouteTableId=table.id, GatewayId=table.gateway)["AssociationId"]
    other = table.another()
    moved = table.ec2.replace_route_table_association(AssociationId=association, RouteTableId=other)["NewAssociationId"]
    assert moved != association
    assert table.stands()["Associations"] == []
    (shown,) = table.stands(other)["Associations"]
    assert (shown["GatewayId"], shown["RouteTableAssociationId"]) == (table.gateway, moved)
    table.ec2.disassociate_route_table(AssociationId=moved)
    assert table.stands(other)["Associations"] == []


def test_a_network_acl_is_found_by_the_subnet_that_it_stands_before(table: Table) -> None:
    before = {"Filters": [{"Name": "association.subnet-id", "Values": [table.subnet]}]}
    (default,) = table.ec2.describe_network_acls(**before)["NetworkAcls"]
    assert default["IsDefault"]
    other = table.ec2.create_network_acl(VpcId=table.vpc)["NetworkAcl"]["NetworkAclId"]
    association = default["Associations"][0]["NetworkAclAssociationId"]
    table.ec2.replace_network_acl_association(AssociationId=association, NetworkAclId=other)
    assert [acl["NetworkAclId"] for acl in table.ec2.describe_network_acls(**before)["NetworkAcls"]] == [other]


def test_a_vpc_has_the_regions_option_set_until_it_gets_another(table: Table) -> None:
    def handed_out() -> list[str]:
        options = table.ec2.describe_vpcs(VpcIds=[table.vpc])["Vpcs"][0]["DhcpOptionsId"]
        asked = [{"Name": "dhcp-options-id", "Values": [options]}]
        sets = table.ec2.describe_dhcp_options(Filters=asked)["DhcpOptions"]
        said = [one for each in sets for one in each["DhcpConfigurations"] if one["Key"] == "domain-name-servers"]
        return [value["Value"] for one in said for value in one["Values"]]

    assert handed_out() == ["AmazonProvidedDNS"]
    servers = [{"Key": "domain-name-servers", "Values": ["203.0.113.53"]}]
    made = table.ec2.create_dhcp_options(DhcpConfigurations=servers)["DhcpOptions"]["DhcpOptionsId"]
    table.ec2.associate_dhcp_options(DhcpOptionsId=made, VpcId=table.vpc)
    assert handed_out() == ["203.0.113.53"]
    amazons = [{"Name": "value", "Values": ["AmazonProvidedDNS"]}]
    (default,) = table.ec2.describe_dhcp_options(Filters=amazons)["DhcpOptions"]
    table.ec2.associate_dhcp_options(DhcpOptionsId=default["DhcpOptionsId"], VpcId=table.vpc)
    assert handed_out() == ["AmazonProvidedDNS"]
