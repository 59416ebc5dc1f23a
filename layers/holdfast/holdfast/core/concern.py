"""A concern: a family of drift with rules, a queue, a restore function and a role of its own.

Every field that we promise is held by exactly one concern: that of its kind, unless a line says otherwise. So one kind
may be watched by several concerns, and each restores its own fields and no others, by a role that can do no more. A
test walks every kind and every field, and names what nobody holds.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from holdfast.core.resource import Drift


class Watched(NamedTuple):
    """One kind of resource: where its changes show.

    Apart here because AWS keeps them apart: the CloudFormation type, AWS Config's name for it (empty where Config does
    not know it), and the CloudTrail ``eventSource`` and ``eventName`` of every call that can drift it. ``named_by`` is
    the shape of the ids by which such an event names it, or what it belongs to. ``writes``: the actions by which this
    concern restores its fields of a kind that another concern holds fields of as well.
    """

    kind: str
    config_type: str
    event_source: str
    event_names: frozenset[str]
    named_by: re.Pattern[str]
    writes: frozenset[str] = frozenset()


class Concern(NamedTuple):
    """``widens``: whether a drift opens access, so that it is undone at once, for ever."""

    name: str
    watched: tuple[Watched, ...]
    widens: Callable[[Drift], bool]

    def holds(self, kind: str, path: str) -> bool:
        """Whether a difference at ``path`` of a resource of ``kind`` is this concern's to restore."""
        return holder(kind, path) == self.name

    def is_home_of(self, kind: str) -> bool:
        """Whether the resource itself is: one that was deleted is made again by its home concern."""
        return HOME.get(kind) == self.name


def ids(*shapes: str) -> re.Pattern[str]:
    """The shape of an id that looks like one of ``shapes`` (regular expressions)."""
    return re.compile("|".join(shapes), re.ASCII)


NAME: Final = r"(?!\d+$)[\w.@/+=-]{1,255}"
"""What AWS's services take as a name. One of digits alone is an account's: ours begin with a letter."""

HOME: Final[Mapping[str, str]] = {
    "AWS::EC2::Instance": "security_groups",
    "AWS::EC2::SecurityGroup": "security_groups",
    "AWS::CertificateManager::Certificate": "encryption",
    "AWS::ElasticLoadBalancingV2::Listener": "encryption",
    "AWS::KMS::Alias": "encryption",
    "AWS::KMS::Key": "encryption",
    "AWS::Backup::BackupVault": "encryption",
    "AWS::EFS::FileSystem": "encryption",
    "AWS::RDS::DBParameterGroup": "encryption",
    "AWS::S3::BucketPolicy": "encryption",
    "AWS::WAFv2::LoggingConfiguration": "waf",
    "AWS::WAFv2::WebACL": "waf",
    "AWS::WAFv2::WebACLAssociation": "waf",
    "AWS::AutoScaling::AutoScalingGroup": "autoscaling",
    "AWS::EC2::LaunchTemplate": "autoscaling",
    "AWS::EKS::Addon": "autoscaling",
    "AWS::EKS::Nodegroup": "autoscaling",
    "AWS::Logs::SubscriptionFilter": "autoscaling",
    "AWS::Backup::BackupPlan": "exposure",
    "AWS::Backup::BackupSelection": "exposure",
    "AWS::EC2::Subnet": "exposure",
    "AWS::EKS::Cluster": "exposure",
    "AWS::ElasticLoadBalancingV2::ListenerRule": "exposure",
    "AWS::ElasticLoadBalancingV2::LoadBalancer": "exposure",
    "AWS::ElasticLoadBalancingV2::TargetGroup": "exposure",
    "AWS::RDS::DBInstance": "exposure",
    "AWS::RDS::DBSnapshot": "exposure",
    "AWS::Route53::RecordSet": "exposure",
    "AWS::S3::Bucket": "exposure",
    "AWS::EC2::EIP": "network",
    "AWS::EC2::FlowLog": "network",
    "AWS::EC2::InternetGateway": "network",
    "AWS::EC2::NatGateway": "network",
    "AWS::EC2::NetworkAcl": "network",
    "AWS::EC2::Route": "network",
    "AWS::EC2::RouteTable": "network",
    "AWS::EC2::SubnetNetworkAclAssociation": "network",
    "AWS::EC2::SubnetRouteTableAssociation": "network",
    "AWS::EC2::VPC": "network",
    "AWS::EC2::VPCEndpoint": "network",
    "AWS::EC2::VPCGatewayAttachment": "network",
    "AWS::EFS::MountTarget": "network",
    "AWS::RDS::DBSubnetGroup": "network",
    "AWS::EKS::AccessEntry": "identity",
    "AWS::IAM::OIDCProvider": "identity",
    "AWS::IAM::Role": "identity",
    "AWS::IAM::ServiceLinkedRole": "identity",
    "AWS::Lambda::Function": "identity",
    "AWS::CloudWatch::Alarm": "logging",
    "AWS::CloudWatch::Dashboard": "logging",
    "AWS::Logs::LogGroup": "logging",
    "Kubernetes::ClusterRole": "identity",
    "Kubernetes::ClusterRoleBinding": "identity",
    "Kubernetes::Role": "identity",
    "Kubernetes::RoleBinding": "identity",
    "Kubernetes::ServiceAccount": "identity",
    "Kubernetes::Secret": "identity",
    "Kubernetes::Ingress": "network",
    "Kubernetes::IngressClass": "network",
    "Kubernetes::NetworkPolicy": "network",
    "Kubernetes::Service": "network",
    "Kubernetes::ConfigMap": "autoscaling",
    "Kubernetes::DaemonSet": "autoscaling",
    "Kubernetes::Deployment": "autoscaling",
    "Kubernetes::HorizontalPodAutoscaler": "autoscaling",
    "Kubernetes::LimitRange": "autoscaling",
    "Kubernetes::Namespace": "autoscaling",
    "Kubernetes::PersistentVolume": "autoscaling",
    "Kubernetes::PersistentVolumeClaim": "autoscaling",
    "Kubernetes::PodDisruptionBudget": "autoscaling",
    "Kubernetes::PriorityClass": "autoscaling",
    "Kubernetes::ResourceQuota": "autoscaling",
    "Kubernetes::StorageClass": "autoscaling",
}
"""The concern of each kind."""

ELSEWHERE: Final[Mapping[str, Mapping[str, str]]] = {
    "AWS::EFS::MountTarget": {"SecurityGroups": "security_groups"},
    "AWS::EKS::Cluster": {
        "SecurityGroupIds": "security_groups",
        "EncryptionKeyArn": "encryption",
        "EnabledLogTypes": "logging",
    },
    "AWS::ElasticLoadBalancingV2::LoadBalancer": {
        "SecurityGroups": "security_groups",
        "Listeners": "encryption",
        "LoadBalancerAttributes.access_logs": "logging",
    },
    "AWS::Logs::LogGroup": {"KmsKeyId": "encryption"},
    "AWS::RDS::DBInstance": {
        "VPCSecurityGroups": "security_groups",
        "CACertificateIdentifier": "encryption",
        "DBParameterGroupName": "encryption",
        "KmsKeyId": "encryption",
        "MasterUserSecretKmsKeyId": "encryption",
        "PerformanceInsightsKMSKeyId": "encryption",
        "StorageEncrypted": "encryption",
        "EnableCloudwatchLogsExports": "logging",
        "EnablePerformanceInsights": "logging",
        "PerformanceInsightsRetentionPeriod": "logging",
    },
    "AWS::S3::Bucket": {"BucketEncryption": "encryption", "LoggingConfiguration": "logging"},
}
"""Fields that another concern holds than the one of their kind, each by how its path begins."""


def holder(kind: str, path: str) -> str:
    """The concern that restores ``path`` of a resource of ``kind``; empty where nobody does."""
    for begins, concern in ELSEWHERE.get(kind, {}).items():
        if path == begins or path.startswith(f"{begins}."):
            return concern
    return HOME.get(kind, "")


def holders(kind: str) -> frozenset[str]:
    """Every concern that restores something of a resource of ``kind``."""
    return frozenset({HOME[kind]} if kind in HOME else ()) | frozenset(ELSEWHERE.get(kind, {}).values())


OBJECT: Final = r"[a-z0-9-]{1,63}/[A-Za-z]{1,63}/[a-z0-9.-]{1,253}/[\w.:-]{1,253}"
"""A Kubernetes object by its cluster, kind, namespace (``-`` for none) and name."""


def objects_of(concern: str) -> tuple[Watched, ...]:
    """The Kubernetes objects that are at home in it: not CloudTrail tells of them, but the cluster's audit log."""
    kinds = (kind for kind, home in HOME.items() if home == concern and kind.startswith("Kubernetes::"))
    return tuple(Watched(kind, "", "", frozenset(), ids(OBJECT)) for kind in kinds)
