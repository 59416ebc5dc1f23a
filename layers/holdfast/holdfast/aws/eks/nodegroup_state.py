"""What is promised of a node group ("Nodegroup", EKS API reference)."""

from holdfast.core.resource import Desired, Tagged


class ScalingConfig(Desired, frozen=True, kw_only=True):
    """The bounds of the Cluster Autoscaler, without the desired size."""

    min_size: int
    max_size: int


class Taint(Desired, frozen=True, kw_only=True, order=True):
    key: str
    effect: str
    value: str = ""


class UpdateConfig(Desired, frozen=True, kw_only=True):
    """How many nodes at once may be gone while nodes are replaced."""

    max_unavailable: int


class NodeRepairConfig(Desired, frozen=True, kw_only=True):
    """Whether EKS replaces nodes that are not well ("Detect node health issues", EKS user guide)."""

    enabled: bool


class VersionedTemplate(Desired, frozen=True, kw_only=True):
    """The launch template by id, and its version by number."""

    id: str
    version: str


class NodegroupState(Tagged, frozen=True, kw_only=True):
    """``subnets`` and ``taints`` are closed, ``labels`` open: another label admits nothing."""

    cluster_name: str
    nodegroup_name: str
    node_role: str
    ami_type: str
    capacity_type: str
    instance_types: tuple[str, ...]
    subnets: frozenset[str]
    scaling_config: ScalingConfig
    launch_template: VersionedTemplate
    version: str
    update_config: UpdateConfig
    node_repair_config: NodeRepairConfig
    labels: dict[str, str] = {}
    taints: frozenset[Taint] = frozenset()
