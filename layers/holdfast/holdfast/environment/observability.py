"""Observability: the alarms, the dashboard, and whether logs and numbers arrive."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

import msgspec

from holdfast.aws.clients import Clients
from holdfast.aws.cloudwatch.dashboard import DashboardState
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.trouble import ComeBackLater
from holdfast.environment.alarms_inside import inside
from holdfast.environment.alarms_outside import outside
from holdfast.environment.dashboard import body

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef

WATCHED: Final = {
    "CPU": ("CPUUtilization", "node_cpu_utilization", "pod_cpu_utilization"),
    "memory": ("FreeableMemory", "node_memory_utilization", "pod_memory_utilization_over_pod_limit"),
    "node health": ("cluster_failed_node_count", "cluster_node_count"),
    "pods": ("pod_status_failed", "pod_status_pending"),
    "5xx": ("HTTPCode_ELB_5XX_Count", "HTTPCode_Target_5XX_Count"),
    "latency": ("TargetResponseTime",),
    "unhealthy targets": ("HealthyHostCount", "UnHealthyHostCount"),
    "storage": ("DIFF(FreeStorageSpace)", "FreeStorageSpace", "PercentIOLimit", "node_filesystem_utilization"),
    "ways out": ("ErrorPortAllocation", "PacketsDropCount"),
    "WAF": ("BlockedRequests",),
    "certificate": ("DaysToExpiry",),
}
"""What an environment must not be without, by the metrics that tell of it."""
FRESH: Final = timedelta(minutes=30)
ASK_AGAIN: Final = 30


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    states = [alarm.state(spec.name, site.alerts) for alarm in (*outside(spec, site.region), *inside(spec))]
    for state in states:
        name = state.alarm_name.removeprefix(f"{spec.name}-").replace("-", "_")
        yield Declared("AWS::CloudWatch::Alarm", name, state)
    dashboard = DashboardState(
        dashboard_name=f"holdfast-{spec.name}",
        dashboard_body=body(spec, site, [state.alarm_name for state in states]),
    )
    yield Declared("AWS::CloudWatch::Dashboard", "dashboard", dashboard)


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Ask the alarms what they watch and whom they tell, then look for what should arrive."""
    alarms = _alarms(clients, spec)
    yield Finding.of(
        "Which metrics does an alarm of the environment watch?",
        saw={what: sorted(_metrics_of(alarms) & set(metrics)) for what, metrics in WATCHED.items()},
        expected={what: sorted(metrics) for what, metrics in WATCHED.items()},
    )
    yield Finding.of(
        "Which alarms do not tell on-call, or not when all is well again?",
        saw=[one["AlarmName"] for one in alarms if not _tells(one, site.alerts)],
        expected=[],
    )
    yield Finding.of(
        "Which alarms are silenced?",
        saw=[one["AlarmName"] for one in alarms if not one["ActionsEnabled"]],
        expected=[],
    )
    yield Finding.of(
        "Which alarms do not say where to read what to do?",
        saw=[one["AlarmName"] for one in alarms if "docs/runbooks/" not in one.get("AlarmDescription", "")],
        expected=[],
    )
    yield Finding.of(
        "Which sections has the dashboard?",
        saw=_sections(clients, spec),
        expected=["Users", "WAF", "Pods", "Nodes", "Database", "Storage and ways out"],
    )
    nodes = _nodes(clients, spec)
    for kind, group in _groups(spec).items():
        yield _logs_arrive(clients, kind, group, nodes)
    for kind, metric in (
        ("pod CPU", "pod_cpu_utilization"),
        ("pod memory", "pod_memory_utilization"),
        ("node health", "cluster_failed_node_count"),
    ):
        yield _numbers_arrive(clients, spec, kind, metric, nodes)


def _alarms(clients: Clients, spec: Spec) -> "list[MetricAlarmTypeDef]":
    """Those that bear our tag: another environment's name may begin with this one's."""
    pages = clients.cloudwatch.get_paginator("describe_alarms").paginate(
        AlarmNamePrefix=f"{spec.name}-", AlarmTypes=["MetricAlarm"]
    )
    found = [alarm for page in pages for alarm in page["MetricAlarms"]]
    ours = {"Key": "holdfast:environment", "Value": spec.name}
    return [
        alarm
        for alarm in found
        if ours in clients.cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    ]


def _metrics_of(alarms: "list[MetricAlarmTypeDef]") -> set[str]:
    alone = {alarm.get("MetricName", "") for alarm in alarms}
    return alone | {metric for alarm in alarms for metric in _combined(alarm)}


def _combined(alarm: "MetricAlarmTypeDef") -> Iterator[str]:
    """The metrics that its expression is made of; one of which only the pace counts is not the metric itself."""
    queries = alarm.get("Metrics", [])
    expressions = " ".join(query.get("Expression", "") for query in queries)
    for query in queries:
        if "MetricStat" in query:
            name = query["MetricStat"]["Metric"].get("MetricName", "")
            yield f"DIFF({name})" if f"DIFF({query['Id']})" in expressions else name


def _tells(alarm: "MetricAlarmTypeDef", topic: str) -> bool:
    return alarm.get("AlarmActions") == [topic] and alarm.get("OKActions") == [topic]


def _sections(clients: Clients, spec: Spec) -> list[str]:
    """Its headings, by what is written on the page."""
    listed = clients.cloudwatch.list_dashboards(DashboardNamePrefix=f"holdfast-{spec.name}")["DashboardEntries"]
    if not any(one["DashboardName"] == f"holdfast-{spec.name}" for one in listed):
        return []
    written = clients.cloudwatch.get_dashboard(DashboardName=f"holdfast-{spec.name}")["DashboardBody"]
    widgets = msgspec.json.decode(written)["widgets"]
    texts = [one["properties"]["markdown"] for one in widgets if one["type"] == "text"]
    return [text.removeprefix("## ") for text in texts if text.startswith("## ")]


def _nodes(clients: Clients, spec: Spec) -> int:
    """How many nodes run: where there are some, what they send must come."""
    pages = clients.ec2.get_paginator("describe_instances").paginate(
        Filters=[
            {"Name": "tag:eks:cluster-name", "Values": [spec.name]},
            {"Name": "instance-state-name", "Values": ["running"]},
        ]
    )
    return sum(len(reservation["Instances"]) for page in pages for reservation in page["Reservations"])


def _groups(spec: Spec) -> dict[str, str]:
    containers = f"/aws/containerinsights/{spec.name}"
    return {
        "application": f"{containers}/application",
        "data plane": f"{containers}/dataplane",
        "node": f"{containers}/host",
        "performance": f"{containers}/performance",
        "control plane": f"/aws/eks/{spec.name}/cluster",
        "database": f"/aws/rds/instance/{spec.name}/postgresql",
        "WAF": f"aws-waf-logs-{spec.name}",
    }


def _logs_arrive(clients: Clients, kind: str, group: str, nodes: int) -> Finding:
    """Only of WAF it may be that nothing has happened yet although all stands: nobody has asked for anything."""
    question = f"Do {kind} logs arrive?"
    groups = clients.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    if not any(one["logGroupName"] == group for one in groups):
        return Finding(question=question, saw=f"there is no {group}", verdict="broken")
    streams = clients.logs.describe_log_streams(logGroupName=group, limit=1)["logStreams"]
    if streams:
        return Finding(question=question, saw=streams[0]["logStreamName"], verdict="holds")
    if nodes and kind != "WAF":
        raise ComeBackLater(f"{nodes} nodes run, and no {kind} logs have come to {group} yet", ASK_AGAIN)
    missing = "no request has come yet" if kind == "WAF" else "no node runs here that could send any"
    return Finding(question=question, saw=missing, verdict="not shown here")


def _numbers_arrive(clients: Clients, spec: Spec, kind: str, metric: str, nodes: int) -> Finding:
    question, now = f"Do numbers on {kind} arrive?", datetime.now(UTC)
    latest = clients.cloudwatch.get_metric_statistics(
        Namespace="ContainerInsights",
        MetricName=metric,
        Dimensions=[{"Name": "ClusterName", "Value": spec.name}],
        StartTime=now - FRESH,
        EndTime=now,
        Period=int(FRESH.total_seconds()),
        Statistics=["SampleCount"],
    )["Datapoints"]
    if latest:
        return Finding(question=question, saw=metric, verdict="holds")
    if nodes:
        raise ComeBackLater(f"{nodes} nodes run, and {metric} has not come yet", ASK_AGAIN)
    once = clients.cloudwatch.list_metrics(
        Namespace="ContainerInsights", MetricName=metric, Dimensions=[{"Name": "ClusterName", "Value": spec.name}]
    )["Metrics"]
    if once:
        return Finding(question=question, saw=f"{metric} came once, and no more", verdict="broken")
    return Finding(question=question, saw="no node runs here that could send any", verdict="not shown here")
