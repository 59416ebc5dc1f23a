"""EC2 Auto Scaling: traffic sources, and processes that can be suspended.

Promises: AttachTrafficSources adds and DetachTrafficSources takes away, either is refused for a group that is not
there; DescribeTrafficSources lists what is attached. SuspendProcesses and ResumeProcesses change what
DescribeAutoScalingGroups shows. Pages: AttachTrafficSources, DetachTrafficSources, DescribeTrafficSources,
SuspendProcesses, ResumeProcesses (autoscaling/ec2/APIReference). No node is registered: there are none.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from ministack.services import autoscaling

_ALL: Final = ("AZRebalance", "AddToLoadBalancer", "AlarmNotification", "HealthCheck", "InstanceRefresh", "Launch",
               "ReplaceUnhealthy", "ScheduledActions", "Terminate")  # fmt: skip
_SOURCES, _SUSPENDED = "TrafficSources", "SuspendedProcesses"

type Parameters = dict[str, Any]


def close() -> None:
    autoscaling._ACTION_MAP |= {
        "AttachTrafficSources": _on_group("AttachTrafficSources", _attach),
        "DetachTrafficSources": _on_group("DetachTrafficSources", _detach),
        "DescribeTrafficSources": _on_group("DescribeTrafficSources", _described),
        "SuspendProcesses": _on_group("SuspendProcesses", _suspend),
        "ResumeProcesses": _on_group("ResumeProcesses", _resume),
        "DescribeAutoScalingGroups": _showing_suspended(autoscaling._ACTION_MAP["DescribeAutoScalingGroups"]),
    }


def _on_group(operation: str, change: Callable[[Parameters, Parameters], str]) -> Callable[[Parameters], Any]:
    def done(given: Parameters) -> Any:
        group = autoscaling._asgs.get(autoscaling._p(given, "AutoScalingGroupName"))
        if group is None:
            return autoscaling._error("ValidationError", "AutoScalingGroup name not found - null")
        result = f"<{operation}Result>{change(group, given)}</{operation}Result>"
        return autoscaling._xml(200, f"{operation}Response", result)

    return done


def _given(given: Parameters, member: str) -> Iterator[str]:
    number = 1
    while value := autoscaling._p(given, member.format(number)):
        yield value
        number += 1


def _attach(group: Parameters, given: Parameters) -> str:
    attached = group.setdefault(_SOURCES, [])
    attached += [one for one in _given(given, "TrafficSources.member.{}.Identifier") if one not in attached]
    return ""


def _detach(group: Parameters, given: Parameters) -> str:
    gone = set(_given(given, "TrafficSources.member.{}.Identifier"))
    group[_SOURCES] = [one for one in group.get(_SOURCES, []) if one not in gone]
    return ""


def _described(group: Parameters, given: Parameters) -> str:  # noqa: ARG001  (asked as its siblings are)
    members = "".join(
        f"<member><Identifier>{one}</Identifier><Type>elbv2</Type><State>Added</State></member>"
        for one in group.get(_SOURCES, [])
    )
    return f"<TrafficSources>{members}</TrafficSources>"


def _suspend(group: Parameters, given: Parameters) -> str:
    asked = set(_given(given, "ScalingProcesses.member.{}")) or set(_ALL)
    group[_SUSPENDED] = sorted(asked | set(group.get(_SUSPENDED, [])))
    return ""


def _resume(group: Parameters, given: Parameters) -> str:
    asked = set(_given(given, "ScalingProcesses.member.{}")) or set(_ALL)
    group[_SUSPENDED] = sorted(set(group.get(_SUSPENDED, [])) - asked)
    return ""


def _showing_suspended(describe: Callable[[Parameters], Any]) -> Callable[[Parameters], Any]:
    def described(given: Parameters) -> Any:
        status, headers, body = describe(given)
        text = body.decode() if isinstance(body, bytes) else body
        for name, group in autoscaling._asgs.items():
            members = "".join(f"<member><ProcessName>{one}</ProcessName></member>" for one in group.get(_SUSPENDED, []))
            mark = f"<AutoScalingGroupName>{name}</AutoScalingGroupName>"
            if members:
                text = text.replace(mark, f"{mark}<SuspendedProcesses>{members}</SuspendedProcesses>", 1)
        return status, headers, text.encode() if isinstance(body, bytes) else text

    return described
