"""Drifts of groups, and of which groups hang on what. The moves of rules, one by one, are in ``drifts``."""

from collections.abc import Mapping
from typing import Any, Final

from tests.support.drifting import Broken, Hands
from tests.support.waiting import until

ANYWHERE: Final = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]
KUBERNETES: Final = "security_groups/kubernetes"
NODES: Final = "nodes/general_instances"


def _another(hands: Hands) -> str:
    """A group of ours that belongs elsewhere."""
    return hands.id(KUBERNETES)


def _opened(hands: Hands) -> None:
    ec2, group = hands.client("ec2"), hands.id(KUBERNETES)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ANYWHERE)


def _untagged(hands: Hands) -> None:
    ec2, group = hands.client("ec2"), hands.id(KUBERNETES)
    ec2.delete_tags(Resources=[group], Tags=[{"Key": "holdfast:name"}])


def _on_the_load_balancer(hands: Hands) -> None:
    path = "load_balancer/load_balancer"
    groups = [hands.id("security_groups/alb"), _another(hands)]
    hands.client("elbv2").set_security_groups(LoadBalancerArn=hands.id(path), SecurityGroups=groups)


def _on_a_mount_target(hands: Hands) -> None:
    target = hands.id("file_storage/mount_target_1")
    hands.client("efs").modify_mount_target_security_groups(MountTargetId=target, SecurityGroups=[_another(hands)])


def _on_the_database(hands: Hands) -> None:
    hands.client("rds").modify_db_instance(
        DBInstanceIdentifier=hands.id("database/instance"),
        VpcSecurityGroupIds=[hands.id("security_groups/database"), _another(hands)],
        ApplyImmediately=True,
    )


def _on_the_cluster(hands: Hands) -> None:
    hands.client("eks").update_cluster_config(
        name=hands.id("cluster/cluster"), resourcesVpcConfig={"securityGroupIds": [_another(hands)]}
    )


def _node(hands: Hands) -> Mapping[str, Any]:
    """The first interface of a node that is launched for it: a laptop has none by itself."""
    hands.client("autoscaling").set_desired_capacity(AutoScalingGroupName=hands.id(NODES), DesiredCapacity=1)
    instances = [{"Name": "attachment.instance-id", "Values": until("a node is launched", lambda: _nodes(hands))}]
    interface: Mapping[str, Any] = hands.client("ec2").describe_network_interfaces(Filters=instances)[
        "NetworkInterfaces"
    ][0]
    return interface


def _nodes(hands: Hands) -> list[str]:
    groups = hands.client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[hands.id(NODES)])
    return [one["InstanceId"] for group in groups["AutoScalingGroups"] for one in group["Instances"]]


def _no_node(hands: Hands) -> None:
    hands.client("autoscaling").set_desired_capacity(AutoScalingGroupName=hands.id(NODES), DesiredCapacity=0)


def _on_a_node(hands: Hands) -> None:
    interface = _node(hands)
    groups = [*(group["GroupId"] for group in interface["Groups"]), _another(hands)]
    hands.client("ec2").modify_network_interface_attribute(
        NetworkInterfaceId=interface["NetworkInterfaceId"], Groups=groups
    )


def _instead_of_the_nodes_own(hands: Hands) -> None:
    instance = _node(hands)["Attachment"]["InstanceId"]
    hands.client("ec2").modify_instance_attribute(InstanceId=instance, Groups=[_another(hands)])


def _stripped_and_on_a_node(hands: Hands) -> None:
    tags = [{"Key": "holdfast:environment"}, {"Key": "holdfast:layer"}, {"Key": "holdfast:name"}]
    hands.client("ec2").delete_tags(Resources=[_node(hands)["NetworkInterfaceId"]], Tags=tags)
    _on_a_node(hands)


def _beside_a_node(hands: Hands) -> None:
    """As the VPC CNI plugin attaches one for pods, without a tag of ours."""
    ec2, first = hands.client("ec2"), _node(hands)
    made = ec2.create_network_interface(SubnetId=first["SubnetId"], Groups=[_another(hands)])["NetworkInterface"]
    ec2.attach_network_interface(
        NetworkInterfaceId=made["NetworkInterfaceId"], InstanceId=first["Attachment"]["InstanceId"], DeviceIndex=1
    )


DRIFTS: Final = (
    Broken("opened to anywhere", KUBERNETES, "Rules", _opened),
    Broken("a tag taken off", KUBERNETES, "Tags", _untagged),
    Broken("another group on it", "load_balancer/load_balancer", "SecurityGroups", _on_the_load_balancer),
    Broken("another group on it", "file_storage/mount_target_1", "SecurityGroups", _on_a_mount_target),
    Broken("another group on it", "database/instance", "VPCSecurityGroups", _on_the_database),
    Broken("another group on it", "cluster/cluster", "SecurityGroupIds", _on_the_cluster),
    Broken("another group on a node", NODES, "DifferingInterfaces", _on_a_node, clear=_no_node),
    Broken("another group in their place", NODES, "DifferingInterfaces", _instead_of_the_nodes_own, clear=_no_node),
    Broken("another group, our tags off before", NODES, "DifferingInterfaces", _stripped_and_on_a_node, clear=_no_node),
    Broken("another interface for pods", NODES, "DifferingInterfaces", _beside_a_node, clear=_no_node),
)
