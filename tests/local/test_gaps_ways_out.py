"""Elastic IP addresses and NAT gateways as AWS makes and guards them; mended in local/gaps/ec2_ways_out.py.

Pages: NatGateway, CreateRoute, ReplaceRoute, ReleaseAddress (AWSEC2/latest/APIReference/API_NatGateway.html),
"Troubleshoot NAT gateways" (vpc/latest/userguide/nat-gateway-troubleshooting.html).
"""

import time
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.local.accounts import TAG, Account, refused, tags_for
from tests.local.stacks import fault

ANYWHERE: Final = "0.0.0.0/0"


class Way:
    """A VPC with an internet gateway, a subnet and an address."""

    def __init__(self, *, attached: bool = True) -> None:
        self.account = Account()
        self.ec2 = self.account.ec2
        self.vpc = self.account.vpc()
        self.subnet = str(self.ec2.create_subnet(VpcId=self.vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"])
        self.address = str(self.ec2.allocate_address(Domain="vpc")["AllocationId"])
        if attached:
            gateway = self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
            self.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=self.vpc)

    def gateway(self, **more: Any) -> str:
        asked = {"SubnetId": self.subnet, "AllocationId": self.address} | more
        return str(self.ec2.create_nat_gateway(**asked)["NatGateway"]["NatGatewayId"])

    def ended(self, gateway: str) -> dict[str, Any]:
        """The gateway once it is pending no more."""
        deadline = time.monotonic() + 10
        while (shown := self.shown(gateway))["State"] == "pending" and time.monotonic() < deadline:
            time.sleep(0.05)
        return shown

    def shown(self, gateway: str) -> dict[str, Any]:
        shown: dict[str, Any] = self.ec2.describe_nat_gateways(NatGatewayIds=[gateway])["NatGateways"][0]
        return shown


@pytest.fixture
def way() -> Way:
    return Way()


def test_a_gateway_is_pending_then_available_and_holds_its_address(way: Way) -> None:
    gateway = way.gateway()
    assert way.shown(gateway)["State"] == "pending"
    assert way.ended(gateway)["State"] == "available"
    held = way.ec2.describe_addresses(Filters=[{"Name": "allocation-id", "Values": [way.address]}])["Addresses"][0]
    shown = way.shown(gateway)["NatGatewayAddresses"][0]
    assert (shown["AllocationId"], shown["PublicIp"]) == (way.address, held["PublicIp"])
    assert shown["NetworkInterfaceId"] == held["NetworkInterfaceId"]
    assert fault(way.ec2.release_address, AllocationId=way.address) == "InvalidIPAddress.InUse"
    way.ec2.delete_nat_gateway(NatGatewayId=gateway)
    way.ec2.release_address(AllocationId=way.address)
    assert way.ec2.describe_addresses()["Addresses"] == []


@pytest.mark.parametrize(
    ("attached", "address", "code"),
    [
        (False, None, "Gateway.NotAttached"),
        (True, "eipalloc-00000000000000000", "InvalidAllocationID.NotFound"),
    ],
)
def test_a_gateway_that_cannot_be_fails_and_says_why(*, attached: bool, address: str | None, code: str) -> None:
    way = Way(attached=attached)
    shown = way.ended(way.gateway(**({"AllocationId": address} if address else {})))
    assert (shown["State"], shown["FailureCode"]) == ("failed", code)
    assert shown["FailureMessage"]


def test_an_address_is_held_once(way: Way) -> None:
    way.gateway()
    assert way.ended(way.gateway())["FailureCode"] == "Resource.AlreadyAssociated"


def test_a_client_token_makes_one_gateway(way: Way) -> None:
    token = uuid4().hex
    assert way.gateway(ClientToken=token) == way.gateway(ClientToken=token)


def test_both_are_found_by_their_tags(way: Way) -> None:
    tagged = way.ec2.allocate_address(Domain="vpc", **tags_for("elastic-ip", "atlas"))["AllocationId"]
    gateway = way.gateway(AllocationId=tagged, **tags_for("natgateway", "atlas"))
    ours = [{"Name": f"tag:{TAG}", "Values": ["atlas"]}]
    assert [one["AllocationId"] for one in way.ec2.describe_addresses(Filters=ours)["Addresses"]] == [tagged]
    assert [one["NatGatewayId"] for one in way.ec2.describe_nat_gateways(Filters=ours)["NatGateways"]] == [gateway]


def test_a_route_leads_to_a_gateway_that_stands_and_only_what_is_there_is_replaced(way: Way) -> None:
    table = way.ec2.create_route_table(VpcId=way.vpc)["RouteTable"]["RouteTableId"]
    out = {"RouteTableId": table, "DestinationCidrBlock": ANYWHERE, "NatGatewayId": way.gateway()}
    assert fault(way.ec2.replace_route, **out) == "InvalidParameterValue"
    nowhere = out | {"NatGatewayId": "nat-00000000000000000"}
    assert fault(way.ec2.create_route, **nowhere) == "InvalidNatGatewayID.NotFound"
    way.ec2.create_route(**out)
    other = Way()
    foreign = other.account.ec2.create_route_table(VpcId=other.vpc)["RouteTable"]["RouteTableId"]
    assert fault(other.ec2.create_route, **out | {"RouteTableId": foreign}) == "InvalidNatGatewayID.NotFound"


def test_a_gateway_is_made_only_from_what_is_ours(way: Way) -> None:
    ours = {"Null": {f"aws:ResourceTag/{TAG}": "false"}}
    made = {"Null": {f"aws:RequestTag/{TAG}": "false"}}
    natgateway, tag = way.account.arn("ec2", "natgateway/*"), {"Action": "ec2:CreateTags", "Resource": "*"}
    user = way.account.user(
        {"Action": "ec2:CreateNatGateway", "Resource": natgateway, "Condition": made},
        {"Action": "ec2:CreateNatGateway", "Resource": "*", "Condition": ours},
        tag,
    )("ec2")
    asked = {"SubnetId": way.subnet, "AllocationId": way.address, **tags_for("natgateway", "atlas")}
    assert f"elastic-ip/{way.address}" in refused(user.create_nat_gateway, **asked)
    way.ec2.create_tags(Resources=[way.subnet, way.address], Tags=[{"Key": TAG, "Value": "atlas"}])
    user.create_nat_gateway(**asked)
