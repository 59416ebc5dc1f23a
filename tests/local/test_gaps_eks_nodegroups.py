"""Node groups as EKS has them; mended in local/gaps/eks_nodegroups.py.

Pages: CreateNodegroup, UpdateNodegroupConfig, UpdateNodegroupVersion (eks/latest/APIReference).
"""

import time
from typing import Any, Final
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import TAG
from tests.local.clusters import Clusters

_PATIENCE: Final = 40.0


class Nodes:
    """A node group of a test's own, on the cluster that all of them share."""

    def __init__(self, clusters: Clusters) -> None:
        self.account, self.eks, self.subnets = clusters.account, clusters.eks, clusters.subnets
        self.cluster, self.name = clusters.standing("with-nodes"), f"n{uuid4().hex[:8]}"
        data: Any = {"MetadataOptions": {"HttpTokens": "required"}}
        made = self.account.ec2.create_launch_template(LaunchTemplateName=self.name, LaunchTemplateData=data)
        self.template = made["LaunchTemplate"]["LaunchTemplateId"]
        self.eks.create_nodegroup(
            clusterName=self.cluster,
            nodegroupName=self.name,
            subnets=self.subnets,
            nodeRole=clusters.role,
            scalingConfig={"minSize": 1, "maxSize": 3, "desiredSize": 1},
            launchTemplate={"id": self.template, "version": "1"},
            updateConfig={"maxUnavailable": 1},
            nodeRepairConfig={"enabled": True},
            tags={TAG: "atlas"},
        )

    def group(self) -> Any:
        return self.eks.describe_nodegroup(clusterName=self.cluster, nodegroupName=self.name)["nodegroup"]

    def active(self) -> Any:
        deadline = time.monotonic() + _PATIENCE
        while (group := self.group())["status"] != "ACTIVE":
            assert time.monotonic() < deadline, "the node group does not become ACTIVE"
            time.sleep(0.1)
        return group

    def configure(self, **asked: Any) -> None:
        self.eks.update_nodegroup_config(clusterName=self.cluster, nodegroupName=self.name, **asked)

    def scaling(self) -> Any:
        name = self.group()["resources"]["autoScalingGroups"][0]["name"]
        found = self.account.root("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        return found["AutoScalingGroups"][0]


@pytest.fixture
def nodes(clusters: Clusters) -> Nodes:
    return Nodes(clusters)


def test_a_node_group_takes_its_time_and_keeps_what_it_was_told(nodes: Nodes) -> None:
    assert nodes.group()["status"] == "CREATING"
    group = nodes.active()
    assert group["launchTemplate"]["version"] == "1"
    assert (group["updateConfig"], group["nodeRepairConfig"]) == ({"maxUnavailable": 1}, {"enabled": True})


def test_its_auto_scaling_group_has_its_subnets_and_bounds_and_can_be_discovered(nodes: Nodes) -> None:
    scaling = nodes.scaling()
    assert set(scaling["VPCZoneIdentifier"].split(",")) == set(nodes.subnets)
    assert (scaling["MinSize"], scaling["MaxSize"], scaling["Instances"]) == (1, 3, [])
    tags = {tag["Key"]: tag["Value"] for tag in scaling["Tags"]}
    assert tags == {
        "eks:cluster-name": nodes.cluster,
        "eks:nodegroup-name": nodes.name,
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{nodes.cluster}": "owned",
        f"kubernetes.io/cluster/{nodes.cluster}": "owned",
    }


def test_a_cluster_with_node_groups_is_not_deleted(nodes: Nodes) -> None:
    with pytest.raises(ClientError, match="ResourceInUseException"):
        nodes.eks.delete_cluster(name=nodes.cluster)
    assert nodes.group()


def test_one_update_at_a_time(nodes: Nodes) -> None:
    nodes.active()
    nodes.configure(scalingConfig={"maxSize": 9}, labels={"addOrUpdateLabels": {"a": "b"}})
    with pytest.raises(ClientError, match="ResourceInUseException"):
        nodes.configure(scalingConfig={"maxSize": 8})
    group = nodes.active()
    assert (group["scalingConfig"]["maxSize"], group["labels"], nodes.scaling()["MaxSize"]) == (9, {"a": "b"}, 9)
    of: Any = {"name": nodes.cluster, "nodegroupName": nodes.name}
    (update,) = nodes.eks.list_updates(**of)["updateIds"]
    assert nodes.eks.describe_update(updateId=update, **of)["update"]["status"] == "Successful"
    assert update not in nodes.eks.list_updates(name=nodes.cluster)["updateIds"], "it is not of the cluster itself"


def test_bounds_that_leave_the_desired_size_out_are_refused(nodes: Nodes) -> None:
    nodes.active()
    with pytest.raises(ClientError, match="InvalidParameterException"):
        nodes.configure(scalingConfig={"minSize": 2})
