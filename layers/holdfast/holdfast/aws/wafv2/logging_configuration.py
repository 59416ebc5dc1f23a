"""``AWS::WAFv2::LoggingConfiguration``: where a web ACL writes what it saw, and what of it is blacked out.

PutLoggingConfiguration replaces all of it. A log group as destination needs a name that starts with
``aws-waf-logs-``, and WAF lets itself in by a resource policy, with the caller's rights ("Sending web ACL traffic logs
to a CloudWatch Logs log group", waf/latest/developerguide/logging-cw-logs.html).
"""

from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code
from holdfast.aws.wafv2.web_acl import GONE
from holdfast.core.resource import Desired, Drift, Observed, Physical

if TYPE_CHECKING:
    from mypy_boto3_wafv2.type_defs import LoggingConfigurationTypeDef


class SingleHeader(Desired, frozen=True, kw_only=True, order=True):
    """A header by its name, in lower case."""

    name: str


class Whole(Desired, frozen=True, kw_only=True, order=True):
    """All of a field that has no parts."""


class RedactedField(Desired, frozen=True, kw_only=True, order=True, omit_defaults=True):
    """One of the four fields that can be blacked out."""

    single_header: SingleHeader | None = None
    method: Whole | None = None
    query_string: Whole | None = None
    uri_path: Whole | None = None


class LoggingFilter(Desired, frozen=True, kw_only=True):
    """Which requests are written, and what becomes of all others."""

    default_behavior: str
    filters: tuple[dict[str, Any], ...]


class LoggingConfigurationState(Desired, frozen=True, kw_only=True, omit_defaults=True):
    """``resource_arn`` is the web ACL's. Without a ``logging_filter`` all requests are written."""

    resource_arn: str
    log_destination_configs: frozenset[str]
    redacted_fields: frozenset[RedactedField]
    logging_filter: LoggingFilter | None = None


class LoggingConfiguration(AwsResource[LoggingConfigurationState]):
    """The logging of one web ACL; calls and events name it by that one's ARN."""

    kind = "AWS::WAFv2::LoggingConfiguration"
    model = LoggingConfigurationState
    immutable = frozenset({"ResourceArn"})
    comes_back = True

    def observe(self) -> Observed[LoggingConfigurationState] | None:
        try:
            answer = self.clients.wafv2.get_logging_configuration(ResourceArn=self.desired.resource_arn)
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        found = answer["LoggingConfiguration"]
        state = LoggingConfigurationState(
            resource_arn=self.desired.resource_arn,
            # With or without the streams that a group's ARN may end in: the same group.
            log_destination_configs=frozenset(arn.removesuffix(":*") for arn in found["LogDestinationConfigs"]),
            redacted_fields=msgspec.convert(found.get("RedactedFields") or [], frozenset[RedactedField]),
            logging_filter=msgspec.convert(found.get("LoggingFilter") or None, LoggingFilter | None),
        )
        return Observed(state=state, physical={"id": self.desired.resource_arn})

    def create(self) -> Physical:
        self._put()
        return {"id": self.desired.resource_arn}

    def update(self, observed: Observed[LoggingConfigurationState], drift: Drift) -> tuple[str, ...]:
        self._put()
        paths = sorted({change.path.partition(".")[0] for change in drift})
        return (f"PutLoggingConfiguration {', '.join(paths)}",)

    def _put(self) -> None:
        written: LoggingConfigurationTypeDef = msgspec.to_builtins(self.desired)
        self.clients.wafv2.put_logging_configuration(LoggingConfiguration=written)

    def delete(self, observed: Observed[LoggingConfigurationState]) -> None:
        with already_so(GONE):
            self.clients.wafv2.delete_logging_configuration(ResourceArn=self.desired.resource_arn)
