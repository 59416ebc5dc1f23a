"""``AWS::AutoScaling::AutoScalingGroup`` of a managed node group: who sends it traffic, and that it can scale at all.

EKS makes the group, keeps its bounds and may replace it ("Simplify node lifecycle with managed node groups", EKS user
guide): it is found by the name that EKS says, and what EKS keeps is not in the model. Ours are

- its traffic sources, a closed set ("AttachTrafficSources", EC2 Auto Scaling API reference): whoever attaches another
  load balancer leads traffic past the firewall;
- its suspended processes, none ("Suspend-resume processes", EC2 Auto Scaling user guide; CloudFormation has no property
  for them);
- what scales it by itself, none: a scheduled action or a scaling policy works against the Cluster Autoscaler
  ("Scheduled scaling", "Dynamic scaling", same guide);
- its warm pool, none: what waits there was booted from our template, and is no node that anybody looks at
  ("DescribeWarmPool", EC2 Auto Scaling API reference);
- the tags by which the Cluster Autoscaler finds it, which EKS sets and nobody else watches.

It does not carry our tags: the tags of a node group do not reach it, and were we to put them on, whoever may do that
could make any group ours. EKS's own ``eks:cluster-name`` bounds our rights instead.
"""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical, Removal
from holdfast.core.trouble import ComeBackLater, NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_autoscaling.type_defs import (
        AutoScalingGroupTypeDef,
        TrafficSourceIdentifierTypeDef,
        TrafficSourceStateTypeDef,
    )

TARGET_GROUP: Final = "elbv2"
UNDER_WAY: Final = frozenset({"Adding", "Removing"})
GONE: Final = frozenset({"Removing", "Removed"})
"""States of "TrafficSourceState", EC2 Auto Scaling API reference."""
GONE_BY_NOW: Final = "ValidationError"
"""What Auto Scaling answers to who deletes an action or a policy that is not there."""
AT_WORK: Final = frozenset({"ResourceInUse", "ScalingActivityInProgress"})
"""What it answers while instances come or go ("DeleteWarmPool", EC2 Auto Scaling API reference)."""
LOOK_AGAIN = 5


class TrafficSource(Desired, frozen=True, kw_only=True, order=True):
    """``type`` is ``elbv2`` for a target group, of which ``identifier`` is the ARN."""

    identifier: str
    type: str = TARGET_GROUP


class AutoScalingGroupState(Desired, frozen=True, kw_only=True):
    """All sets are closed; actions and policies stand in theirs by name, of a warm pool the state of what waits in it.

    ``tags`` are the Cluster Autoscaler's.
    """

    auto_scaling_group_name: str
    traffic_sources: frozenset[TrafficSource] = frozenset()
    suspended_processes: frozenset[str] = frozenset()
    scheduled_actions: frozenset[str] = frozenset()
    scaling_policies: frozenset[str] = frozenset()
    warm_pools: frozenset[str] = frozenset()
    tags: dict[str, str] = {}


class AutoScalingGroup(AwsResource[AutoScalingGroupState]):
    """One group, as far as it is ours."""

    kind = "AWS::AutoScaling::AutoScalingGroup"
    model = AutoScalingGroupState
    immutable = frozenset({"AutoScalingGroupName"})
    duration = Duration(usual=5, least=1, most=30)

    def observe(self) -> Observed[AutoScalingGroupState] | None:
        name = self.desired.auto_scaling_group_name
        found = self.clients.autoscaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
        if not found["AutoScalingGroups"]:
            return None
        group, sources = found["AutoScalingGroups"][0], self._sources(name)
        state = AutoScalingGroupState(
            auto_scaling_group_name=name,
            traffic_sources=frozenset(_source(one) for one in sources if one.get("State") not in GONE),
            suspended_processes=frozenset(one.get("ProcessName", "") for one in group.get("SuspendedProcesses", [])),
            scheduled_actions=self._scheduled_actions(name),
            scaling_policies=self._scaling_policies(name),
            warm_pools=_warm_pools(group),
            tags={tag.get("Key", ""): tag.get("Value", "") for tag in group.get("Tags", [])},
        )
        at_work = any(one.get("State") in UNDER_WAY for one in sources)
        physical = {"id": name, "Arn": group.get("AutoScalingGroupARN", "")}
        return Observed(state=state, physical=physical, wait=LOOK_AGAIN if at_work else 0)

    def _sources(self, name: str) -> "list[TrafficSourceStateTypeDef]":
        """Page by page: botocore has no paginator for them."""
        page = self.clients.autoscaling.describe_traffic_sources(AutoScalingGroupName=name)
        sources = list(page["TrafficSources"])
        while token := page.get("NextToken"):
            page = self.clients.autoscaling.describe_traffic_sources(AutoScalingGroupName=name, NextToken=token)
            sources += page["TrafficSources"]
        return sources

    def _scheduled_actions(self, name: str) -> frozenset[str]:
        pages = self.clients.autoscaling.get_paginator("describe_scheduled_actions").paginate(AutoScalingGroupName=name)
        return frozenset(
            one.get("ScheduledActionName", "") for page in pages for one in page["ScheduledUpdateGroupActions"]
        )

    def _scaling_policies(self, name: str) -> frozenset[str]:
        pages = self.clients.autoscaling.get_paginator("describe_policies").paginate(AutoScalingGroupName=name)
        return frozenset(one.get("PolicyName", "") for page in pages for one in page["ScalingPolicies"])

    def create(self) -> Physical:
        raise ComeBackLater("EKS makes the group of a node group, and does not show it yet", LOOK_AGAIN)

    def update(self, observed: Observed[AutoScalingGroupState], drift: Drift) -> tuple[str, ...]:
        """What leads traffic past the load balancer goes first; then that it gets its own; then how it scales."""
        added = [change.found for change in drift if isinstance(change.found, TrafficSource)]
        missing = [change.promised for change in drift if isinstance(change.promised, TrafficSource)]
        return (
            *self._detach(added),
            *self._attach(missing),
            *self._unscale(drift),
            *self._cool(drift),
            *self._resume(drift),
            *self._retag(drift),
        )

    def _detach(self, sources: list[TrafficSource]) -> list[str]:
        if not sources:
            return []
        self.clients.autoscaling.detach_traffic_sources(
            AutoScalingGroupName=self.desired.auto_scaling_group_name, TrafficSources=_identifiers(sources)
        )
        return [f"DetachTrafficSources {source.identifier}" for source in sources]

    def _attach(self, sources: list[TrafficSource]) -> list[str]:
        if not sources:
            return []
        self.clients.autoscaling.attach_traffic_sources(
            AutoScalingGroupName=self.desired.auto_scaling_group_name, TrafficSources=_identifiers(sources)
        )
        return [f"AttachTrafficSources {source.identifier}" for source in sources]

    def _unscale(self, drift: Drift) -> list[str]:
        """By actions and policies alone that others added: it is promised that there are none."""
        group, calls = self.desired.auto_scaling_group_name, []
        for change in drift:
            if change.path == "ScheduledActions" and change.promised is None:
                with already_so(GONE_BY_NOW):
                    self.clients.autoscaling.delete_scheduled_action(
                        AutoScalingGroupName=group, ScheduledActionName=str(change.found)
                    )
                calls.append(f"DeleteScheduledAction {change.found}")
            if change.path == "ScalingPolicies" and change.promised is None:
                with already_so(GONE_BY_NOW):
                    self.clients.autoscaling.delete_policy(AutoScalingGroupName=group, PolicyName=str(change.found))
                calls.append(f"DeletePolicy {change.found}")
        return calls

    def _cool(self, drift: Drift) -> list[str]:
        """What waits in the pool has never worked, and holds nothing. It is terminated in its own time."""
        if not any(change.path == "WarmPools" and change.promised is None for change in drift):
            return []
        try:
            with already_so(GONE_BY_NOW):
                self.clients.autoscaling.delete_warm_pool(AutoScalingGroupName=self.desired.auto_scaling_group_name)
        except ClientError as error:
            if code(error) not in AT_WORK:
                raise
            raise ComeBackLater(f"Auto Scaling is at work on the warm pool ({error})", LOOK_AGAIN) from error
        return ["DeleteWarmPool"]

    def _resume(self, drift: Drift) -> list[str]:
        suspended = [
            str(change.found) for change in drift if change.path == "SuspendedProcesses" and change.promised is None
        ]
        if not suspended:
            return []
        self.clients.autoscaling.resume_processes(
            AutoScalingGroupName=self.desired.auto_scaling_group_name, ScalingProcesses=suspended
        )
        return [f"ResumeProcesses {', '.join(suspended)}"]

    def _retag(self, drift: Drift) -> list[str]:
        lost = lost_tags(drift)
        if not lost:
            return []
        self.clients.autoscaling.create_or_update_tags(
            Tags=[
                {
                    "ResourceId": self.desired.auto_scaling_group_name,
                    "ResourceType": "auto-scaling-group",
                    "Key": key,
                    "Value": value,
                    "PropagateAtLaunch": True,
                }
                for key, value in lost.items()
            ]
        )
        return [f"CreateOrUpdateTags {', '.join(lost)}"]

    @property
    def removal(self) -> Removal:
        """EKS deletes it with its node group."""
        return "along"

    def delete(self, observed: Observed[AutoScalingGroupState]) -> None:
        raise NeedsHuman(str(self.address), "EKS deletes it with its node group", "delete the node group")


def _warm_pools(group: "AutoScalingGroupTypeDef") -> frozenset[str]:
    """The one that a group can have, unless it is going."""
    pool = group.get("WarmPoolConfiguration", {})
    return frozenset({pool.get("PoolState", "Stopped")} if pool and pool.get("Status") != "PendingDelete" else ())


def _source(found: "TrafficSourceStateTypeDef") -> TrafficSource:
    return TrafficSource(identifier=found.get("Identifier", ""), type=found.get("Type", TARGET_GROUP))


def _identifiers(sources: list[TrafficSource]) -> "list[TrafficSourceIdentifierTypeDef]":
    return [{"Identifier": source.identifier, "Type": source.type} for source in sources]
