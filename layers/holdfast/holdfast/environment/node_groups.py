"""An environment's node groups as a probe sees them: from EKS to their Auto Scaling groups, and what those hold."""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from holdfast.aws.clients import Clients

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import AutoScalingGroupTypeDef


def scaling_groups(clients: Clients, cluster: str) -> "dict[str, list[AutoScalingGroupTypeDef]]":
    """By the name of the node group its Auto Scaling groups, of which EKS may have replaced any."""
    named = clients.eks.get_paginator("list_nodegroups").paginate(clusterName=cluster)
    return {
        group: _scaling_groups_of(clients, cluster, group) for page in named for group in sorted(page["nodegroups"])
    }


def _scaling_groups_of(clients: Clients, cluster: str, group: str) -> "list[AutoScalingGroupTypeDef]":
    described = clients.eks.describe_nodegroup(clusterName=cluster, nodegroupName=group)["nodegroup"]
    found = [one["name"] for one in described.get("resources", {}).get("autoScalingGroups", []) if "name" in one]
    if not found:
        return []
    return clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=found)["AutoScalingGroups"]


def traffic_sources_of(clients: Clients, found: "Iterable[AutoScalingGroupTypeDef]") -> list[str]:
    """The ARNs of what sends traffic to the groups' nodes."""
    sources = [
        source
        for group in found
        for source in clients.autoscaling.describe_traffic_sources(
            AutoScalingGroupName=group.get("AutoScalingGroupName", "")
        )["TrafficSources"]
    ]
    return sorted(
        source.get("Identifier", "") for source in sources if source.get("State") not in {"Removing", "Removed"}
    )


def suspended_processes_of(group: str, found: "Iterable[AutoScalingGroupTypeDef]") -> Iterator[str]:
    for one in found:
        for process in one.get("SuspendedProcesses", []):
            yield f"{group}: {process.get('ProcessName')}"


def scaling_tags(found: "Iterable[AutoScalingGroupTypeDef]") -> list[Mapping[str, str]]:
    """The tags of each of the groups."""
    return [{tag.get("Key", ""): tag.get("Value", "") for tag in one.get("Tags", [])} for one in found]


def nodes_by_zone(found: "Mapping[str, list[AutoScalingGroupTypeDef]]") -> dict[str, str]:
    """The zone of each node."""
    members = (one for groups in found.values() for group in groups for one in group.get("Instances", []))
    return {one.get("InstanceId", ""): one.get("AvailabilityZone", "") for one in members}
