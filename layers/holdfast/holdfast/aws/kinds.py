"""Every kind of AWS resource that a layer may own, by its CloudFormation type."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from holdfast.aws.backup.backup_plan import BackupPlan
from holdfast.aws.backup.backup_selection import BackupSelection
from holdfast.aws.backup.backup_vault import BackupVault
from holdfast.aws.clients import Clients
from holdfast.aws.ec2.flow_log import FlowLog
from holdfast.aws.ec2.internet_gateway import InternetGateway, VpcGatewayAttachment
from holdfast.aws.ec2.network_acl import DefaultNetworkAcl
from holdfast.aws.ec2.route import Route
from holdfast.aws.ec2.route_table import RouteTable
from holdfast.aws.ec2.security_group import SecurityGroup
from holdfast.aws.ec2.subnet import Subnet
from holdfast.aws.ec2.vpc import Vpc
from holdfast.aws.ec2.vpc_endpoint import VpcEndpoint
from holdfast.aws.efs.file_system import FileSystem
from holdfast.aws.efs.mount_target import MountTarget
from holdfast.aws.iam.role import Role
from holdfast.aws.iam.service_linked_role import ServiceLinkedRole
from holdfast.aws.kms.alias import Alias
from holdfast.aws.kms.key import Key
from holdfast.aws.logs.log_group import LogGroup
from holdfast.aws.resource import AwsResource
from holdfast.aws.s3.bucket import Bucket
from holdfast.aws.s3.bucket_policy import BucketPolicy
from holdfast.aws.trouble import telling
from holdfast.core.manifest import Record

KINDS: dict[str, type[AwsResource[Any]]] = {
    resource.kind: resource
    for resource in (
        Alias,
        BackupPlan,
        BackupSelection,
        BackupVault,
        Bucket,
        BucketPolicy,
        DefaultNetworkAcl,
        FileSystem,
        FlowLog,
        InternetGateway,
        Key,
        LogGroup,
        MountTarget,
        Role,
        Route,
        RouteTable,
        SecurityGroup,
        ServiceLinkedRole,
        Subnet,
        Vpc,
        VpcEndpoint,
        VpcGatewayAttachment,
    )
}


class AwsKinds:
    """``core.layer.Kinds`` over one set of clients."""

    def __init__(self, clients: Clients, claim: Callable[[Record], None]) -> None:
        self._clients = clients
        self._claim = claim

    def filled_in(self, kind: str) -> frozenset[str]:
        return KINDS[kind].filled_in

    def resource(self, record: Record, promised: object) -> AwsResource[Any]:
        return KINDS[record.kind].of(self._clients, record, promised)

    def claim(self, record: Record) -> None:
        self._claim(record)

    def telling(self, what: str) -> AbstractContextManager[None]:
        return telling(what)
