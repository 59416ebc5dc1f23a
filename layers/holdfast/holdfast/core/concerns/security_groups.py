"""The exact rules of every group, and which groups hang on ALB, database, mount targets, cluster and nodes."""

from typing import Final

from holdfast.core.concern import NAME, Concern, Watched, ids
from holdfast.core.resource import Drift
from holdfast.core.security_group import Rule


def _opens_traffic(drift: Drift) -> bool:
    """A rule or a group that nobody promised lets something through; a missing one only keeps something out."""
    return any(isinstance(change.found, Rule) or _is_another_group(change.path, change.found) for change in drift)


def _is_another_group(path: str, found: object) -> bool:
    return found is not None and not path.startswith("Tags.") and path != "Rules"


SECURITY_GROUPS: Final = Concern(
    "security_groups",
    (
        Watched(
            "AWS::EC2::SecurityGroup",
            "AWS::EC2::SecurityGroup",
            "ec2.amazonaws.com",
            frozenset(
                {
                    "AuthorizeSecurityGroupIngress",
                    "AuthorizeSecurityGroupEgress",
                    "RevokeSecurityGroupIngress",
                    "RevokeSecurityGroupEgress",
                    "ModifySecurityGroupRules",
                    "DeleteSecurityGroup",
                    "CreateTags",
                    "DeleteTags",
                }
            ),
            ids(r"sg-[0-9a-f]{8,17}"),
        ),
        Watched(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "elasticloadbalancing.amazonaws.com",
            frozenset({"SetSecurityGroups"}),
            ids(r"arn:[\w-]+:elasticloadbalancing:.*:loadbalancer/.*"),
            frozenset({"elasticloadbalancing:SetSecurityGroups"}),
        ),
        Watched(
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBInstance",
            "rds.amazonaws.com",
            frozenset({"ModifyDBInstance"}),
            ids(NAME),
            frozenset({"rds:ModifyDBInstance"}),
        ),
        Watched(
            "AWS::EFS::MountTarget",
            "",
            "elasticfilesystem.amazonaws.com",
            frozenset({"ModifyMountTargetSecurityGroups"}),
            ids(r"fsmt-[0-9a-f]{8,40}"),
            frozenset({"elasticfilesystem:ModifyMountTargetSecurityGroups"}),
        ),
        Watched(
            "AWS::EKS::Cluster",
            "AWS::EKS::Cluster",
            "eks.amazonaws.com",
            frozenset({"UpdateClusterConfig"}),
            ids(NAME),
            frozenset({"eks:UpdateClusterConfig"}),
        ),
        Watched(
            "AWS::EC2::Instance",
            # AWS Config's type for an interface has pictures of each that a pod or a function takes up, anywhere in the
            # account, and charges for them: what no event told of the sweep finds.
            "",
            "ec2.amazonaws.com",
            frozenset({"ModifyNetworkInterfaceAttribute"}),
            ids(r"eni-[0-9a-f]{8,17}"),
        ),
        Watched(
            "AWS::EC2::Instance",
            "",
            "ec2.amazonaws.com",
            frozenset({"AttachNetworkInterface", "ModifyInstanceAttribute"}),
            ids(r"i-[0-9a-f]{8,17}"),
        ),
        Watched(
            "AWS::EC2::Instance",
            "",
            "autoscaling.amazonaws.com",
            frozenset({"AttachInstances"}),
            ids(rf"(?!i-[0-9a-f]{{8,17}}$){NAME}"),
        ),
    ),
    _opens_traffic,
)
