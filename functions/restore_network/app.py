"""Restores where traffic may go: in the VPC, out of it, and to the objects in the cluster that let it in."""

from holdfast.aws.cluster_object import at_home_in
from holdfast.aws.ec2.eip import Eip
from holdfast.aws.ec2.flow_log import FlowLog
from holdfast.aws.ec2.internet_gateway import InternetGateway, VpcGatewayAttachment
from holdfast.aws.ec2.nat_gateway import NatGateway
from holdfast.aws.ec2.network_acl import DefaultNetworkAcl
from holdfast.aws.ec2.route import Route
from holdfast.aws.ec2.route_table import RouteTable
from holdfast.aws.ec2.subnet_network_acl_association import SubnetNetworkAclAssociation
from holdfast.aws.ec2.subnet_route_table_association import SubnetRouteTableAssociation
from holdfast.aws.ec2.vpc import Vpc
from holdfast.aws.ec2.vpc_endpoint import VpcEndpoint
from holdfast.aws.efs.mount_target import MountTarget
from holdfast.aws.rds.db_subnet_group import DbSubnetGroup
from holdfast.aws.restoring import Restoring
from holdfast.core.concerns.network import NETWORK

handler = Restoring(
    NETWORK,
    Vpc,
    InternetGateway,
    VpcGatewayAttachment,
    RouteTable,
    Route,
    SubnetRouteTableAssociation,
    DefaultNetworkAcl,
    SubnetNetworkAclAssociation,
    Eip,
    NatGateway,
    FlowLog,
    VpcEndpoint,
    MountTarget,
    DbSubnetGroup,
    *at_home_in(NETWORK.name),
)
