"""``AWS::EKS::Nodegroup``: managed nodes, launched from a template of ours; how many there are is not ours to say.

Between its bounds the Cluster Autoscaler sets the desired size, so it is no field. The bounds in force are those of its
Auto Scaling group, to which UpdateNodegroupConfig carries them. What can be changed is changed by
UpdateNodegroupConfig (bounds, labels, taints, how updates and repairs go) or by UpdateNodegroupVersion (Kubernetes or
template version, which replaces the nodes one after the other); EKS does one at a time, and is ``UPDATING`` meanwhile,
when it may raise the group's bounds itself ("Understand each phase of node updates", EKS user guide): nothing is
compared then. All else is settled when the group is made ("CreateNodegroup", EKS API reference).
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from holdfast.aws.eks.cluster import GONE
from holdfast.aws.eks.nodegroup_state import (
    NodegroupState,
    NodeRepairConfig,
    ScalingConfig,
    Taint,
    UpdateConfig,
    VersionedTemplate,
)
from holdfast.aws.eks.updates import AGAIN, BUSY, given_up, one_at_a_time
from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Drift, Duration, Observed, Physical

if TYPE_CHECKING:
    from mypy_boto3_eks.type_defs import (
        LaunchTemplateSpecificationTypeDef,
        NodegroupScalingConfigTypeDef,
        NodegroupTypeDef,
        TaintTypeDef,
        UpdateNodegroupConfigRequestTypeDef,
    )

AT_WORK = ("CREATING", "UPDATING", "DELETING")
GIVEN_UP = ("CREATE_FAILED", "DELETE_FAILED")
"""``DEGRADED`` is neither: its nodes may serve, and its fields can be compared and changed."""


class Nodegroup(AwsResource[NodegroupState]):
    """One node group. CloudTrail names it by cluster and name; its name contains the cluster's, so that it suffices."""

    kind = "AWS::EKS::Nodegroup"
    model = NodegroupState
    claimed_apart = True
    immutable = frozenset(
        {"AmiType", "CapacityType", "ClusterName", "InstanceTypes", "NodeRole", "NodegroupName", "Subnets"}
    )
    duration = Duration(usual=115, least=88, most=221)
    disposable = True
    comes_back = True

    @classmethod
    def refusals(cls, stands: Mapping[str, object], asked: Mapping[str, object]) -> Iterator[str]:
        """Nodes go forward one minor version at a time, as their cluster does, and never back."""
        yield from super().refusals(stands, asked)
        old, new = _minor(stands.get("Version")), _minor(asked.get("Version"))
        if new < old:
            yield f"Version is {stands['Version']}, asked for {asked['Version']}: nodes never go back"
        if new > old + 1:
            yield f"Version is {stands['Version']}, asked for {asked['Version']}: nodes go one minor version at a time"

    def observe(self) -> Observed[NodegroupState] | None:
        group = self._describe()
        if group is None:
            return None
        status = group["status"]
        groups = group.get("resources", {}).get("autoScalingGroups", [])
        physical = {"id": group["nodegroupName"], "Arn": group["nodegroupArn"]}
        return Observed(
            state=_state(group, self._bounds_of(group)),
            physical={**physical, "AutoScalingGroupName": groups[0]["name"]} if groups else physical,
            wait=AGAIN if status in AT_WORK else 0,
            failed=_ailing(group) or status if status in GIVEN_UP else "",
        )

    def _describe(self) -> "NodegroupTypeDef | None":
        cluster, name = self.desired.cluster_name, self.desired.nodegroup_name
        try:
            return self.clients.eks.describe_nodegroup(clusterName=cluster, nodegroupName=name)["nodegroup"]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None

    def _bounds_of(self, group: "NodegroupTypeDef") -> ScalingConfig:
        """As EKS has noted them; or, where that is what is promised, as they are in force."""
        noted = group["scalingConfig"]
        bounds = ScalingConfig(min_size=noted.get("minSize", 0), max_size=noted.get("maxSize", 0))
        groups = [one["name"] for one in group.get("resources", {}).get("autoScalingGroups", [])]
        if bounds != self.desired.scaling_config or group["status"] in AT_WORK or not groups:
            return bounds
        found = self.clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=groups)
        in_force = [
            ScalingConfig(min_size=one["MinSize"], max_size=one["MaxSize"]) for one in found["AutoScalingGroups"]
        ]
        return next((one for one in in_force if one != bounds), bounds)

    def create(self) -> Physical:
        """One node at the least, even where the bounds admit none: that it joins shows that others can."""
        asked = self.desired
        first = max(asked.scaling_config.min_size, 1)
        with already_so(BUSY):
            self.clients.eks.create_nodegroup(
                clusterName=asked.cluster_name,
                nodegroupName=asked.nodegroup_name,
                nodeRole=asked.node_role,
                amiType=cast("Any", asked.ami_type),
                capacityType=cast("Any", asked.capacity_type),
                instanceTypes=list(asked.instance_types),
                subnets=sorted(asked.subnets),
                scalingConfig=self._bounds | {"desiredSize": first},
                launchTemplate=self._template,
                version=asked.version,
                updateConfig={"maxUnavailable": asked.update_config.max_unavailable},
                nodeRepairConfig={"enabled": asked.node_repair_config.enabled},
                labels=asked.labels,
                taints=_taint_list(asked.taints),
                tags=asked.tags,
            )
        return {}

    @property
    def _bounds(self) -> "NodegroupScalingConfigTypeDef":
        return {"minSize": self.desired.scaling_config.min_size, "maxSize": self.desired.scaling_config.max_size}

    @property
    def _template(self) -> "LaunchTemplateSpecificationTypeDef":
        return {"id": self.desired.launch_template.id, "version": self.desired.launch_template.version}

    def update(self, observed: Observed[NodegroupState], drift: Drift) -> tuple[str, ...]:
        """The quick update first: bounds and taints hold at once, new nodes come one by one. One of them a step."""
        paths = {change.path.partition(".")[0] for change in drift}
        configured = self._configure(paths, drift) or self._renew(paths)
        return (*configured, *self._retag(observed, drift))

    def _configure(self, paths: set[str], drift: Drift) -> list[str]:
        asked: UpdateNodegroupConfigRequestTypeDef = {
            "clusterName": self.desired.cluster_name,
            "nodegroupName": self.desired.nodegroup_name,
        }
        if "ScalingConfig" in paths:
            asked["scalingConfig"] = self._bounds | self._desired_size()
        if "Labels" in paths:
            asked["labels"] = {"addOrUpdateLabels": self.desired.labels}
        if "Taints" in paths:
            asked["taints"] = {"addOrUpdateTaints": _taint_list(self.desired.taints), "removeTaints": _foreign(drift)}
        if "UpdateConfig" in paths:
            asked["updateConfig"] = {"maxUnavailable": self.desired.update_config.max_unavailable}
        if "NodeRepairConfig" in paths:
            asked["nodeRepairConfig"] = {"enabled": self.desired.node_repair_config.enabled}
        said = asked.keys() - {"clusterName", "nodegroupName"}
        if not said:
            return []
        with one_at_a_time(self.desired.nodegroup_name):
            self.clients.eks.update_nodegroup_config(**asked)
        return [f"UpdateNodegroupConfig {', '.join(sorted(said))}"]

    def _desired_size(self) -> "NodegroupScalingConfigTypeDef":
        """Only where it lies outside the new bounds, which EKS would refuse; inside it is the autoscaler's affair."""
        group = self._describe()
        now = group["scalingConfig"].get("desiredSize", 0) if group else 0
        bounds = self.desired.scaling_config
        inside = min(max(now, bounds.min_size), bounds.max_size)
        return {} if inside == now else {"desiredSize": inside}

    def _renew(self, paths: set[str]) -> list[str]:
        if not paths & {"LaunchTemplate", "Version"}:
            return []
        with one_at_a_time(self.desired.nodegroup_name):
            self.clients.eks.update_nodegroup_version(
                clusterName=self.desired.cluster_name,
                nodegroupName=self.desired.nodegroup_name,
                version=self.desired.version,
                launchTemplate=self._template,
            )
        return [f"UpdateNodegroupVersion {self.desired.version}, template {self.desired.launch_template.version}"]

    def _retag(self, observed: Observed[NodegroupState], drift: Drift) -> list[str]:
        lost = lost_tags(drift)
        if not lost:
            return []
        self.clients.eks.tag_resource(resourceArn=observed.physical["Arn"], tags=lost)
        return [f"TagResource {', '.join(lost)}"]

    def gave_up(self, since: float) -> str:
        return given_up(
            self.clients.eks, since, self.desired.cluster_name, {"nodegroupName": self.desired.nodegroup_name}
        )

    def discard(self, observed: Observed[NodegroupState]) -> None:
        with already_so(GONE):
            self.clients.eks.delete_nodegroup(
                clusterName=observed.state.cluster_name, nodegroupName=observed.state.nodegroup_name
            )

    def delete(self, observed: Observed[NodegroupState]) -> None:
        """A second call while it is being deleted finds it in use by the first."""
        with already_so(BUSY):
            self.discard(observed)


def _state(group: "NodegroupTypeDef", bounds: ScalingConfig) -> NodegroupState:
    template = group.get("launchTemplate", {})
    return NodegroupState(
        cluster_name=group["clusterName"],
        nodegroup_name=group["nodegroupName"],
        node_role=group["nodeRole"],
        ami_type=group["amiType"],
        capacity_type=group["capacityType"],
        instance_types=tuple(group.get("instanceTypes", [])),
        subnets=frozenset(group["subnets"]),
        scaling_config=bounds,
        launch_template=VersionedTemplate(id=template.get("id", ""), version=template.get("version", "")),
        version=group["version"],
        update_config=UpdateConfig(max_unavailable=group.get("updateConfig", {}).get("maxUnavailable", 0)),
        node_repair_config=NodeRepairConfig(enabled=group.get("nodeRepairConfig", {}).get("enabled", False)),
        labels=group.get("labels", {}),
        taints=frozenset(
            Taint(key=one.get("key", ""), value=one.get("value", ""), effect=one.get("effect", ""))
            for one in group.get("taints", [])
        ),
        tags=group.get("tags", {}),
    )


def _ailing(group: "NodegroupTypeDef") -> str:
    """What EKS says is wrong with the group: ``AsgInstanceLaunchFailures (eks-…): You have requested …``."""
    issues = group.get("health", {}).get("issues", [])
    return "; ".join(
        f"{one.get('code', '')} ({', '.join(one.get('resourceIds', []))}): {one.get('message', '')}" for one in issues
    )


def _taint_list(taints: frozenset[Taint]) -> list["TaintTypeDef"]:
    ordered = sorted(taints, key=lambda one: (one.key, one.effect))
    return [{"key": one.key, "value": one.value, "effect": cast("Any", one.effect)} for one in ordered]


def _foreign(drift: Drift) -> list["TaintTypeDef"]:
    """Taints to take off: EKS knows one by key and effect, so one whose value alone was changed is overwritten."""
    promised = {(one.key, one.effect) for change in drift if isinstance(one := change.promised, Taint)}
    found = [one for change in drift if isinstance(one := change.found, Taint)]
    return _taint_list(frozenset(one for one in found if (one.key, one.effect) not in promised))


def _minor(version: object) -> int:
    return int(str(version).partition(".")[2] or 0)
