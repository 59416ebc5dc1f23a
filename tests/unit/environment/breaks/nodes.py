"""Breaks of nodes and kubernetes_access."""

import json
from collections.abc import Callable
from typing import Any

from holdfast.aws.ec2.node_interfaces import interfaces
from holdfast.aws.lambda_.package import package
from tests.support.world import World
from tests.unit.environment.breaks.broken import Break

GROUP, FUNCTION = "atlas-general", "atlas-kubernetes"
MALLORY = "arn:aws:iam::123456789012:role/mallory"


def _configure(**asked: Any) -> Callable[[World], object]:
    return lambda world: world.clients.eks.update_nodegroup_config(clusterName="atlas", nodegroupName=GROUP, **asked)


def _scaling_group(world: World) -> str:
    return world.manifest.records("atlas")["nodes/general"].physical["AutoScalingGroupName"]


def _go_back(world: World) -> None:
    world.clients.eks.update_nodegroup_version(clusterName="atlas", nodegroupName=GROUP, version="1.35")


def _leave_a_zone(world: World) -> None:
    subnets = ",".join(world.id_of(f"network/private_subnet_{zone}") for zone in (1, 2))
    world.clients.autoscaling.update_auto_scaling_group(
        AutoScalingGroupName=_scaling_group(world), VPCZoneIdentifier=subnets, MinSize=0
    )


def _hide_from_the_autoscaler(world: World) -> None:
    tag: Any = {
        "ResourceId": _scaling_group(world),
        "ResourceType": "auto-scaling-group",
        "Key": "k8s.io/cluster-autoscaler/enabled",
    }
    world.clients.autoscaling.delete_tags(Tags=[tag])


def _launch_otherwise(world: World) -> None:
    """From a version that lets everybody in, which is not even the template's default."""
    template = world.id_of("nodes/general_template")
    made = world.clients.ec2.create_launch_template_version(
        LaunchTemplateId=template, LaunchTemplateData={"KeyName": "mallory"}
    )
    version = str(made["LaunchTemplateVersion"]["VersionNumber"])
    world.clients.eks.update_nodegroup_version(
        clusterName="atlas", nodegroupName=GROUP, launchTemplate={"id": template, "version": version}
    )


def _run_a_careless_node(world: World) -> None:
    """With a public address, IMDSv1 and a volume under no key of ours."""
    interface: Any = {
        "DeviceIndex": 0,
        "SubnetId": world.id_of("network/private_subnet_1"),
        "AssociatePublicIpAddress": True,
    }
    run = world.clients.ec2.run_instances(ImageId="ami-12c6146b", MinCount=1, MaxCount=1, NetworkInterfaces=[interface])
    world.clients.autoscaling.attach_instances(
        AutoScalingGroupName=_scaling_group(world), InstanceIds=[run["Instances"][0]["InstanceId"]]
    )


def _open_pods(world: World) -> None:
    """By an interface beside the node's first one: that is as it should be."""
    scaling, ec2 = _scaling_group(world), world.clients.ec2
    world.clients.autoscaling.set_desired_capacity(AutoScalingGroupName=scaling, DesiredCapacity=1)
    first = next(interfaces(world.clients, scaling))
    ec2.modify_network_interface_attribute(
        NetworkInterfaceId=first["NetworkInterfaceId"], Groups=[world.id_of("security_groups/nodes")]
    )
    made = ec2.create_network_interface(SubnetId=first["SubnetId"], Groups=[world.id_of("security_groups/alb")])
    ec2.attach_network_interface(
        NetworkInterfaceId=made["NetworkInterface"]["NetworkInterfaceId"],
        InstanceId=first["Attachment"]["InstanceId"],
        DeviceIndex=1,
    )


def _let_in(world: World) -> None:
    world.clients.eks.create_access_entry(clusterName="atlas", principalArn=MALLORY)


def _reconfigure(**asked: Any) -> Callable[[World], object]:
    return lambda world: world.clients.functions.update_function_configuration(FunctionName=FUNCTION, **asked)


def _run_other_code(world: World) -> None:
    world.clients.functions.update_function_code(FunctionName=FUNCTION, ZipFile=package("handler = print\n"))


def _admit(world: World) -> None:
    world.clients.functions.add_permission(
        FunctionName=FUNCTION, StatementId="mallory", Action="lambda:InvokeFunction", Principal="999999999999"
    )


def _allow(world: World) -> None:
    everything = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
    world.clients.iam.put_role_policy(RoleName=FUNCTION, PolicyName="more", PolicyDocument=json.dumps(everything))


BREAKS = (
    Break(
        "nodes",
        "Which node groups has the cluster, with how many nodes at the least and at the most?",
        _configure(scalingConfig={"maxSize": 90}),
    ),
    Break("nodes", "In what state are they, on which Kubernetes?", _go_back),
    Break("nodes", "In which zones can nodes be launched?", _leave_a_zone),
    Break("nodes", "Can the Cluster Autoscaler find them?", _hide_from_the_autoscaler),
    Break("nodes", "With what are nodes launched?", _launch_otherwise),
    Break("nodes", "Which nodes have a public address?", _run_a_careless_node),
    Break("nodes", "Which nodes answer to IMDSv1, or more than one hop far?", _run_a_careless_node),
    Break("nodes", "Which nodes' volumes are not encrypted with the environment's key?", _run_a_careless_node),
    Break("nodes", "On which nodes' interfaces hang other groups than the nodes' own?", _open_pods),
    Break("kubernetes_access", "Who may do what in the cluster?", _let_in),
    Break(
        "kubernetes_access",
        "Where does the function run?",
        _reconfigure(VpcConfig={"SubnetIds": [], "SecurityGroupIds": []}),
    ),
    Break("kubernetes_access", "What does it run, as whom, and where does it log?", _run_other_code),
    Break("kubernetes_access", "Who else may invoke it, by its own policy?", _admit),
    Break("kubernetes_access", "What may it do in AWS?", _allow),
)
