"""Every kind of AWS resource that a layer may own, by its CloudFormation type."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from holdfast.aws.acm.certificate import Certificate
from holdfast.aws.autoscaling.auto_scaling_group import AutoScalingGroup
from holdfast.aws.backup.backup_plan import BackupPlan
from holdfast.aws.backup.backup_selection import BackupSelection
from holdfast.aws.backup.backup_vault import BackupVault
from holdfast.aws.clients import Clients
from holdfast.aws.cloudwatch.alarm import Alarm
from holdfast.aws.cloudwatch.dashboard import Dashboard
from holdfast.aws.cluster_object import CLUSTER_OBJECTS
from holdfast.aws.ec2.eip import Eip
from holdfast.aws.ec2.flow_log import FlowLog
from holdfast.aws.ec2.instance import Instance
from holdfast.aws.ec2.internet_gateway import InternetGateway, VpcGatewayAttachment
from holdfast.aws.ec2.launch_template import LaunchTemplate
from holdfast.aws.ec2.nat_gateway import NatGateway
from holdfast.aws.ec2.network_acl import DefaultNetworkAcl
from holdfast.aws.ec2.network_interface import NetworkInterface
from holdfast.aws.ec2.route import Route
from holdfast.aws.ec2.route_table import RouteTable
from holdfast.aws.ec2.security_group import SecurityGroup
from holdfast.aws.ec2.subnet import Subnet
from holdfast.aws.ec2.subnet_network_acl_association import SubnetNetworkAclAssociation
from holdfast.aws.ec2.subnet_route_table_association import SubnetRouteTableAssociation
from holdfast.aws.ec2.vpc import Vpc
from holdfast.aws.ec2.vpc_endpoint import VpcEndpoint
from holdfast.aws.efs.file_system import FileSystem
from holdfast.aws.efs.mount_target import MountTarget
from holdfast.aws.eks.access_entry import AccessEntry
from holdfast.aws.eks.addon import Addon
from holdfast.aws.eks.cluster import Cluster
from holdfast.aws.eks.nodegroup import Nodegroup
from holdfast.aws.elbv2.listener import Listener
from holdfast.aws.elbv2.listener_rule import ListenerRule
from holdfast.aws.elbv2.load_balancer import LoadBalancer
from holdfast.aws.elbv2.target_group import TargetGroup
from holdfast.aws.iam.oidc_provider import OidcProvider
from holdfast.aws.iam.role import Role
from holdfast.aws.iam.service_linked_role import ServiceLinkedRole
from holdfast.aws.kms.alias import Alias
from holdfast.aws.kms.key import Key
from holdfast.aws.lambda_.function import Function
from holdfast.aws.logs.log_group import LogGroup
from holdfast.aws.logs.subscription_filter import SubscriptionFilter
from holdfast.aws.rds.db_instance import DbInstance
from holdfast.aws.rds.db_parameter_group import DbParameterGroup
from holdfast.aws.rds.db_snapshot import DbSnapshot
from holdfast.aws.rds.db_subnet_group import DbSubnetGroup
from holdfast.aws.resource import AwsResource
from holdfast.aws.route53.record_set import RecordSet
from holdfast.aws.s3.bucket import Bucket
from holdfast.aws.s3.bucket_policy import BucketPolicy
from holdfast.aws.trouble import removing, telling
from holdfast.aws.wafv2.logging_configuration import LoggingConfiguration
from holdfast.aws.wafv2.web_acl import WebAcl
from holdfast.aws.wafv2.web_acl_association import WebAclAssociation
from holdfast.core.demolition import Traits
from holdfast.core.manifest import Record

KINDS: dict[str, type[AwsResource[Any]]] = {
    resource.kind: resource
    for resource in (
        AccessEntry,
        Addon,
        Alarm,
        Alias,
        AutoScalingGroup,
        BackupPlan,
        BackupSelection,
        BackupVault,
        Bucket,
        BucketPolicy,
        Certificate,
        Cluster,
        Dashboard,
        DbInstance,
        DbParameterGroup,
        DbSnapshot,
        DbSubnetGroup,
        DefaultNetworkAcl,
        Eip,
        FileSystem,
        FlowLog,
        Function,
        Instance,
        InternetGateway,
        Key,
        LaunchTemplate,
        Listener,
        ListenerRule,
        LoadBalancer,
        LogGroup,
        LoggingConfiguration,
        MountTarget,
        NatGateway,
        NetworkInterface,
        Nodegroup,
        OidcProvider,
        RecordSet,
        Role,
        Route,
        RouteTable,
        SecurityGroup,
        ServiceLinkedRole,
        Subnet,
        SubnetNetworkAclAssociation,
        SubnetRouteTableAssociation,
        SubscriptionFilter,
        TargetGroup,
        Vpc,
        VpcEndpoint,
        VpcGatewayAttachment,
        WebAcl,
        WebAclAssociation,
    )
} | {resource.kind: resource for resource in CLUSTER_OBJECTS}


class AwsKinds:
    """``core.layer.Kinds`` and ``core.demolition.Kinds`` over one set of clients."""

    def __init__(self, clients: Clients, claim: Callable[[Record], None]) -> None:
        self._clients = clients
        self._claim = claim

    def filled_in(self, kind: str) -> frozenset[str]:
        return KINDS[kind].filled_in

    def traits(self, kind: str) -> Traits:
        return Traits(KINDS[kind].holds_data, KINDS[kind].leaves, KINDS[kind].keeps_left)

    def resource(self, record: Record, promised: object) -> AwsResource[Any]:
        return KINDS[record.kind].of(self._clients, record, promised)

    def claim(self, record: Record) -> None:
        self._claim(record)

    def telling(self, what: str) -> AbstractContextManager[None]:
        return telling(what)

    def removing(self, what: str) -> AbstractContextManager[None]:
        return removing(what)
