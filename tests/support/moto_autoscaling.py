"""What moto lacks of EC2 Auto Scaling: traffic sources, and their other name for target groups.

Follows "AttachTrafficSources", "DetachTrafficSources" and "DescribeTrafficSources" (EC2 Auto Scaling API reference).
AWS keeps one set: what AttachLoadBalancerTargetGroups attaches is listed as a traffic source of type ``elbv2`` too.
"""

from typing import Any

import pytest
from moto.autoscaling.responses import AutoScalingResponse
from moto.core.responses import ActionResult, EmptyResult


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, method in (
        ("attach_traffic_sources", _attach),
        ("detach_traffic_sources", _detach),
        ("describe_traffic_sources", _describe),
    ):
        monkeypatch.setattr(AutoScalingResponse, name, method, raising=False)


def _attach(response: Any) -> EmptyResult:
    response.autoscaling_backend.attach_load_balancer_target_groups(*_asked(response))
    return EmptyResult()


def _detach(response: Any) -> EmptyResult:
    response.autoscaling_backend.detach_load_balancer_target_groups(*_asked(response))
    return EmptyResult()


def _asked(response: Any) -> tuple[str, list[str]]:
    sources = response._get_param("TrafficSources", [])
    return response._get_param("AutoScalingGroupName"), [source["Identifier"] for source in sources]


def _describe(response: Any) -> ActionResult:
    group = response._get_param("AutoScalingGroupName")
    arns = response.autoscaling_backend.describe_load_balancer_target_groups(group)
    sources = [{"TrafficSource": arn, "Identifier": arn, "Type": "elbv2", "State": "InService"} for arn in arns]
    return ActionResult({"TrafficSources": sources})
