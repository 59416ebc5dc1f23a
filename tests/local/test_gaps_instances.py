"""The instances of an Auto Scaling group, and which groups hang on them; mended in local/gaps/ec2_instances.py.

Pages: SetDesiredCapacity (autoscaling/ec2/APIReference), ModifyNetworkInterfaceAttribute, ModifyInstanceAttribute,
AttachNetworkInterface (AWSEC2/latest/APIReference).
"""

from typing import Any, Final

import pytest

from tests.local.accounts import TAG, Account, refused
from tests.local.stacks import fault

NAME: Final = "eks-atlas"
OURS: Final = {"Null": {f"aws:ResourceTag/{TAG}": "false"}}


class Nodes:
    """A group that launches from a template, and two security groups."""

    def __init__(self) -> None:
        self.account = Account()
        self.ec2, self.scaling = self.account.ec2, self.account.root("autoscaling")
        vpc = self.account.vpc()
        self.subnet = self.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
        self.own, self.another = (
            self.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]
            for name in ("nodes", "another")
        )
        tags = [{"Key": TAG, "Value": "atlas"}]
        data = {
            "NetworkInterfaces": [{"DeviceIndex": 0, "Groups": [self.own]}],
            "TagSpecifications": [{"ResourceType": kind, "Tags": tags} for kind in ("instance", "network-interface")],
        }
        made = self.ec2.create_launch_template(LaunchTemplateName="nodes", LaunchTemplateData=data)["LaunchTemplate"]
        self.scaling.create_auto_scaling_group(
            AutoScalingGroupName=NAME,
            MinSize=0,
            MaxSize=3,
            VPCZoneIdentifier=self.subnet,
            LaunchTemplate={"LaunchTemplateId": made["LaunchTemplateId"], "Version": "$Default"},
        )

    def scale(self, count: int) -> None:
        self.scaling.set_desired_capacity(AutoScalingGroupName=NAME, DesiredCapacity=count)

    def instances(self) -> list[Any]:
        found = self.ec2.describe_instances(Filters=[{"Name": "tag:aws:autoscaling:groupName", "Values": [NAME]}])
        return [one for reservation in found["Reservations"] for one in reservation["Instances"]]

    def interfaces(self) -> list[Any]:
        ids = [one["InstanceId"] for one in self.instances()]
        found = self.ec2.describe_network_interfaces(Filters=[{"Name": "attachment.instance-id", "Values": ids}])
        return list(found["NetworkInterfaces"])

    def hung(self) -> list[list[str]]:
        return [[group["GroupId"] for group in one["Groups"]] for one in self.interfaces()]


@pytest.fixture
def nodes() -> Nodes:
    return Nodes()


def test_a_group_s_instances_are_launched_as_its_template_says_and_go_with_it(nodes: Nodes) -> None:
    nodes.scale(2)
    (group,) = nodes.scaling.describe_auto_scaling_groups()["AutoScalingGroups"]
    assert {one["InstanceId"] for one in group["Instances"]} == {one["InstanceId"] for one in nodes.instances()}
    assert nodes.hung() == [[nodes.own], [nodes.own]]
    assert all({"Key": TAG, "Value": "atlas"} in one["TagSet"] for one in nodes.interfaces())
    assert [one["Attachment"]["DeviceIndex"] for one in nodes.interfaces()] == [0, 0]
    nodes.scale(1)
    assert len(nodes.instances()) == len(nodes.interfaces()) == 1
    nodes.scaling.delete_auto_scaling_group(AutoScalingGroupName=NAME, ForceDelete=True)
    assert nodes.instances() == []
    assert nodes.ec2.describe_network_interfaces()["NetworkInterfaces"] == []


def test_groups_are_hung_on_an_interface_or_on_an_instance_that_has_but_one(nodes: Nodes) -> None:
    nodes.scale(1)
    (interface,), (instance,) = nodes.interfaces(), nodes.instances()
    first = {"NetworkInterfaceId": interface["NetworkInterfaceId"]}
    nodes.ec2.modify_network_interface_attribute(**first, Groups=[nodes.own, nodes.another])
    assert nodes.hung() == [[nodes.own, nodes.another]]
    nodes.ec2.modify_instance_attribute(InstanceId=instance["InstanceId"], Groups=[nodes.another])
    assert nodes.hung() == [[nodes.another]]
    assert [group["GroupId"] for group in nodes.instances()[0]["SecurityGroups"]] == [nodes.another]

    made = nodes.ec2.create_network_interface(SubnetId=nodes.subnet, Groups=[nodes.own])["NetworkInterface"]
    nodes.ec2.attach_network_interface(
        NetworkInterfaceId=made["NetworkInterfaceId"], InstanceId=instance["InstanceId"], DeviceIndex=1
    )
    assert nodes.hung() == [[nodes.another], [nodes.own]]
    modify = nodes.ec2.modify_instance_attribute
    assert fault(modify, InstanceId=instance["InstanceId"], Groups=[nodes.own]) == "InvalidInstanceID"


def test_what_is_not_there_can_neither_be_hung_nor_be_hung_on(nodes: Nodes) -> None:
    nodes.scale(1)
    (interface,) = nodes.interfaces()
    modify, ours = nodes.ec2.modify_network_interface_attribute, {"NetworkInterfaceId": interface["NetworkInterfaceId"]}
    assert fault(modify, **ours, Groups=["sg-00000000000000000"]) == "InvalidGroup.NotFound"
    gone = {"NetworkInterfaceId": "eni-00000000000000000"}
    assert fault(modify, **gone, Groups=[nodes.own]) == "InvalidNetworkInterfaceID.NotFound"
    attach = {**ours, "InstanceId": "i-00000000000000000", "DeviceIndex": 1}
    assert fault(nodes.ec2.attach_network_interface, **attach) == "InvalidInstanceID.NotFound"


def test_the_tag_of_the_interface_decides_who_may(nodes: Nodes) -> None:
    nodes.scale(1)
    (interface,) = nodes.interfaces()
    groups = nodes.account.arn("ec2", "security-group/*")
    action = "ec2:ModifyNetworkInterfaceAttribute"
    user = nodes.account.user(
        {"Action": action, "Resource": nodes.account.arn("ec2", "network-interface/*"), "Condition": OURS},
        {"Action": action, "Resource": groups},
    )
    modify = user("ec2").modify_network_interface_attribute
    asked: Any = {"NetworkInterfaceId": interface["NetworkInterfaceId"], "Groups": [nodes.another]}
    modify(**asked)
    assert nodes.hung() == [[nodes.another]]
    nodes.ec2.delete_tags(Resources=[interface["NetworkInterfaceId"]], Tags=[{"Key": TAG}])
    assert action in refused(modify, **asked)
