"""VPCs and what is in them, as AWS makes and guards them; mended in local/gaps/ec2_networks.py, ec2_routes.py,
ec2_endpoints.py and ec2_interfaces.py.

Pages: CreateVpc, CreateSubnet, DeleteVpc, AssociateRouteTable, CreateVpcEndpoint, CreateFlowLogs
(AWSEC2/latest/APIReference), "Gateway endpoints" (vpc/latest/privatelink/gateway-endpoints.html), "IAM role for
publishing flow logs to CloudWatch Logs" (vpc/latest/userguide/flow-logs-iam-role.html).
"""

import json
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.local.accounts import Account, allowing
from tests.local.stacks import fault

S3: Final = "com.amazonaws.eu-west-1.s3"


class Network:
    def __init__(self) -> None:
        self.account = Account()
        self.ec2 = self.account.ec2
        self.vpc = self.account.vpc()
        self.in_vpc: Any = [{"Name": "vpc-id", "Values": [self.vpc]}]

    def subnet(self, cidr: str = "10.0.1.0/24", **more: str) -> str:
        return str(self.ec2.create_subnet(VpcId=self.vpc, CidrBlock=cidr, **more)["Subnet"]["SubnetId"])

    def table(self, **more: str) -> str:
        return str(self.ec2.create_route_table(VpcId=self.vpc, **more)["RouteTable"]["RouteTableId"])

    def gateway(self) -> str:
        return str(self.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"])


@pytest.fixture
def network() -> Network:
    return Network()


def test_the_region_has_three_zones(network: Network) -> None:
    zones = network.ec2.describe_availability_zones()["AvailabilityZones"]
    assert [zone["ZoneName"] for zone in zones] == ["eu-west-1a", "eu-west-1b", "eu-west-1c"]


def test_ranges_are_canonical(network: Network) -> None:
    assert network.ec2.create_vpc(CidrBlock="10.68.0.18/18")["Vpc"]["CidrBlock"] == "10.68.0.0/18"


@pytest.mark.parametrize(
    ("code", "arguments"),
    [
        ("InvalidSubnet.Range", {"CidrBlock": "10.1.0.0/24"}),
        ("InvalidSubnet.Range", {"CidrBlock": "10.0.0.0/29"}),
        ("InvalidSubnet.Conflict", {"CidrBlock": "10.0.1.128/25"}),
        ("InvalidParameterValue", {"CidrBlock": "10.0.2.0/24", "AvailabilityZone": "eu-west-1d"}),
        ("InvalidVpcID.NotFound", {"CidrBlock": "10.0.2.0/24", "VpcId": "vpc-00000000000000000"}),
    ],
)
def test_a_subnet_fits_its_vpc_and_its_zone(network: Network, code: str, arguments: dict[str, str]) -> None:
    network.subnet()
    assert fault(network.ec2.create_subnet, **{"VpcId": network.vpc} | arguments) == code


def test_a_vpc_s_range_has_a_size(network: Network) -> None:
    assert fault(network.ec2.create_vpc, CidrBlock="10.0.0.0/15") == "InvalidVpc.Range"


def test_an_account_has_five_vpcs_unless_raised(network: Network) -> None:
    quotas = network.account.root("service-quotas")
    quota = quotas.get_service_quota(ServiceCode="vpc", QuotaCode="L-F678F1CE")["Quota"]
    there = len(network.ec2.describe_vpcs()["Vpcs"])
    for number in range(there, int(quota["Value"])):
        network.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")
    assert quota["Value"] == 5
    assert fault(network.ec2.create_vpc, CidrBlock="10.99.0.0/16") == "VpcLimitExceeded"


def test_a_new_subnet_is_in_the_default_network_acl_until_it_is_moved(network: Network) -> None:
    subnet = network.subnet()
    default = network.ec2.describe_network_acls(Filters=network.in_vpc)["NetworkAcls"][0]
    associations = default["Associations"]
    assert [each["SubnetId"] for each in associations] == [subnet]
    other = network.ec2.create_network_acl(VpcId=network.vpc)["NetworkAcl"]["NetworkAclId"]
    moved = {"AssociationId": associations[0]["NetworkAclAssociationId"], "NetworkAclId": other}
    network.ec2.replace_network_acl_association(**moved)
    acls = network.ec2.describe_network_acls(Filters=network.in_vpc)["NetworkAcls"]
    assert {acl["NetworkAclId"]: len(acl["Associations"]) for acl in acls} == {default["NetworkAclId"]: 0, other: 1}


def test_attributes_change_one_at_a_time(network: Network) -> None:
    both: Any = {"EnableDnsSupport": {"Value": True}, "EnableDnsHostnames": {"Value": True}}
    assert fault(network.ec2.modify_vpc_attribute, VpcId=network.vpc, **both) == "InvalidParameterCombination"
    network.ec2.modify_vpc_attribute(VpcId=network.vpc, EnableDnsHostnames={"Value": True})
    found = network.ec2.describe_vpc_attribute(VpcId=network.vpc, Attribute="enableDnsHostnames")
    assert found["EnableDnsHostnames"]["Value"]


def test_a_client_token_makes_one_route_table(network: Network) -> None:
    token = uuid4().hex
    assert network.table(ClientToken=token) == network.table(ClientToken=token)
    other = {"VpcId": network.account.vpc(), "ClientToken": token}
    assert fault(network.ec2.create_route_table, **other) == "IdempotentParameterMismatch"


def test_a_subnet_has_one_route_table_and_a_destination_one_route(network: Network) -> None:
    table, subnet, gateway = network.table(), network.subnet(), network.gateway()
    network.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    again = {"RouteTableId": network.table(), "SubnetId": subnet}
    assert fault(network.ec2.associate_route_table, **again) == "Resource.AlreadyAssociated"
    out = {"RouteTableId": table, "DestinationCidrBlock": "0.0.0.0/0", "GatewayId": gateway}
    assert fault(network.ec2.create_route, **out) == "InvalidParameterValue", "the gateway is not attached"
    network.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    network.ec2.create_route(**out)
    assert fault(network.ec2.create_route, **out) == "RouteAlreadyExists"


def test_a_vpc_has_one_internet_gateway(network: Network) -> None:
    gateways = [network.gateway(), network.gateway()]
    assert fault(network.ec2.detach_internet_gateway, InternetGatewayId=gateways[0], VpcId=network.vpc) == (
        "Gateway.NotAttached"
    )
    network.ec2.attach_internet_gateway(InternetGatewayId=gateways[0], VpcId=network.vpc)
    second = {"InternetGatewayId": gateways[1], "VpcId": network.vpc}
    assert fault(network.ec2.attach_internet_gateway, **second) == "InvalidParameterValue"


def test_nothing_in_use_is_deleted(network: Network) -> None:
    table, subnet, gateway = network.table(), network.subnet(), network.gateway()
    network.ec2.attach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    network.ec2.associate_route_table(RouteTableId=table, SubnetId=subnet)
    interface = network.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
    refusals = {
        fault(network.ec2.delete_internet_gateway, InternetGatewayId=gateway),
        fault(network.ec2.delete_route_table, RouteTableId=table),
        fault(network.ec2.delete_subnet, SubnetId=subnet),
        fault(network.ec2.delete_vpc, VpcId=network.vpc),
    }
    assert refusals == {"DependencyViolation"}
    network.ec2.delete_network_interface(NetworkInterfaceId=interface)
    network.ec2.delete_subnet(SubnetId=subnet)
    network.ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=network.vpc)
    assert fault(network.ec2.delete_vpc, VpcId=network.vpc) == "DependencyViolation", "the route table is left"
    network.ec2.delete_route_table(RouteTableId=table)
    network.ec2.delete_vpc(VpcId=network.vpc)


def test_a_gateway_endpoint_is_one_a_token_and_a_route_in_its_tables(network: Network) -> None:
    table, policy = network.table(), json.dumps({"Version": "2012-10-17", "Statement": []})
    wanted: Any = {"VpcId": network.vpc, "ServiceName": S3, "RouteTableIds": [table], "PolicyDocument": policy}
    wanted["TagSpecifications"] = [{"ResourceType": "vpc-endpoint", "Tags": [{"Key": "k", "Value": "v"}]}]
    token = uuid4().hex
    made = [
        network.ec2.create_vpc_endpoint(**wanted, ClientToken=token)["VpcEndpoint"]["VpcEndpointId"] for _ in range(2)
    ]
    found = network.ec2.describe_vpc_endpoints(Filters=[*network.in_vpc, {"Name": "tag:k", "Values": ["v"]}])
    assert [each["VpcEndpointId"] for each in found["VpcEndpoints"]] == made[:1] == made[1:]
    assert found["VpcEndpoints"][0]["PolicyDocument"] == policy
    routes = network.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert [route["GatewayId"] for route in routes if "DestinationPrefixListId" in route] == made[:1]
    assert fault(network.ec2.create_vpc_endpoint, **wanted) == "RouteAlreadyExists"
    network.ec2.delete_vpc_endpoints(VpcEndpointIds=made[:1])
    routes = network.ec2.describe_route_tables(RouteTableIds=[table])["RouteTables"][0]["Routes"]
    assert [route["GatewayId"] for route in routes] == ["local"]


def test_a_flow_log_keeps_what_it_was_given_and_says_whether_it_delivers(network: Network) -> None:
    iam, name = network.account.root("iam"), uuid4().hex
    trust = allowing({"Principal": {"Service": "vpc-flow-logs.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    network.account.root("logs").create_log_group(logGroupName="/flow")
    wanted: Any = {"ResourceIds": [network.vpc], "ResourceType": "VPC", "TrafficType": "ALL", "LogGroupName": "/flow"}
    wanted |= {"DeliverLogsPermissionArn": role, "MaxAggregationInterval": 60}
    wanted["TagSpecifications"] = [{"ResourceType": "vpc-flow-log", "Tags": [{"Key": "k", "Value": "v"}]}]
    token = uuid4().hex
    made = [network.ec2.create_flow_logs(**wanted, ClientToken=token)["FlowLogIds"] for _ in range(2)]
    assert made[0] == made[1]
    twin = network.ec2.create_flow_logs(**wanted)["Unsuccessful"]
    assert [each["Error"]["Code"] for each in twin] == ["FlowLogAlreadyExists"]

    filters = [{"Name": "resource-id", "Values": [network.vpc]}]
    found = network.ec2.describe_flow_logs(Filters=filters)["FlowLogs"][0]
    assert found["DeliverLogsPermissionArn"] == role
    assert (found["LogGroupName"], found["MaxAggregationInterval"], found["Tags"]) == (
        "/flow",
        60,
        [{"Key": "k", "Value": "v"}],
    )
    assert (found["DeliverLogsStatus"], found["DeliverLogsErrorMessage"]) == ("FAILED", "Access error")
    written = ["logs:CreateLogStream", "logs:PutLogEvents", "logs:Describe*"]
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allowing({"Action": written, "Resource": "*"}))
    assert network.ec2.describe_flow_logs(Filters=filters)["FlowLogs"][0]["DeliverLogsStatus"] == "SUCCESS"


def test_interfaces_are_found_by_filters_and_keep_their_tags(network: Network) -> None:
    """DescribeNetworkInterfaces, CreateNetworkInterface (EC2 API reference)."""
    tagged = [{"ResourceType": "network-interface", "Tags": [{"Key": "of", "Value": "mine"}]}]
    mine, other = (
        network.ec2.create_network_interface(SubnetId=network.subnet(cidr), TagSpecifications=given)[
            "NetworkInterface"
        ]["NetworkInterfaceId"]
        for cidr, given in (("10.0.1.0/24", tagged), ("10.0.2.0/24", []))
    )
    assert _interfaces(network, "vpc-id", network.vpc) == {mine: [{"Key": "of", "Value": "mine"}], other: []}
    assert _interfaces(network, "network-interface-id", mine).keys() == {mine}
    assert _interfaces(network, "tag:of", "mine").keys() == {mine}
    assert _interfaces(network, "status", "in-use") == {}
    network.ec2.delete_network_interface(NetworkInterfaceId=mine)
    assert _interfaces(network, "vpc-id", network.vpc).keys() == {other}
    assert fault(network.ec2.delete_network_interface, NetworkInterfaceId=mine) == "InvalidNetworkInterfaceID.NotFound"


def _interfaces(network: Network, name: str, value: str) -> dict[str, Any]:
    found = network.ec2.describe_network_interfaces(Filters=[{"Name": name, "Values": [value]}])["NetworkInterfaces"]
    return {one["NetworkInterfaceId"]: one["TagSet"] for one in found}


def test_an_attached_interface_is_not_deleted(network: Network) -> None:
    """DeleteNetworkInterface: "You must detach the network interface before you can delete it"."""
    made = network.ec2.create_network_interface(SubnetId=network.subnet())["NetworkInterface"]["NetworkInterfaceId"]
    instance = network.ec2.run_instances(ImageId="ami-0", MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    attached = network.ec2.attach_network_interface(NetworkInterfaceId=made, InstanceId=instance, DeviceIndex=1)
    assert fault(network.ec2.delete_network_interface, NetworkInterfaceId=made) == "InvalidNetworkInterface.InUse"
    network.ec2.detach_network_interface(AttachmentId=attached["AttachmentId"])
    network.ec2.delete_network_interface(NetworkInterfaceId=made)
