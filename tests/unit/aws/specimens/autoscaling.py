"""A specimen of an Auto Scaling group, as EKS makes it for a node group."""

from typing import Final

from holdfast.aws.autoscaling.auto_scaling_group import AutoScalingGroupState, TrafficSource
from holdfast.aws.clients import Clients
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.specimen import Deed, Specimen

NAME: Final = "eks-specimen-0123"
DISCOVERY: Final = {"k8s.io/cluster-autoscaler/enabled": "true", "k8s.io/cluster-autoscaler/atlas": "owned"}


def target_group(clients: Clients, name: str) -> str:
    """Its ARN."""
    vpcs = clients.ec2.describe_vpcs()["Vpcs"]
    made = clients.elbv2.create_target_group(Name=name, Protocol="HTTPS", Port=30443, VpcId=vpcs[0]["VpcId"])
    return made["TargetGroups"][0].get("TargetGroupArn", "")


def _promise(clients: Clients) -> Desired:
    """EKS has made the group and tagged it; who sends it traffic is not EKS's affair."""
    template = clients.ec2.create_launch_template(
        LaunchTemplateName=NAME, LaunchTemplateData={"InstanceType": "m7i.large"}
    )["LaunchTemplate"]
    clients.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=NAME,
        MinSize=0,
        MaxSize=9,
        AvailabilityZones=["eu-west-1a"],
        LaunchTemplate={"LaunchTemplateId": template.get("LaunchTemplateId", "")},
        Tags=[
            {"ResourceId": NAME, "ResourceType": "auto-scaling-group", "Key": key, "Value": value}
            for key, value in DISCOVERY.items()
        ],
    )
    source = TrafficSource(identifier=target_group(clients, "atlas"))
    return AutoScalingGroupState(
        auto_scaling_group_name=NAME, traffic_sources=frozenset({source}), tags=dict(DISCOVERY)
    )


def _detach_all(clients: Clients, name: str) -> None:
    attached = clients.autoscaling.describe_traffic_sources(AutoScalingGroupName=name)["TrafficSources"]
    clients.autoscaling.detach_traffic_sources(
        AutoScalingGroupName=name,
        TrafficSources=[{"Identifier": one.get("Identifier", ""), "Type": "elbv2"} for one in attached],
    )


DEEDS: Final[dict[str, Deed]] = {
    "cuts it off from the load balancer": _detach_all,
    "leads traffic past the firewall": lambda clients, name: clients.autoscaling.attach_load_balancer_target_groups(
        AutoScalingGroupName=name, TargetGroupARNs=[target_group(clients, "bypass")]
    ),
    "suspends its launches": lambda clients, name: clients.autoscaling.suspend_processes(
        AutoScalingGroupName=name, ScalingProcesses=["Launch", "Terminate"]
    ),
    "scales it to nothing at night": lambda clients, name: clients.autoscaling.put_scheduled_update_group_action(
        AutoScalingGroupName=name, ScheduledActionName="night", Recurrence="0 22 * * *", MinSize=0, MaxSize=0
    ),
    "has CPU decide how many there are": lambda clients, name: clients.autoscaling.put_scaling_policy(
        AutoScalingGroupName=name, PolicyName="cpu", AdjustmentType="ChangeInCapacity", ScalingAdjustment=1
    ),
    "hides it from the Cluster Autoscaler": lambda clients, name: clients.autoscaling.delete_tags(
        Tags=[
            {
                "ResourceId": name,
                "ResourceType": "auto-scaling-group",
                "Key": "k8s.io/cluster-autoscaler/enabled",
            }
        ]
    ),
}

SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::AutoScaling::AutoScalingGroup": Specimen(_promise, "", DEEDS, stays=True),
}
