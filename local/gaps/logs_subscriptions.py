"""CloudWatch Logs: what a subscription filter lets through, and to whom it passes it on.

Promises: PutSubscriptionFilter refuses a third filter of a group, a pattern that is too long or has more than two
regular expressions, and a function that CloudWatch Logs may not invoke; only while it may, events are passed on to it.
A JSON pattern is read as "Filter pattern syntax" has it. Pages: PutSubscriptionFilter
(AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html), "Filter pattern syntax for metric filters,
subscription filters, filter log events, and Live Tail" (AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html), "Log
group-level subscription filters" (…/logs/SubscriptionFilters.html).
"""

from typing import Any, Final

from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import cloudwatch_logs, lambda_svc

from local.gaps.logs_patterns import REGEX, matches
from local.gaps.permissions import service_allowed

_MOST: Final = 2
"""Filters of a group, and regular expressions of a pattern."""
_LONGEST: Final = 1024
_LOGS: Final = "logs.amazonaws.com"

_put = cloudwatch_logs._put_subscription_filter
_fan_out = cloudwatch_logs._fanout_to_subscription_filters


def close() -> None:
    cloudwatch_logs._put_subscription_filter = _checked
    cloudwatch_logs._fanout_to_subscription_filters = _passed_on
    cloudwatch_logs._subscription_pattern_matches = matches


def _checked(data: dict[str, Any]) -> Any:
    group, pattern = data.get("logGroupName", ""), data.get("filterPattern", "")
    standing = cloudwatch_logs._log_groups.get(group, {}).get("subscriptionFilters", {})
    if len(standing.keys() | {data.get("filterName")}) > _MOST:
        return error_response_json("LimitExceededException", "Resource limit exceeded.", 400)
    if len(pattern) > _LONGEST or len(REGEX.findall(pattern)) > _MOST:
        return error_response_json("InvalidParameterException", "Invalid filter pattern", 400)
    if group in cloudwatch_logs._log_groups and not _may_invoke(group, data.get("destinationArn", "")):
        why = (
            "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute it."
        )
        return error_response_json("InvalidParameterException", why, 400)
    return _put(data)


def _passed_on(group: str, stream: str, events: Any) -> None:
    filters = cloudwatch_logs._log_groups.get(group, {}).get("subscriptionFilters", {})
    if all(_may_invoke(group, one.get("destinationArn", "")) for one in filters.values()):
        _fan_out(group, stream, events)


def _may_invoke(group: str, destination: str) -> bool:
    if ":function:" not in destination:
        return True
    found = lambda_svc.function_policy_for_arn(destination)
    source = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{group}:*"
    keys = {"aws:SourceArn": source, "aws:SourceAccount": get_account_id()}
    return bool(found) and service_allowed(found[0], _LOGS, "lambda:InvokeFunction", destination, keys)
