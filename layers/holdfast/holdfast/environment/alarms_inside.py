"""The alarms on what users do not see: nodes, pods, database and file system."""

from collections.abc import Iterator, Mapping

from holdfast.core.spec import Spec
from holdfast.environment.watch import (
    A_MINUTE,
    ABOVE,
    AN_HOUR,
    AT_LEAST,
    BELOW,
    FIVE_MINUTES,
    GOOD_NEWS,
    RINGS,
    UNKNOWN,
    Bound,
    Measure,
    Watch,
)

MIB, GIB = 2**20, 2**30


def inside(spec: Spec) -> Iterator[Watch]:
    """From the nodes to what the application keeps."""
    yield from _nodes(spec)
    yield from _pods(spec)
    yield from _database(spec)
    yield from _file_system()


def _nodes(spec: Spec) -> Iterator[Watch]:
    """From "Amazon EKS and Kubernetes Container Insights with enhanced observability metrics", CloudWatch guide."""
    groups = spec.nodes.groups.values()
    least, most = max(1, sum(group.min for group in groups)), sum(group.max for group in groups)
    yield Watch(
        "node-cpu",
        "Nodes have been busier than 80 % for a quarter of an hour: the autoscaler goes by what pods ask for, "
        "not by this.",
        Bound(ABOVE, 80, FIVE_MINUTES, 3, 3, UNKNOWN),
        _insight(spec, "node_cpu_utilization", "Average"),
    )
    yield Watch(
        "node-memory",
        "Nodes use more than 85 % of their memory: soon the kubelet evicts pods.",
        Bound(ABOVE, 85, FIVE_MINUTES, 3, 3, UNKNOWN),
        _insight(spec, "node_memory_utilization", "Average"),
    )
    yield Watch(
        "node-storage",
        "A node's disk is more than 80 % full: at 85 % the kubelet deletes images, and then evicts pods.",
        Bound(ABOVE, 80, FIVE_MINUTES, 2, 2, UNKNOWN),
        _insight(spec, "node_filesystem_utilization", "Maximum"),
    )
    yield Watch(
        "node-health",
        "A node is in a bad condition for five minutes, longer than it takes to join or to leave.",
        Bound(AT_LEAST, 1, A_MINUTE, 5, 5, UNKNOWN),
        _insight(spec, "cluster_failed_node_count", "Maximum"),
    )
    yield Watch(
        "node-count",
        f"There have been fewer than {least} nodes for a quarter of an hour, or nothing tells how many there are.",
        Bound(BELOW, least, FIVE_MINUTES, 3, 3, RINGS),
        _insight(spec, "cluster_node_count", "Minimum"),
    )
    yield Watch(
        "node-ceiling",
        f"All {most} nodes that the file allows run for half an hour: more load finds no more nodes.",
        Bound(AT_LEAST, most, FIVE_MINUTES, 6, 6, UNKNOWN),
        _insight(spec, "cluster_node_count", "Minimum"),
    )


def _pods(spec: Spec) -> Iterator[Watch]:
    """From the same page: of pods with a container that has no limit there is no number over the limit.

    Ours have a limit of memory, and none of CPU (``kubernetes.manifests.pod``): that is measured by the node's.
    """
    yield Watch(
        "pod-cpu",
        "One pod has used more than 90 % of its node's CPU for a quarter of an hour: it gets no more there.",
        Bound(ABOVE, 90, FIVE_MINUTES, 3, 3, UNKNOWN),
        _insight(spec, "pod_cpu_utilization", "Maximum"),
    )
    yield Watch(
        "pod-memory",
        "A pod is at more than 90 % of its memory limit: at 100 % it is killed.",
        Bound(ABOVE, 90, FIVE_MINUTES, 2, 2, UNKNOWN),
        _insight(spec, "pod_memory_utilization_over_pod_limit", "Maximum"),
    )
    yield Watch(
        "pods-pending",
        "A pod finds no place for a quarter of an hour: a new node takes five minutes.",
        Bound(AT_LEAST, 1, FIVE_MINUTES, 3, 3, UNKNOWN),
        _insight(spec, "pod_status_pending", "Maximum"),
    )
    yield Watch(
        "pods-failed",
        "A pod has failed and stays so.",
        Bound(AT_LEAST, 1, FIVE_MINUTES, 3, 3, UNKNOWN),
        _insight(spec, "pod_status_failed", "Maximum"),
    )


def _insight(spec: Spec, name: str, stat: str) -> Mapping[str, Measure]:
    return {"measured": Measure("ContainerInsights", name, stat, {"ClusterName": spec.name})}


def _database(spec: Spec) -> Iterator[Watch]:
    """From "Amazon CloudWatch metrics for Amazon RDS", RDS user guide; a number a minute, always.

    No metric says how much is allocated once RDS has grown it: what is free is held against the file, and its pace
    against RDS's ("Managing capacity automatically with Amazon RDS storage autoscaling", RDS user guide).
    """
    yield Watch(
        "database-cpu",
        "The database is busier than 80 % for a quarter of an hour.",
        Bound(ABOVE, 80, FIVE_MINUTES, 3, 3, RINGS),
        {"measured": _stored("CPUUtilization", "Average")},
    )
    yield Watch(
        "database-memory",
        "The database has less than 256 MiB of memory left: it begins to swap.",
        Bound(BELOW, 256 * MIB, FIVE_MINUTES, 3, 3, UNKNOWN),
        {"measured": _stored("FreeableMemory", "Minimum")},
    )
    yield Watch(
        "database-storage",
        f"Less than 5 % of the file's {spec.database.storage_gib} GiB is free: RDS grows it at 10 %, so it could not.",
        Bound(BELOW, spec.database.storage_gib * GIB // 20, FIVE_MINUTES, 2, 2, UNKNOWN),
        {"measured": _stored("FreeStorageSpace", "Minimum")},
    )
    yield Watch(
        "database-fill",
        "At the pace of the last hour the database's disk is full in six, and RDS grows it once in six at the most.",
        Bound(BELOW, 0, AN_HOUR, 1, 1, UNKNOWN),
        {"free": _stored("FreeStorageSpace", "Minimum")},
        "free + 6 * DIFF(free)",
    )
    yield Watch(
        "database-queue",
        "More than 64 reads and writes wait for the disk for a quarter of an hour.",
        Bound(ABOVE, 64, FIVE_MINUTES, 3, 3, UNKNOWN),
        {"measured": _stored("DiskQueueDepth", "Average")},
    )
    yield Watch(
        "database-transactions",
        "A billion transaction ids are in use of two: vacuum does not keep up, at the end PostgreSQL stops writing.",
        Bound(ABOVE, 1_000_000_000, FIVE_MINUTES, 1, 1, UNKNOWN),
        {"measured": _stored("MaximumUsedTransactionIDs", "Maximum")},
    )


def _stored(name: str, stat: str) -> Measure:
    return Measure("AWS/RDS", name, stat, {"DBInstanceIdentifier": "${database/instance}"})


def _file_system() -> Iterator[Watch]:
    """From "CloudWatch metrics for Amazon EFS", EFS user guide."""
    yield Watch(
        "file-system-io",
        "The file system is at more than 95 % of its operations a second for a quarter of an hour: it slows down.",
        Bound(ABOVE, 95, FIVE_MINUTES, 3, 3, GOOD_NEWS),
        {"measured": Measure("AWS/EFS", "PercentIOLimit", "Maximum", {"FileSystemId": "${file_storage/file_system}"})},
    )
