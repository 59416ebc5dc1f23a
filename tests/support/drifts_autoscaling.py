"""Drifts of node groups and their Auto Scaling groups, of launch templates, add-ons, and of who hears the audit log."""

from typing import Any, Final

from holdfast.aws.lambda_.package import package
from tests.support.drifting import Broken, Hands

NODES, SPARE, SCALING, TEMPLATE = "nodes/general", "nodes/gpu", "ingress/general_scaling", "nodes/general_template"
DNS, NETWORK, METRICS = "addons/coredns_addon", "cluster/vpc_cni_addon", "addons/metrics_server_addon"
FILES, AUDIT = "addons/aws_efs_csi_driver_addon", "logs/audit"


def _configured(hands: Hands, path: str = NODES, **changes: Any) -> None:
    cluster, group = hands.environment.name, hands.id(path)
    hands.client("eks").update_nodegroup_config(clusterName=cluster, nodegroupName=group, **changes)


def _stretched(hands: Hands) -> None:
    """Past EKS, which does not note it."""
    hands.client("autoscaling").update_auto_scaling_group(AutoScalingGroupName=hands.id(SCALING), MaxSize=90)


def _another_version(hands: Hands, **data: Any) -> str:
    """Of the launch template: as the one in force, but for ``data``."""
    ec2, template = hands.client("ec2"), hands.id(TEMPLATE)
    made = ec2.create_launch_template_version(
        LaunchTemplateId=template, SourceVersion="$Default", LaunchTemplateData=data
    )
    return str(made["LaunchTemplateVersion"]["VersionNumber"])


def _in_force(hands: Hands, **data: Any) -> None:
    version = _another_version(hands, **data)
    hands.client("ec2").modify_launch_template(LaunchTemplateId=hands.id(TEMPLATE), DefaultVersion=version)


def _rolled(hands: Hands) -> None:
    """Onto a version that lets pods ask for the node's credentials."""
    version = _another_version(hands, MetadataOptions={"HttpTokens": "optional"})
    hands.client("eks").update_nodegroup_version(
        clusterName=hands.environment.name,
        nodegroupName=hands.id(NODES),
        launchTemplate={"id": hands.id(TEMPLATE), "version": version},
    )


def _bypassed(hands: Hands) -> None:
    """A target group of theirs, past the load balancer's firewall."""
    made = hands.client("elbv2").create_target_group(
        Name=f"by-{hands.environment.name}", Protocol="HTTPS", Port=30443, VpcId=hands.id("network/vpc")
    )
    source = {"Identifier": made["TargetGroups"][0]["TargetGroupArn"], "Type": "elbv2"}
    hands.client("autoscaling").attach_traffic_sources(AutoScalingGroupName=hands.id(SCALING), TrafficSources=[source])


def _addon(hands: Hands, path: str, **changes: Any) -> None:
    """All that stands, but for ``changes``: what UpdateAddon is not told it takes away."""
    eks, (cluster, name) = hands.client("eks"), hands.id(path).split("|")
    stands = eks.describe_addon(clusterName=cluster, addonName=name)["addon"]
    kept = {
        key: stands[key] for key in ("addonVersion", "configurationValues", "serviceAccountRoleArn") if key in stands
    }
    eks.update_addon(clusterName=cluster, addonName=name, **{**kept, **changes})


def _filtered(hands: Hands, **changes: str) -> None:
    logs, (group, name) = hands.client("logs"), hands.id(AUDIT).split("|")
    (stands,) = logs.describe_subscription_filters(logGroupName=group, filterNamePrefix=name)["subscriptionFilters"]
    kept = {key: stands[key] for key in ("logGroupName", "filterName", "filterPattern", "destinationArn")}
    logs.put_subscription_filter(**{**kept, **changes})


def _untagged(hands: Hands, path: str) -> None:
    hands.client("eks").untag_resource(
        resourceArn=hands.physical(path)["Arn"], tagKeys=["holdfast:environment", "holdfast:layer"]
    )


def _deaf(hands: Hands) -> None:
    group, name = hands.id(AUDIT).split("|")
    hands.client("logs").delete_subscription_filter(logGroupName=group, filterName=name)


def _elsewhere(hands: Hands) -> None:
    """To a function of theirs, which CloudWatch Logs may invoke."""
    functions, function = hands.client("lambda"), f"{hands.environment.name}-theirs"
    arn = functions.create_function(
        FunctionName=function,
        Runtime="python3.13",
        Handler="app.handler",
        Role=hands.physical("kubernetes_access/kubernetes")["Arn"],
        Code={"ZipFile": package("def handler(event, context): ...\n")},
    )["FunctionArn"]
    permission = {"FunctionName": function, "StatementId": "logs", "Principal": "logs.amazonaws.com"}
    functions.add_permission(**permission, Action="lambda:InvokeFunction")
    _filtered(hands, destinationArn=arn)


DRIFTS: Final = (
    Broken(
        "more nodes than promised",
        NODES,
        "ScalingConfig",
        lambda hands: _configured(hands, scalingConfig={"maxSize": 90}),
    ),
    Broken("its group's bounds changed past EKS", NODES, "ScalingConfig", _stretched),
    Broken(
        "a label that pods choose it by",
        NODES,
        "Labels",
        lambda hands: _configured(hands, labels={"addOrUpdateLabels": {"holdfast/group": "other"}}),
    ),
    Broken(
        "a taint that keeps pods away",
        SPARE,
        "Taints",
        lambda hands: _configured(
            hands, SPARE, taints={"addOrUpdateTaints": [{"key": "mine", "value": "yes", "effect": "NO_SCHEDULE"}]}
        ),
    ),
    Broken(
        "many nodes gone at once",
        SPARE,
        "UpdateConfig",
        lambda hands: _configured(hands, SPARE, updateConfig={"maxUnavailable": 9}),
    ),
    Broken(
        "sick nodes stay",
        SPARE,
        "NodeRepairConfig",
        lambda hands: _configured(hands, SPARE, nodeRepairConfig={"enabled": False}),
    ),
    Broken("nodes launched from another version", NODES, "LaunchTemplate", _rolled),
    Broken("a tag taken off", NODES, "Tags", lambda hands: _untagged(hands, NODES)),
    Broken(
        "deleted",
        SPARE,
        "stands",
        lambda hands: hands.client("eks").delete_nodegroup(
            clusterName=hands.environment.name, nodegroupName=hands.id(SPARE)
        ),
    ),
    Broken("nodes behind another load balancer", SCALING, "TrafficSources", _bypassed),
    Broken(
        "nothing is launched",
        SCALING,
        "SuspendedProcesses",
        lambda hands: hands.client("autoscaling").suspend_processes(
            AutoScalingGroupName=hands.id(SCALING), ScalingProcesses=["Launch", "Terminate"]
        ),
    ),
    Broken(
        "nothing runs at night",
        SCALING,
        "ScheduledActions",
        lambda hands: hands.client("autoscaling").put_scheduled_update_group_action(
            AutoScalingGroupName=hands.id(SCALING),
            ScheduledActionName="night",
            Recurrence="0 22 * * *",
            MinSize=0,
            MaxSize=0,
        ),
    ),
    Broken(
        "scaled by somebody else's policy",
        SCALING,
        "ScalingPolicies",
        lambda hands: hands.client("autoscaling").put_scaling_policy(
            AutoScalingGroupName=hands.id(SCALING),
            PolicyName="mine",
            AdjustmentType="ChangeInCapacity",
            ScalingAdjustment=5,
        ),
    ),
    Broken(
        "instances that wait, up and running",
        SCALING,
        "WarmPools",
        lambda hands: hands.client("autoscaling").put_warm_pool(
            AutoScalingGroupName=hands.id(SCALING), PoolState="Running"
        ),
    ),
    Broken(
        "hidden from the Cluster Autoscaler",
        SCALING,
        "Tags",
        lambda hands: hands.client("autoscaling").delete_tags(
            Tags=[
                {
                    "ResourceId": hands.id(SCALING),
                    "ResourceType": "auto-scaling-group",
                    "Key": "k8s.io/cluster-autoscaler/enabled",
                }
            ]
        ),
    ),
    Broken(
        "nodes that answer to IMDSv1",
        TEMPLATE,
        "LaunchTemplateData",
        lambda hands: _in_force(hands, MetadataOptions={"HttpTokens": "optional"}),
    ),
    Broken(
        "something run at boot", TEMPLATE, "LaunchTemplateData", lambda hands: _in_force(hands, UserData="IyEvYmluL3No")
    ),
    Broken(
        "our tags taken off",
        TEMPLATE,
        "Tags",
        lambda hands: hands.client("ec2").delete_tags(
            Resources=[hands.id(TEMPLATE)], Tags=[{"Key": "holdfast:environment"}, {"Key": "holdfast:layer"}]
        ),
    ),
    Broken("another version", DNS, "AddonVersion", lambda hands: _addon(hands, DNS, addonVersion="v1.14.2-eksbuild.4")),
    Broken(
        "network policies enforced no more",
        NETWORK,
        "ConfigurationValues",
        lambda hands: _addon(hands, NETWORK, configurationValues='{"enableNetworkPolicy": "false"}'),
    ),
    Broken(
        "acts by another role",
        FILES,
        "ServiceAccountRoleArn",
        lambda hands: _addon(hands, FILES, serviceAccountRoleArn=hands.physical("identity/nodes")["Arn"]),
    ),
    Broken("a tag taken off", METRICS, "Tags", lambda hands: _untagged(hands, METRICS)),
    Broken(
        "deleted",
        METRICS,
        "stands",
        lambda hands: hands.client("eks").delete_addon(clusterName=hands.environment.name, addonName="metrics-server"),
    ),
    Broken(
        "a filter that lets nothing through",
        AUDIT,
        "FilterPattern",
        lambda hands: _filtered(hands, filterPattern="{ $.verb = never }"),
    ),
    Broken("told to another function", AUDIT, "DestinationArn", _elsewhere),
    Broken("the audit log heard no more", AUDIT, "stands", _deaf),
)
