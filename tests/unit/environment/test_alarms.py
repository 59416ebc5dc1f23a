"""Every alarm rings for a reason, says where to read on, and is drawn on the dashboard."""

import json
import re
from pathlib import Path
from typing import Final

import pytest

from holdfast.aws.cloudwatch.alarm import AlarmState
from holdfast.aws.cloudwatch.dashboard import DashboardState
from holdfast.environment.catalogue import LAYERS
from holdfast.kubernetes.state import ObjectState
from tests.support.world import SITE, spec

RUNBOOK: Final = Path(__file__).parents[3] / "docs" / "runbooks" / "alarms.md"
LINES: Final = LAYERS["observability"].declared(spec(), SITE)
ALARMS: Final = {line.desired.alarm_name: line.desired for line in LINES if isinstance(line.desired, AlarmState)}
RUN: Final = {"Kubernetes::Deployment", "Kubernetes::DaemonSet"}
"""The kinds of which pods are made."""
MEASURED_EACH: Final = 10
"""Metrics that one alarm may be made of ("Create a CloudWatch alarm based on a metric math expression")."""


def test_each_alarm_has_its_heading_and_each_heading_its_alarm() -> None:
    headings = set(re.findall(r"^### (\S+)$", RUNBOOK.read_text(), re.MULTILINE))
    assert {f"atlas-{heading}" for heading in headings} == ALARMS.keys(), "docs/runbooks/alarms.md"


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_tells_on_call_and_says_where_to_read_on(name: str) -> None:
    alarm = ALARMS[name]
    assert alarm.alarm_actions == alarm.ok_actions == {SITE.alerts}
    assert alarm.alarm_description.endswith(f"docs/runbooks/alarms.md, {name.removeprefix('atlas-')}")
    assert alarm.datapoints_to_alarm <= alarm.evaluation_periods


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_is_on_one_metric_or_on_one_expression(name: str) -> None:
    alarm = ALARMS[name]
    assert bool(alarm.metric_name) != bool(alarm.metrics)
    assert bool(alarm.metric_name) == bool(alarm.statistic or alarm.extended_statistic)
    if alarm.metrics:
        assert [query.expression for query in alarm.metrics if query.return_data] != [""]
        assert len(alarm.metrics) <= MEASURED_EACH
        named = {query.id for query in alarm.metrics}
        (result,) = (query for query in alarm.metrics if query.return_data)
        assert set(re.findall(r"\b[a-z]\w*\b", result.expression)) == named - {result.id}


def test_fewer_nodes_than_the_file_wants_ring_and_as_many_as_it_allows() -> None:
    wanted = spec(nodes={"general": {"min": 3, "max": 4}, "gpu": {"min": 1, "max": 3}})
    lines = LAYERS["observability"].declared(wanted, SITE)
    bounds = {line.name: line.desired.threshold for line in lines if isinstance(line.desired, AlarmState)}
    assert (bounds["node_count"], bounds["node_ceiling"]) == (4, 7)


def test_the_dashboard_shows_every_alarm_and_no_picture_lies_on_another() -> None:
    (written,) = (line.desired.dashboard_body for line in LINES if isinstance(line.desired, DashboardState))
    widgets = json.loads(written)["widgets"]
    shown = {arn.rpartition(":")[2] for one in widgets for arn in one["properties"].get("alarms", [])}
    assert shown == ALARMS.keys()
    cells = [
        (x, y)
        for one in widgets
        for x in range(one["x"], one["x"] + one["width"])
        for y in range(one["y"], one["y"] + one["height"])
    ]
    assert len(cells) == len(set(cells)), "two pictures in one place"
    assert max(x for x, _ in cells) < 24, "CloudWatch's page has 24 columns"


def test_what_is_measured_against_a_limit_has_one_in_every_pod_of_ours() -> None:
    """Container Insights sends nothing over the limit of a pod one of whose containers has none."""
    over = {alarm.metric_name for alarm in ALARMS.values() if alarm.metric_name.endswith("_over_pod_limit")}
    assert over == {"pod_memory_utilization_over_pod_limit"}
    found = [one for layer in ("ingress", "workloads") for one in LAYERS[layer].declared(spec(), SITE)]
    pods = [
        one.desired.manifest["spec"]["template"]["spec"]
        for one in found
        if isinstance(one.desired, ObjectState) and one.kind in RUN
    ]
    limits = [one["resources"]["limits"] for pod in pods for one in pod["containers"]]
    assert len(limits) >= len(RUN)
    assert all("memory" in one and "cpu" not in one for one in limits)
