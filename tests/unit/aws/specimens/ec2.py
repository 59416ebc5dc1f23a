"""Specimens of EC2."""

import json
from typing import TYPE_CHECKING, Final

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.flow_log import FlowLogState
from holdfast.aws.ec2.internet_gateway import InternetGatewayState, VpcGatewayAttachmentState
from holdfast.aws.ec2.network_acl import AS_AWS_MADE_IT, NetworkAclState
from holdfast.aws.ec2.network_interface import NetworkInterfaceState
from holdfast.aws.ec2.resource import tag_list
from holdfast.aws.ec2.route import RouteState
from holdfast.aws.ec2.route_table import RouteTableState
from holdfast.aws.ec2.subnet import SubnetState
from holdfast.aws.ec2.subnet_network_acl_association import SubnetNetworkAclAssociationState
from holdfast.aws.ec2.subnet_route_table_association import SubnetRouteTableAssociationState
from holdfast.aws.ec2.vpc import VpcState
from holdfast.aws.ec2.vpc_endpoint import VpcEndpointState
from holdfast.core.resource import Desired
from holdfast.core.security_group import SecurityGroupState, tcp
from tests.unit.aws.specimens.specimen import TAGS, Deed, Specimen, policy

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FilterTypeDef, NewDhcpConfigurationTypeDef


def vpc(clients: Clients, cidr: str = "10.20.0.0/16") -> str:
    return clients.ec2.create_vpc(CidrBlock=cidr)["Vpc"]["VpcId"]


def subnet(clients: Clients, network: str, cidr: str = "10.20.1.0/24") -> str:
    return clients.ec2.create_subnet(VpcId=network, CidrBlock=cidr)["Subnet"]["SubnetId"]


def table(clients: Clients, network: str) -> str:
    return clients.ec2.create_route_table(VpcId=network)["RouteTable"]["RouteTableId"]


def gateway(clients: Clients, network: str) -> str:
    made = clients.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    clients.ec2.attach_internet_gateway(InternetGatewayId=made, VpcId=network)
    return made


def vpc_of(clients: Clients, identity: str) -> str:
    """The VPC of the subnet or route table ``identity``."""
    if identity.startswith("subnet-"):
        return clients.ec2.describe_subnets(SubnetIds=[identity])["Subnets"][0]["VpcId"]
    return clients.ec2.describe_route_tables(RouteTableIds=[identity])["RouteTables"][0]["VpcId"]


def _strip(clients: Clients, identity: str) -> None:
    clients.ec2.delete_tags(Resources=[identity], Tags=[{"Key": "holdfast:environment"}])


def _claim(clients: Clients, identity: str) -> None:
    clients.ec2.create_tags(Resources=[identity], Tags=[{"Key": "holdfast:environment", "Value": "other"}])


TAG_DEEDS: Final[dict[str, Deed]] = {"strips our tag": _strip, "claims it by our tag": _claim}


def _promise_interface(clients: Clients) -> Desired:
    """As a teardown finds it: somebody else made it, and reclaim has put our tags on."""
    inside, called = subnet(clients, vpc(clients)), "aws-K8S-i-0123456789abcdef0"
    made = clients.ec2.create_network_interface(SubnetId=inside, Description=called)["NetworkInterface"]
    clients.ec2.create_tags(Resources=[made["NetworkInterfaceId"]], Tags=tag_list(TAGS))
    return NetworkInterfaceState(subnet_id=inside, description=called, tags=TAGS)


def _promise_attachment(clients: Clients) -> Desired:
    made = clients.ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    return VpcGatewayAttachmentState(internet_gateway_id=made, vpc_id=vpc(clients))


def _move(clients: Clients, identity: str) -> None:
    home = identity.removeprefix("IGW|")
    attached = clients.ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [home]}])
    moved = attached["InternetGateways"][0]["InternetGatewayId"]
    clients.ec2.detach_internet_gateway(InternetGatewayId=moved, VpcId=home)
    clients.ec2.attach_internet_gateway(InternetGatewayId=moved, VpcId=vpc(clients, "10.99.0.0/16"))


def _promise_subnet(clients: Clients) -> Desired:
    return SubnetState(
        vpc_id=vpc(clients),
        cidr_block="10.20.1.0/24",
        availability_zone="eu-west-1a",
        map_public_ip_on_launch=False,
        tags=TAGS,
    )


def _promise_route_table(clients: Clients) -> Desired:
    network = vpc(clients)
    subnets = frozenset({subnet(clients, network), subnet(clients, network, "10.20.2.0/24")})
    return RouteTableState(vpc_id=network, subnets=subnets, tags=TAGS)


def _associate_another(clients: Clients, identity: str) -> None:
    another = subnet(clients, vpc_of(clients, identity), "10.20.9.0/24")
    clients.ec2.associate_route_table(RouteTableId=identity, SubnetId=another)


def _associate_a_gateway(clients: Clients, identity: str) -> None:
    door = gateway(clients, vpc_of(clients, identity))
    clients.ec2.associate_route_table(RouteTableId=identity, GatewayId=door)


def _route_to_a_peer(clients: Clients, identity: str) -> None:
    peering = clients.ec2.create_vpc_peering_connection(
        VpcId=vpc_of(clients, identity), PeerVpcId=vpc(clients, "10.99.0.0/16")
    )["VpcPeeringConnection"]["VpcPeeringConnectionId"]
    clients.ec2.create_route(RouteTableId=identity, DestinationCidrBlock="10.99.0.0/16", VpcPeeringConnectionId=peering)


def _route_version_six(clients: Clients, identity: str) -> None:
    clients.ec2.create_route(
        RouteTableId=identity,
        DestinationIpv6CidrBlock="::/0",
        GatewayId=gateway(clients, vpc_of(clients, identity)),
    )


def _promise_table_association(clients: Clients) -> Desired:
    network = vpc(clients)
    return SubnetRouteTableAssociationState(subnet_id=subnet(clients, network), route_table_id=table(clients, network))


def _move_to_another_table(clients: Clients, identity: str) -> None:
    own: FilterTypeDef = {"Name": "association.route-table-association-id", "Values": [identity]}
    network = clients.ec2.describe_route_tables(Filters=[own])["RouteTables"][0]["VpcId"]
    clients.ec2.replace_route_table_association(AssociationId=identity, RouteTableId=table(clients, network))


def _promise_list_association(clients: Clients) -> Desired:
    network = vpc(clients)
    acls = clients.ec2.describe_network_acls(Filters=[{"Name": "vpc-id", "Values": [network]}])["NetworkAcls"]
    return SubnetNetworkAclAssociationState(subnet_id=subnet(clients, network), network_acl_id=acls[0]["NetworkAclId"])


def _move_behind_another_list(clients: Clients, identity: str) -> None:
    own: FilterTypeDef = {"Name": "association.association-id", "Values": [identity]}
    network = clients.ec2.describe_network_acls(Filters=[own])["NetworkAcls"][0]["VpcId"]
    another = clients.ec2.create_network_acl(VpcId=network)["NetworkAcl"]["NetworkAclId"]
    clients.ec2.replace_network_acl_association(AssociationId=identity, NetworkAclId=another)


def _answer_for_every_name(clients: Clients, identity: str) -> None:
    servers: list[NewDhcpConfigurationTypeDef] = [{"Key": "domain-name-servers", "Values": ["203.0.113.53"]}]
    made = clients.ec2.create_dhcp_options(DhcpConfigurations=servers)["DhcpOptions"]["DhcpOptionsId"]
    clients.ec2.associate_dhcp_options(DhcpOptionsId=made, VpcId=identity)


def _promise_route(clients: Clients) -> Desired:
    network = vpc(clients)
    return RouteState(
        route_table_id=table(clients, network), destination_cidr_block="0.0.0.0/0", gateway_id=gateway(clients, network)
    )


def _reroute(clients: Clients, identity: str) -> None:
    home, _, destination = identity.partition("|")
    elsewhere = vpc(clients, "10.99.0.0/16")
    clients.ec2.replace_route(
        RouteTableId=home, DestinationCidrBlock=destination, GatewayId=gateway(clients, elsewhere)
    )


def _promise_network_acl(clients: Clients) -> Desired:
    return NetworkAclState(vpc_id=vpc(clients), entries=AS_AWS_MADE_IT, tags=TAGS)


def _deny(number: int) -> Deed:
    return lambda clients, identity: clients.ec2.create_network_acl_entry(
        NetworkAclId=identity, RuleNumber=number, Protocol="6", RuleAction="deny", Egress=False,
        CidrBlock="0.0.0.0/0", PortRange={"From": 443, "To": 443},
    )  # fmt: skip


def _promise_endpoint(clients: Clients) -> Desired:
    network = vpc(clients)
    return VpcEndpointState(
        vpc_id=network,
        service_name="com.amazonaws.eu-west-1.s3",
        route_table_ids=frozenset({table(clients, network), table(clients, network)}),
        policy_document=policy(Principal="*", Action="s3:GetObject", Resource="*"),
        tags=TAGS,
    )


def _tables_of(clients: Clients, identity: str) -> list[str]:
    return clients.ec2.describe_vpc_endpoints(VpcEndpointIds=[identity])["VpcEndpoints"][0]["RouteTableIds"]


def _promise_security_group(clients: Clients) -> Desired:
    return SecurityGroupState(
        group_name="atlas-specimen",
        group_description="A specimen",
        vpc_id=vpc(clients),
        rules=frozenset({tcp("ingress", 443, "0.0.0.0/0"), tcp("egress", 5432, "10.20.0.0/16")}),
        tags=TAGS,
    )


def _promise_flow_log(clients: Clients) -> Desired:
    clients.logs.create_log_group(logGroupName="/holdfast/atlas/flow-logs")
    role = clients.iam.create_role(RoleName="writer", AssumeRolePolicyDocument=json.dumps(policy()))["Role"]["Arn"]
    return FlowLogState(
        resource_id=vpc(clients),
        traffic_type="ALL",
        log_group_name="/holdfast/atlas/flow-logs",
        deliver_logs_permission_arn=role,
        max_aggregation_interval=60,
        tags=TAGS,
    )


SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::EC2::VPC": Specimen(
        lambda clients: VpcState(
            cidr_block="10.20.0.0/16", enable_dns_support=True, enable_dns_hostnames=True, tags=TAGS
        ),
        "ec2.CreateVpc",
        {
            "turns DNS names off": lambda clients, identity: clients.ec2.modify_vpc_attribute(
                VpcId=identity, EnableDnsHostnames={"Value": False}
            ),
            "answers for every name": _answer_for_every_name,
            "turns DNS off": lambda clients, identity: clients.ec2.modify_vpc_attribute(
                VpcId=identity, EnableDnsSupport={"Value": False}
            ),
            **TAG_DEEDS,
        },
    ),
    "AWS::EC2::InternetGateway": Specimen(
        lambda clients: InternetGatewayState(tags=TAGS), "ec2.CreateInternetGateway", TAG_DEEDS
    ),
    "AWS::EC2::VPCGatewayAttachment": Specimen(
        _promise_attachment, "ec2.AttachInternetGateway", {"attaches it elsewhere": _move}
    ),
    "AWS::EC2::Subnet": Specimen(
        _promise_subnet,
        "ec2.CreateSubnet",
        {
            "hands out public addresses": lambda clients, identity: clients.ec2.modify_subnet_attribute(
                SubnetId=identity, MapPublicIpOnLaunch={"Value": True}
            ),
            **TAG_DEEDS,
        },
        refused="InvalidSubnet.Conflict",
    ),
    "AWS::EC2::RouteTable": Specimen(
        _promise_route_table,
        "ec2.CreateRouteTable",
        {
            "associates another subnet": _associate_another,
            "has what comes in by a gateway routed by it": _associate_a_gateway,
            "routes to a peer": _route_to_a_peer,
            "routes version 6": _route_version_six,
            **TAG_DEEDS,
        },
    ),
    "AWS::EC2::SubnetRouteTableAssociation": Specimen(
        _promise_table_association,
        "ec2.AssociateRouteTable",
        {"moves it to another table": _move_to_another_table},
        renamed=True,
    ),
    "AWS::EC2::SubnetNetworkAclAssociation": Specimen(
        _promise_list_association,
        "",
        {"moves it behind another list": _move_behind_another_list},
        stays=True,
        renamed=True,
    ),
    "AWS::EC2::Route": Specimen(_promise_route, "ec2.CreateRoute", {"leads it elsewhere": _reroute}),
    "AWS::EC2::NetworkInterface": Specimen(_promise_interface, "", TAG_DEEDS, stays=True),
    "AWS::EC2::NetworkAcl": Specimen(
        _promise_network_acl,
        "",
        {
            "adds an entry": _deny(90),
            "deletes an entry": lambda clients, identity: clients.ec2.delete_network_acl_entry(
                NetworkAclId=identity, RuleNumber=100, Egress=True
            ),
            "rewrites an entry": lambda clients, identity: clients.ec2.replace_network_acl_entry(
                NetworkAclId=identity,
                RuleNumber=100,
                Egress=False,
                Protocol="-1",
                RuleAction="deny",
                CidrBlock="0.0.0.0/0",
            ),
            **TAG_DEEDS,
        },
        stays=True,
    ),
    "AWS::EC2::VPCEndpoint": Specimen(
        _promise_endpoint,
        "ec2.CreateVpcEndpoint",
        {
            "opens its policy": lambda clients, identity: clients.ec2.modify_vpc_endpoint(
                VpcEndpointId=identity, PolicyDocument=json.dumps(policy(Principal="*", Action="*", Resource="*"))
            ),
            "takes a table from it": lambda clients, identity: clients.ec2.modify_vpc_endpoint(
                VpcEndpointId=identity, RemoveRouteTableIds=_tables_of(clients, identity)[:1]
            ),
            "gives it another table": lambda clients, identity: clients.ec2.modify_vpc_endpoint(
                VpcEndpointId=identity,
                AddRouteTableIds=[table(clients, vpc_of(clients, _tables_of(clients, identity)[0]))],
            ),
            **TAG_DEEDS,
        },
    ),
    "AWS::EC2::SecurityGroup": Specimen(
        _promise_security_group, "ec2.CreateSecurityGroup", TAG_DEEDS, within="a VPC of ours"
    ),
    "AWS::EC2::FlowLog": Specimen(_promise_flow_log, "ec2.CreateFlowLogs", TAG_DEEDS, refused="FlowLogAlreadyExists"),
}
