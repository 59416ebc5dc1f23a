"""The environment on one page, from users inwards: what is wrong first, then a section for each part.

"Dashboard body structure and syntax", AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from holdfast.core.site import Site
from holdfast.core.spec import Spec

WIDTH, HEIGHT, HEADING = 8, 6, 1
"""Of a picture: three stand side by side on a page of 24 columns."""
COLUMNS: Final = 24
ROWS_OF_ALARMS: Final = 5

type Widget = dict[str, Any]


class Line(NamedTuple):
    """One line of a picture, or one for each thing that the metric has, where ``dimensions`` say so."""

    namespace: str
    metric: str
    stat: str
    dimensions: Mapping[str, str]
    label: str


class Picture(NamedTuple):
    title: str
    lines: tuple[Line, ...]


def body(spec: Spec, site: Site, alarms: Iterable[str]) -> str:
    """The dashboard as JSON; ``alarms`` by their names."""
    return json.dumps({"widgets": list(_laid_out(spec, site, alarms))})


def _laid_out(spec: Spec, site: Site, alarms: Iterable[str]) -> Iterator[Widget]:
    arns = [site.arn("cloudwatch", f"alarm:{name}") for name in alarms]
    yield _heading(f"# {spec.name}: what is wrong", 0)
    yield {
        "type": "alarm",
        "x": 0,
        "y": HEADING,
        "width": COLUMNS,
        "height": ROWS_OF_ALARMS,
        "properties": {"title": "Alarms", "alarms": arns, "sortBy": "stateUpdatedTimestamp"},
    }
    top = HEADING + ROWS_OF_ALARMS
    for title, pictures in _sections(spec, site).items():
        yield _heading(f"## {title}", top)
        top += HEADING
        for place, picture in enumerate(pictures):
            row, column = divmod(place, COLUMNS // WIDTH)
            yield _drawn(picture, site.region, column * WIDTH, top + row * HEIGHT)
        top += -(-len(pictures) // (COLUMNS // WIDTH)) * HEIGHT


def _heading(text: str, top: int) -> Widget:
    return {
        "type": "text",
        "x": 0,
        "y": top,
        "width": COLUMNS,
        "height": HEADING,
        "properties": {"markdown": text, "background": "transparent"},
    }


def _drawn(picture: Picture, region: str, left: int, top: int) -> Widget:
    lines = [
        [
            line.namespace,
            line.metric,
            *(part for dimension in line.dimensions.items() for part in dimension),
            {"stat": line.stat, "label": line.label},
        ]
        for line in picture.lines
    ]
    properties = {"title": picture.title, "region": region, "view": "timeSeries", "period": 60, "metrics": lines}
    return {"type": "metric", "x": left, "y": top, "width": WIDTH, "height": HEIGHT, "properties": properties}


def _sections(spec: Spec, site: Site) -> dict[str, tuple[Picture, ...]]:
    return {
        "Users": _users(),
        "WAF": _waf(spec, site),
        "Pods": _pods(spec),
        "Nodes": _nodes(spec),
        "Database": _database(),
        "Storage and ways out": _storage(),
    }


def _users() -> tuple[Picture, ...]:
    balancer = {"LoadBalancer": "${load_balancer/load_balancer.FullName}"}
    targets = {**balancer, "TargetGroup": "${load_balancer/target_group.FullName}"}

    def line(metric: str, stat: str, label: str, dimensions: Mapping[str, str] = balancer) -> Line:
        return Line("AWS/ApplicationELB", metric, stat, dimensions, label)

    return (
        Picture("Requests", (line("RequestCount", "Sum", "requests"),)),
        Picture(
            "Errors",
            (
                line("HTTPCode_Target_5XX_Count", "Sum", "5xx of the application"),
                line("HTTPCode_ELB_5XX_Count", "Sum", "5xx of the load balancer"),
                line("HTTPCode_Target_4XX_Count", "Sum", "4xx of the application"),
                line("RejectedConnectionCount", "Sum", "rejected connections"),
            ),
        ),
        Picture(
            "Seconds to the first byte",
            tuple(line("TargetResponseTime", stat, stat) for stat in ("p50", "p90", "p99")),
        ),
        Picture(
            "Targets",
            (
                line("HealthyHostCount", "Minimum", "healthy", targets),
                line("UnHealthyHostCount", "Maximum", "unhealthy", targets),
            ),
        ),
    )


def _waf(spec: Spec, site: Site) -> tuple[Picture, ...]:
    where = {"Region": site.region, "WebACL": spec.name}

    def line(metric: str, label: str, rule: str = "ALL") -> Line:
        return Line("AWS/WAFV2", metric, "Sum", {**where, "Rule": rule}, label)

    groups = ("AmazonIpReputationList", "KnownBadInputsRuleSet", "SQLiRuleSet", "CommonRuleSet")
    return (
        Picture("Let through and blocked", (line("AllowedRequests", "allowed"), line("BlockedRequests", "blocked"))),
        Picture(
            "Blocked, by rule",
            (
                line("BlockedRequests", "rate limit", "rate-limit"),
                *(line("BlockedRequests", group, f"AWSManagedRules{group}") for group in groups),
            ),
        ),
        Picture("Counted, not blocked", (line("CountedRequests", "large bodies", "AWSManagedRulesCommonRuleSet"),)),
    )


def _insight(spec: Spec, metric: str, stat: str, label: str) -> Line:
    return Line("ContainerInsights", metric, stat, {"ClusterName": spec.name}, label)


def _pods(spec: Spec) -> tuple[Picture, ...]:
    return (
        Picture(
            "Pods",
            (
                _insight(spec, "cluster_number_of_running_pods", "Average", "running"),
                _insight(spec, "pod_status_pending", "Sum", "pending"),
                _insight(spec, "pod_status_failed", "Sum", "failed"),
            ),
        ),
        Picture("CPU, % of the node", (_insight(spec, "pod_cpu_utilization", "Maximum", "the most"),)),
        Picture(
            "Memory, % of the limit", (_insight(spec, "pod_memory_utilization_over_pod_limit", "Maximum", "the most"),)
        ),
    )


def _nodes(spec: Spec) -> tuple[Picture, ...]:
    return (
        Picture(
            "Nodes",
            (
                _insight(spec, "cluster_node_count", "Average", "all"),
                _insight(spec, "cluster_failed_node_count", "Maximum", "failed"),
            ),
        ),
        Picture(
            "CPU, %",
            (
                _insight(spec, "node_cpu_utilization", "Average", "used"),
                _insight(spec, "node_cpu_reserved_capacity", "Average", "asked for by pods"),
            ),
        ),
        Picture(
            "Memory and disk, %",
            (
                _insight(spec, "node_memory_utilization", "Average", "memory used"),
                _insight(spec, "node_memory_reserved_capacity", "Average", "memory asked for by pods"),
                _insight(spec, "node_filesystem_utilization", "Maximum", "the fullest disk"),
            ),
        ),
    )


def _database() -> tuple[Picture, ...]:
    def line(metric: str, stat: str, label: str) -> Line:
        return Line("AWS/RDS", metric, stat, {"DBInstanceIdentifier": "${database/instance}"}, label)

    return (
        Picture("CPU, %", (line("CPUUtilization", "Average", "used"),)),
        Picture("Connections", (line("DatabaseConnections", "Maximum", "open"),)),
        Picture(
            "Free bytes", (line("FreeStorageSpace", "Minimum", "disk"), line("FreeableMemory", "Minimum", "memory"))
        ),
        Picture(
            "Seconds a read or write takes", (line("ReadLatency", "p99", "read"), line("WriteLatency", "p99", "write"))
        ),
    )


def _storage() -> tuple[Picture, ...]:
    system = {"FileSystemId": "${file_storage/file_system}"}
    gateways = {number: {"NatGatewayId": f"${{egress/nat_gateway_{number}}}"} for number in (1, 2, 3)}
    return (
        Picture(
            "File system",
            (
                Line("AWS/EFS", "PercentIOLimit", "Maximum", system, "% of its operations"),
                Line("AWS/EFS", "ClientConnections", "Sum", system, "clients"),
            ),
        ),
        Picture(
            "Bytes out through the NAT gateways",
            tuple(
                Line("AWS/NATGateway", "BytesOutToDestination", "Sum", gateway, f"zone {number}")
                for number, gateway in gateways.items()
            ),
        ),
        Picture(
            "Connections that found no port",
            tuple(
                Line("AWS/NATGateway", "ErrorPortAllocation", "Sum", gateway, f"zone {number}")
                for number, gateway in gateways.items()
            ),
        ),
    )
