"""``AWS::Logs::SubscriptionFilter``: what of a log group is passed on as it is written, and to which function.

A filter's name is unique in its group; putting it again overwrites what stands. CloudWatch Logs tries the function when
the filter is put, whose own policy must admit it ("PutSubscriptionFilter", AmazonCloudWatchLogs/latest/APIReference/
API_PutSubscriptionFilter.html). A group has two filters at the most.
"""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_logs.type_defs import SubscriptionFilterTypeDef

GONE: Final = "ResourceNotFoundException"
FULL: Final = "LimitExceededException"


class SubscriptionFilterState(Desired, frozen=True, kw_only=True):
    """``destination_arn`` is the function's."""

    log_group_name: str
    filter_name: str
    filter_pattern: str
    destination_arn: str


class SubscriptionFilter(AwsResource[SubscriptionFilterState]):
    """One filter. What calls and events name is its group; the group's name alone is the group's own id."""

    kind = "AWS::Logs::SubscriptionFilter"
    model = SubscriptionFilterState
    immutable = frozenset({"FilterName", "LogGroupName"})
    duration = Duration(usual=1, least=1, most=5)
    comes_back = True

    def observe(self) -> Observed[SubscriptionFilterState] | None:
        found = self._find()
        if found is None:
            return None
        group, name = self.desired.log_group_name, self.desired.filter_name
        state = SubscriptionFilterState(
            log_group_name=group,
            filter_name=name,
            filter_pattern=found.get("filterPattern", ""),
            destination_arn=found.get("destinationArn", ""),
        )
        return Observed(state=state, physical={"id": f"{group}|{name}"})

    def _find(self) -> "SubscriptionFilterTypeDef | None":
        """The one of exactly this name: CloudWatch Logs looks names up by their beginning only."""
        group, name = self.desired.log_group_name, self.desired.filter_name
        try:
            found = self.clients.logs.describe_subscription_filters(logGroupName=group, filterNamePrefix=name)
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        return next((one for one in found["subscriptionFilters"] if one.get("filterName") == name), None)

    def create(self) -> Physical:
        self._put()
        return {}

    def update(self, observed: Observed[SubscriptionFilterState], drift: Drift) -> tuple[str, ...]:
        self._put()
        return (f"PutSubscriptionFilter {self.desired.filter_name}",)

    def _put(self) -> None:
        try:
            self.clients.logs.put_subscription_filter(
                logGroupName=self.desired.log_group_name,
                filterName=self.desired.filter_name,
                filterPattern=self.desired.filter_pattern,
                destinationArn=self.desired.destination_arn,
            )
        except ClientError as error:
            if code(error) != FULL:
                raise
            raise NeedsHuman(
                str(self.address),
                f"{self.desired.log_group_name} passes its events on to two others already, and takes no third",
                "take one of them away: aws logs describe-subscription-filters, delete-subscription-filter",
            ) from error

    def delete(self, observed: Observed[SubscriptionFilterState]) -> None:
        with already_so(GONE):
            self.clients.logs.delete_subscription_filter(
                logGroupName=observed.state.log_group_name, filterName=observed.state.filter_name
            )
