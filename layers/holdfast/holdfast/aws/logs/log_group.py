"""``AWS::Logs::LogGroup``: where a service of AWS writes, under the name that it demands, made before it writes.

A group's name is unique in account and Region. Whoever comes first makes it: a group that its writer made (without
retention, without key) is taken over, its name says whose it is; one that somebody has given either is not ours to
change ("CreateLogGroup", AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html). What is written can be
passed on as it comes ("Real-time processing of log data with subscriptions", CloudWatch Logs user guide): to whom, is
a closed set. A group that was deleted can be made again, what was in it cannot.
"""

from typing import TYPE_CHECKING

from holdfast.aws.resource import AwsResource, already_so, lost_tags
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import LogGroupTypeDef

FOR_EVER = 0
"""How ``retention_in_days`` reads where none is set."""
NO_KEY = ""


class LogGroupState(Tagged, frozen=True, kw_only=True):
    """``kms_key_id`` is the key's ARN, as CloudWatch Logs wants it.

    ``subscription_filters``: those that it may have, and need not, by name. Closed.
    """

    log_group_name: str
    kms_key_id: str
    retention_in_days: int
    subscription_filters: frozenset[str] = frozenset()


class LogGroup(AwsResource[LogGroupState]):
    """One log group."""

    kind = "AWS::Logs::LogGroup"
    model = LogGroupState
    immutable = frozenset({"LogGroupName"})
    comes_back = True
    duration = Duration(usual=5, least=2, most=10)

    def observe(self) -> Observed[LogGroupState] | None:
        group = self._find()
        if group is None:
            return None
        tags = self.clients.logs.list_tags_for_resource(resourceArn=group["arn"].removesuffix(":*"))["tags"]
        if group.get("kmsKeyId") or group.get("retentionInDays"):
            self.refuse_strangers(f"the log group {self.desired.log_group_name}", tags)
        state = LogGroupState(
            log_group_name=group["logGroupName"],
            kms_key_id=group.get("kmsKeyId", NO_KEY),
            retention_in_days=group.get("retentionInDays", FOR_EVER),
            subscription_filters=self._passed_on() | self.desired.subscription_filters,
            tags=tags,
        )
        return Observed(state=state, physical={"id": group["logGroupName"], "Arn": group["arn"]})

    def _find(self) -> "LogGroupTypeDef | None":
        """The group of exactly this name: CloudWatch Logs looks names up by their beginning only."""
        name = self.desired.log_group_name
        pages = self.clients.logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=name)
        groups = (group for page in pages for group in page["logGroups"])
        return next((group for group in groups if group["logGroupName"] == name), None)

    def _passed_on(self) -> frozenset[str]:
        pages = self.clients.logs.get_paginator("describe_subscription_filters").paginate(
            logGroupName=self.desired.log_group_name
        )
        return frozenset(one.get("filterName", "") for page in pages for one in page["subscriptionFilters"])

    def create(self) -> Physical:
        with already_so("ResourceAlreadyExistsException"):
            self.clients.logs.create_log_group(
                logGroupName=self.desired.log_group_name, kmsKeyId=self.desired.kms_key_id, tags=self.desired.tags
            )
        return {}

    def update(self, observed: Observed[LogGroupState], drift: Drift) -> tuple[str, ...]:
        logs, name, calls = self.clients.logs, self.desired.log_group_name, self._stop_passing_on(drift)
        paths = {change.path for change in drift}
        if "KmsKeyId" in paths:
            logs.associate_kms_key(logGroupName=name, kmsKeyId=self.desired.kms_key_id)
            calls.append(f"AssociateKmsKey {self.desired.kms_key_id}")
        if "RetentionInDays" in paths:
            logs.put_retention_policy(logGroupName=name, retentionInDays=self.desired.retention_in_days)
            calls.append(f"PutRetentionPolicy {self.desired.retention_in_days}")
        if lost := lost_tags(drift):
            logs.tag_resource(resourceArn=observed.physical["Arn"].removesuffix(":*"), tags=lost)
            calls.append(f"TagResource {', '.join(lost)}")
        return tuple(calls)

    def _stop_passing_on(self, drift: Drift) -> list[str]:
        logs, calls = self.clients.logs, []
        for change in drift:
            if change.path == "SubscriptionFilters" and isinstance(change.found, str):
                with already_so("ResourceNotFoundException"):
                    logs.delete_subscription_filter(logGroupName=self.desired.log_group_name, filterName=change.found)
                calls.append(f"DeleteSubscriptionFilter {change.found}")
        return calls

    def delete(self, observed: Observed[LogGroupState]) -> None:
        with already_so("ResourceNotFoundException"):
            self.clients.logs.delete_log_group(logGroupName=observed.state.log_group_name)
