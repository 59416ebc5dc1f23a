"""Specimens of an Auto Scaling group, as EKS makes it for a node group, and of its instances."""

from typing import Any, Final

from holdfast.aws.autoscaling.auto_scaling_group import AutoScalingGroupState, TrafficSource
from holdfast.aws.clients import Clients
from holdfast.aws.ec2.instance import InstanceState
from holdfast.aws.ec2.node_interfaces import interfaces
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.specimen import ADDRESS, TAGS, Deed, Specimen

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
    "keeps instances warm": lambda clients, name: clients.autoscaling.put_warm_pool(
        AutoScalingGroupName=name, PoolState="Running"
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


def _promise_instances(clients: Clients) -> Desired:
    """Two that run; their template tags their interfaces, as that of a node group does."""
    group = _security_group(clients, "nodes")
    data: Any = {
        "ImageId": "ami-12c6146b",
        "InstanceType": "m7i.large",
        "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [group]}],
    }
    template = clients.ec2.create_launch_template(LaunchTemplateName=NAME, LaunchTemplateData=data)["LaunchTemplate"]
    clients.autoscaling.create_auto_scaling_group(
        AutoScalingGroupName=NAME,
        MinSize=2,
        MaxSize=9,
        AvailabilityZones=["eu-west-1a"],
        LaunchTemplate={"LaunchTemplateId": template.get("LaunchTemplateId", "")},
    )
    first = [one["NetworkInterfaceId"] for one in interfaces(clients, NAME)]
    clients.ec2.create_tags(Resources=first, Tags=[{"Key": key, "Value": value} for key, value in TAGS.items()])
    return InstanceState(auto_scaling_group_name=NAME, security_group_ids=frozenset({group}))


def _security_group(clients: Clients, name: str) -> str:
    """Its id, whoever made it first."""
    vpc = clients.ec2.describe_subnets()["Subnets"][0]["VpcId"]
    found = clients.ec2.describe_security_groups(Filters=[{"Name": "group-name", "Values": [name]}])["SecurityGroups"]
    if found:
        return found[0]["GroupId"]
    return clients.ec2.create_security_group(GroupName=name, Description="A specimen's", VpcId=vpc)["GroupId"]


def _hang(*groups: str, on_all: bool) -> Deed:
    def deed(clients: Clients, name: str) -> None:
        for one in list(interfaces(clients, name))[: None if on_all else 1]:
            clients.ec2.modify_network_interface_attribute(
                NetworkInterfaceId=one["NetworkInterfaceId"],
                Groups=[_security_group(clients, group) for group in groups],
            )

    return deed


def _strip_and_hang(clients: Clients, name: str) -> None:
    first = next(interfaces(clients, name))["NetworkInterfaceId"]
    clients.ec2.delete_tags(Resources=[first], Tags=[{"Key": key} for key in ADDRESS.tags])
    _hang("nodes", "theirs", on_all=False)(clients, name)


def _attach(clients: Clients, name: str) -> None:
    """As the VPC CNI plugin attaches one for pods: it carries no tag of ours."""
    first = next(interfaces(clients, name))
    made = clients.ec2.create_network_interface(
        SubnetId=first["SubnetId"], Groups=[_security_group(clients, "theirs")]
    )["NetworkInterface"]
    clients.ec2.attach_network_interface(
        NetworkInterfaceId=made["NetworkInterfaceId"],
        InstanceId=first["Attachment"]["InstanceId"],
        DeviceIndex=len(list(interfaces(clients, name))),
    )


INSTANCE_DEEDS: Final[dict[str, Deed]] = {
    "hangs another group on one of them": _hang("nodes", "theirs", on_all=False),
    "hangs another group in the place of ours on all": _hang("theirs", on_all=True),
    "takes our tags off, then hangs a group": _strip_and_hang,
    "attaches another interface for pods": _attach,
}

SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::AutoScaling::AutoScalingGroup": Specimen(_promise, "", DEEDS, stays=True),
    "AWS::EC2::Instance": Specimen(_promise_instances, "", INSTANCE_DEEDS, stays=True),
}
