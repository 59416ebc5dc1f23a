"""Breaks of observability."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.world import World
from tests.unit.aws.specimens.cloudwatch import put
from tests.unit.environment.breaks.broken import Break


def _put(alarm: str, **fields: Any) -> Callable[[World], object]:
    deed = put(**fields)
    return lambda world: deed(world.clients, f"{world.spec.name}-{alarm}")


def _delete_group(name: str) -> Callable[[World], object]:
    return lambda world: world.clients.logs.delete_log_group(logGroupName=name)


def _came_once(metric: str) -> Callable[[World], object]:
    """The last number is two hours old, and nothing runs that could send the next."""

    def deed(world: World) -> object:
        return world.clients.cloudwatch.put_metric_data(
            Namespace="ContainerInsights",
            MetricData=[
                {
                    "MetricName": metric,
                    "Dimensions": [{"Name": "ClusterName", "Value": world.spec.name}],
                    "Timestamp": datetime.now(UTC) - timedelta(hours=2),
                    "Value": 1,
                }
            ],
        )

    return deed


def _deleted(name: str) -> Callable[[World], object]:
    return lambda world: world.clients.cloudwatch.delete_alarms(AlarmNames=[f"{world.spec.name}-{name}"])


BREAKS = (
    Break("observability", "Which metrics does an alarm of the environment watch?", _deleted("database-storage")),
    Break("observability", "Which metrics does an alarm of the environment watch?", _deleted("database-fill")),
    Break(
        "observability",
        "Which alarms do not tell on-call, or not when all is well again?",
        _put("node-health", AlarmActions=["arn:aws:sns:eu-west-1:123456789012:theirs"]),
    ),
    Break(
        "observability",
        "Which alarms are silenced?",
        lambda world: world.clients.cloudwatch.disable_alarm_actions(AlarmNames=[f"{world.spec.name}-rate-5xx"]),
    ),
    Break(
        "observability", "Which alarms do not say where to read what to do?", _put("latency", AlarmDescription="Slow")
    ),
    Break(
        "observability",
        "Which sections has the dashboard?",
        lambda world: world.clients.cloudwatch.put_dashboard(
            DashboardName=f"holdfast-{world.spec.name}", DashboardBody=json.dumps({"widgets": []})
        ),
    ),
    Break("observability", "Do application logs arrive?", _delete_group("/aws/containerinsights/atlas/application")),
    Break("observability", "Do data plane logs arrive?", _delete_group("/aws/containerinsights/atlas/dataplane")),
    Break("observability", "Do node logs arrive?", _delete_group("/aws/containerinsights/atlas/host")),
    Break("observability", "Do performance logs arrive?", _delete_group("/aws/containerinsights/atlas/performance")),
    Break("observability", "Do control plane logs arrive?", _delete_group("/aws/eks/atlas/cluster")),
    Break("observability", "Do database logs arrive?", _delete_group("/aws/rds/instance/atlas/postgresql")),
    Break("observability", "Do WAF logs arrive?", _delete_group("aws-waf-logs-atlas")),
    Break("observability", "Do numbers on pod CPU arrive?", _came_once("pod_cpu_utilization")),
    Break("observability", "Do numbers on pod memory arrive?", _came_once("pod_memory_utilization")),
    Break("observability", "Do numbers on node health arrive?", _came_once("cluster_failed_node_count")),
)
