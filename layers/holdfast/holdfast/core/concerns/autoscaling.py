"""That it can scale, and within which bounds: node groups and their Auto Scaling groups, and what runs in the cluster.

How many there are at a moment is never ours to say: between its bounds the Cluster Autoscaler decides on nodes, and the
HorizontalPodAutoscaler on pods.
"""

from typing import Final

from holdfast.core.concern import NAME, Concern, Watched, ids, objects_of
from holdfast.core.resource import STANDS, Drift

EKS: Final = "eks.amazonaws.com"
GROUPS: Final = "autoscaling.amazonaws.com"
LOGS: Final = "logs.amazonaws.com"
EC2: Final = "ec2.amazonaws.com"
HOW_MANY: Final = (
    STANDS,
    "ScalingConfig",
    "ScheduledActions",
    "ScalingPolicies",
    "SuspendedProcesses",
    "NodeRepairConfig",
    "UpdateConfig",
    "Labels",
    "Tags",
    "spec.behavior",
    "spec.maxReplicas",
    "spec.maxUnavailable",
    "spec.metrics",
    "spec.minReplicas",
    "spec.replicas",
    "spec.scaleTargetRef",
    "spec.strategy",
    "spec.updateStrategy",
)
"""Paths, or how they begin, that say how many there are and how that changes, and nothing of what they may do."""


def _may_do_more(drift: Drift) -> bool:
    """What is launched or run otherwise than promised may be anything; what only scales otherwise opens nothing."""
    return any(not _is_of(change.path, HOW_MANY) for change in drift)


def _is_of(path: str, beginnings: tuple[str, ...]) -> bool:
    return any(path == begins or path.startswith((f"{begins}.", f"{begins}[")) for begins in beginnings)


AUTOSCALING: Final = Concern(
    "autoscaling",
    (
        Watched(
            "AWS::EKS::Nodegroup",
            "",
            EKS,
            frozenset(
                {"UpdateNodegroupConfig", "UpdateNodegroupVersion", "DeleteNodegroup", "TagResource", "UntagResource"}
            ),
            ids(NAME),
        ),
        Watched(
            "AWS::EKS::Nodegroup",
            "AWS::AutoScaling::AutoScalingGroup",
            GROUPS,
            frozenset({"UpdateAutoScalingGroup"}),
            ids(NAME),
        ),
        Watched(
            "AWS::AutoScaling::AutoScalingGroup",
            "AWS::AutoScaling::AutoScalingGroup",
            GROUPS,
            frozenset(
                {
                    "AttachLoadBalancerTargetGroups",
                    "AttachLoadBalancers",
                    "AttachTrafficSources",
                    "BatchPutScheduledUpdateGroupAction",
                    "CreateOrUpdateTags",
                    "DeleteAutoScalingGroup",
                    "DeleteTags",
                    "DetachLoadBalancerTargetGroups",
                    "DetachTrafficSources",
                    "PutScalingPolicy",
                    "PutScheduledUpdateGroupAction",
                    "PutWarmPool",
                    "SuspendProcesses",
                }
            ),
            ids(NAME),
        ),
        Watched(
            "AWS::EKS::Addon",
            "AWS::EKS::Addon",
            EKS,
            frozenset({"UpdateAddon", "DeleteAddon", "TagResource", "UntagResource"}),
            ids(NAME),
        ),
        # Calls name a template by its id or by its name, which is its node group's too; tag calls by its id alone.
        Watched(
            "AWS::EC2::LaunchTemplate",
            "AWS::EC2::LaunchTemplate",
            EC2,
            frozenset({"ModifyLaunchTemplate", "DeleteLaunchTemplate", "DeleteLaunchTemplateVersions"}),
            ids(r"lt-[0-9a-f]{8,17}", NAME),
        ),
        Watched(
            "AWS::EC2::LaunchTemplate", "", EC2, frozenset({"CreateTags", "DeleteTags"}), ids(r"lt-[0-9a-f]{8,17}")
        ),
        # Found through its log group.
        Watched(
            "AWS::Logs::SubscriptionFilter",
            "",
            LOGS,
            frozenset({"PutSubscriptionFilter", "DeleteSubscriptionFilter"}),
            ids(r"/aws/eks/[\w-]{1,100}/cluster"),
        ),
        *objects_of("autoscaling"),
    ),
    _may_do_more,
)
