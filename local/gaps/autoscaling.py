"""EC2 Auto Scaling: traffic sources, processes that can be suspended, warm pools.

Promises: AttachTrafficSources adds and DetachTrafficSources takes away, either is refused for a group that is not
there; DescribeTrafficSources lists what is attached. SuspendProcesses and ResumeProcesses, PutWarmPool and
DeleteWarmPool change what DescribeAutoScalingGroups shows. Pages: AttachTrafficSources, DetachTrafficSources,
DescribeTrafficSources, SuspendProcesses, ResumeProcesses, PutWarmPool, DeleteWarmPool, WarmPoolConfiguration
(autoscaling/ec2/APIReference). No node is registered and none waits: there are none.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from ministack.services import autoscaling

_ALL: Final = ("AZRebalance", "AddToLoadBalancer", "AlarmNotification", "HealthCheck", "InstanceRefresh", "Launch",
               "ReplaceUnhealthy", "ScheduledActions", "Terminate")  # fmt: skip
_SOURCES, _SUSPENDED, _WARM = "TrafficSources", "SuspendedProcesses", "WarmPoolConfiguration"

type Parameters = dict[str, Any]


def close() -> None:
    autoscaling._ACTION_MAP |= {
        "AttachTrafficSources": _on_group("AttachTrafficSources", _attach),
        "DetachTrafficSources": _on_group("DetachTrafficSources", _detach),
        "DescribeTrafficSources": _on_group("DescribeTrafficSources", _described),
        "SuspendProcesses": _on_group("SuspendProcesses", _suspend),
        "ResumeProcesses": _on_group("ResumeProcesses", _resume),
        "PutWarmPool": _on_group("PutWarmPool", _warm),
        "DeleteWarmPool": _on_group("DeleteWarmPool", _cool),
        "DescribeAutoScalingGroups": _showing_all(autoscaling._ACTION_MAP["DescribeAutoScalingGroups"]),
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


def _warm(group: Parameters, given: Parameters) -> str:
    group[_WARM] = autoscaling._p(given, "PoolState") or "Stopped"
    return ""


def _cool(group: Parameters, given: Parameters) -> str:  # noqa: ARG001  (asked as its siblings are)
    """There is nothing in it, and so it is gone at once."""
    group.pop(_WARM, None)
    return ""


def _showing_all(describe: Callable[[Parameters], Any]) -> Callable[[Parameters], Any]:
    def described(given: Parameters) -> Any:
        status, headers, body = describe(given)
        text = body.decode() if isinstance(body, bytes) else body
        for name, group in autoscaling._asgs.items():
            members = "".join(f"<member><ProcessName>{one}</ProcessName></member>" for one in group.get(_SUSPENDED, []))
            mark = f"<AutoScalingGroupName>{name}</AutoScalingGroupName>"
            shown = f"<SuspendedProcesses>{members}</SuspendedProcesses>" if members else ""
            if _WARM in group:
                shown += f"<{_WARM}><MinSize>0</MinSize><PoolState>{group[_WARM]}</PoolState></{_WARM}>"
            text = text.replace(mark, f"{mark}{shown}", 1) if shown else text
        return status, headers, text.encode() if isinstance(body, bytes) else text

    return described
