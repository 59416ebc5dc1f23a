"""The network: a VPC over three zones, public and private subnets, nothing that gets a public address by itself.

The private subnets take three quarters of the range, one quarter a zone (EKS gives each pod an address); the public
ones share the last quarter. A private route table a zone, so that each can leave by its own zone's NAT gateway.
"""

from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import TYPE_CHECKING

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.internet_gateway import InternetGatewayState, VpcGatewayAttachmentState
from holdfast.aws.ec2.network_acl import AS_AWS_MADE_IT, NetworkAclState
from holdfast.aws.ec2.route import RouteState
from holdfast.aws.ec2.route_table import RouteTableState
from holdfast.aws.ec2.subnet import SubnetState
from holdfast.aws.ec2.subnet_network_acl_association import SubnetNetworkAclAssociationState
from holdfast.aws.ec2.subnet_route_table_association import SubnetRouteTableAssociationState
from holdfast.aws.ec2.vpc import VpcState
from holdfast.aws.ec2.vpc_endpoint import VpcEndpointState
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.core.security_group import SecurityGroupState
from holdfast.core.site import Site
from holdfast.core.spec import Spec

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, RouteTableTypeDef, SubnetTypeDef

VPC = "${network/vpc}"
ZONES = (1, 2, 3)


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    cidr = spec.network.cidr
    yield Declared(
        "AWS::EC2::VPC",
        "vpc",
        VpcState(cidr_block=str(cidr), enable_dns_support=True, enable_dns_hostnames=True),
    )
    yield Declared("AWS::EC2::InternetGateway", "internet_gateway", InternetGatewayState())
    yield Declared(
        "AWS::EC2::VPCGatewayAttachment",
        "internet_gateway_attachment",
        VpcGatewayAttachmentState(internet_gateway_id="${network/internet_gateway}", vpc_id=VPC),
    )
    yield from _subnets(cidr, site)
    yield from _route_tables()
    yield Declared(
        "AWS::EC2::Route",
        "public_default_route",
        RouteState(
            route_table_id="${network/public_route_table}",
            destination_cidr_block="0.0.0.0/0",
            gateway_id="${network/internet_gateway_attachment.InternetGatewayId}",
        ),
    )
    yield Declared("AWS::EC2::VPCEndpoint", "s3_endpoint", _s3_endpoint(site))
    yield Declared(
        "AWS::EC2::SecurityGroup",
        "default_security_group",
        SecurityGroupState(
            group_name="default",
            group_description="default VPC security group",
            vpc_id=VPC,
            rules=frozenset(),
        ),
    )
    yield Declared("AWS::EC2::NetworkAcl", "default_network_acl", NetworkAclState(vpc_id=VPC, entries=AS_AWS_MADE_IT))
    yield from _associations()


def ranges(cidr: IPv4Network) -> tuple[list[IPv4Network], list[IPv4Network]]:
    """The private and the public subnets' ranges, one each a zone."""
    *private, rest = cidr.subnets(prefixlen_diff=2)
    public = list(rest.subnets(prefixlen_diff=2))[: len(ZONES)]
    return private, public


def _subnets(cidr: IPv4Network, site: Site) -> Iterator[Declared]:
    private, public = ranges(cidr)
    for zone in ZONES:
        for side, share, role in (
            ("public", public, "kubernetes.io/role/elb"),
            ("private", private, "kubernetes.io/role/internal-elb"),
        ):
            subnet = SubnetState(
                vpc_id=VPC,
                cidr_block=str(share[zone - 1]),
                availability_zone=site.zones[zone - 1],
                map_public_ip_on_launch=False,
                tags={role: "1"},
            )
            yield Declared("AWS::EC2::Subnet", f"{side}_subnet_{zone}", subnet)


def _route_tables() -> Iterator[Declared]:
    subnets = frozenset(f"${{network/{side}_subnet_{zone}}}" for side in ("public", "private") for zone in ZONES)
    for name in ("public_route_table", *(f"private_route_table_{zone}" for zone in ZONES)):
        yield Declared("AWS::EC2::RouteTable", name, RouteTableState(vpc_id=VPC, subnets=subnets))


def _associations() -> Iterator[Declared]:
    """Each subnet's route table and network ACL, under ids of their own."""
    for zone in ZONES:
        for subnet, table in (
            (f"public_subnet_{zone}", "public_route_table"),
            (f"private_subnet_{zone}", f"private_route_table_{zone}"),
        ):
            identity = f"${{network/{subnet}}}"
            yield Declared(
                "AWS::EC2::SubnetRouteTableAssociation",
                f"{subnet}_route_table",
                SubnetRouteTableAssociationState(subnet_id=identity, route_table_id=f"${{network/{table}}}"),
            )
            yield Declared(
                "AWS::EC2::SubnetNetworkAclAssociation",
                f"{subnet}_network_acl",
                SubnetNetworkAclAssociationState(subnet_id=identity, network_acl_id="${network/default_network_acl}"),
            )


def _s3_endpoint(site: Site) -> VpcEndpointState:
    """Open to this account's identities, and to the bucket of image layers ("Amazon ECR interface VPC endpoints")."""
    ours = {
        "Sid": "ThisAccount",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalAccount": site.account}},
    }
    images = {
        "Sid": "ImageLayers",
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:{site.partition}:s3:::prod-{site.region}-starport-layer-bucket/*",
    }
    return VpcEndpointState(
        vpc_id=VPC,
        service_name=f"com.amazonaws.{site.region}.s3",
        route_table_ids=frozenset(f"${{network/private_route_table_{zone}}}" for zone in ZONES),
        policy_document={"Version": "2012-10-17", "Statement": [ours, images]},
    )


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Walk the VPC from its subnets outwards, as a packet would."""
    ec2 = clients.ec2
    private, public = ranges(spec.network.cidr)
    vpcs = ec2.describe_vpcs(Filters=[{"Name": f"tag:{TAG_ENVIRONMENT}", "Values": [spec.name]}])["Vpcs"]
    found = [vpc["CidrBlock"] for vpc in vpcs]
    yield Finding.of("Which ranges do the environment's VPCs span?", saw=found, expected=[str(spec.network.cidr)])
    inside: FilterTypeDef = {"Name": "vpc-id", "Values": [vpc["VpcId"] for vpc in vpcs] or ["none"]}
    subnets = ec2.describe_subnets(Filters=[inside])["Subnets"]
    tables = ec2.describe_route_tables(Filters=[inside])["RouteTables"]
    yield Finding.of(
        "In which zones do the private subnets lie?",
        saw=_zones(subnets, private),
        expected=sorted(site.zones),
    )
    yield Finding.of(
        "In which zones do the public subnets lie?",
        saw=_zones(subnets, public),
        expected=sorted(site.zones),
    )
    yield Finding.of(
        "Which subnets reach the internet without a NAT gateway?",
        saw=sorted(subnet["CidrBlock"] for subnet in subnets if _leaves_directly(subnet, tables)),
        expected=sorted(map(str, public)),
    )
    yield Finding.of(
        "Which subnets hand out public addresses?",
        saw=sorted(subnet["CidrBlock"] for subnet in subnets if subnet["MapPublicIpOnLaunch"]),
        expected=[],
    )
    defaults = ec2.describe_security_group_rules(
        Filters=[{"Name": "group-id", "Values": _default_groups(clients, inside) or ["none"]}]
    )["SecurityGroupRules"]
    yield Finding.of(
        "What does the default security group let through?",
        saw=sorted(rule["SecurityGroupRuleId"] for rule in defaults),
        expected=[],
    )
    endpoints = ec2.describe_vpc_endpoints(Filters=[inside])["VpcEndpoints"]
    yield Finding.of(
        "From how many route tables does traffic to S3 stay inside AWS?",
        saw=sum(len(one["RouteTableIds"]) for one in endpoints if one["State"].lower() == "available"),
        expected=len(ZONES),
    )


def _zones(subnets: "list[SubnetTypeDef]", share: list[IPv4Network]) -> list[str]:
    """The zones of the subnets whose range is one of ``share``."""
    return sorted(subnet["AvailabilityZone"] for subnet in subnets if IPv4Network(subnet["CidrBlock"]) in share)


def _leaves_directly(subnet: "SubnetTypeDef", tables: "list[RouteTableTypeDef]") -> bool:
    """Whether the route table in force (the subnet's own, else the VPC's main one) leads to an internet gateway."""
    own = [table for table in tables if _is_associated(table, "SubnetId", subnet["SubnetId"])]
    in_force = own or [table for table in tables if _is_associated(table, "Main", expected=True)]
    return any(route.get("GatewayId", "").startswith("igw-") for table in in_force for route in table["Routes"])


def _is_associated(table: "RouteTableTypeDef", field: str, expected: object) -> bool:
    return any(association.get(field) == expected for association in table["Associations"])


def _default_groups(clients: Clients, inside: "FilterTypeDef") -> list[str]:
    named: FilterTypeDef = {"Name": "group-name", "Values": ["default"]}
    groups = clients.ec2.describe_security_groups(Filters=[inside, named])["SecurityGroups"]
    return [group["GroupId"] for group in groups]
