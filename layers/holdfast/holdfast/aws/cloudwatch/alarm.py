"""``AWS::CloudWatch::Alarm``: one number, its bound, and whom to tell.

An alarm's name is unique in account and Region. PutMetricAlarm makes it or replaces all of it, but looks at tags only
when it makes it ("PutMetricAlarm", AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

import msgspec

from holdfast.aws.resource import AwsResource, lost_tags
from holdfast.core.resource import Desired, Drift, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch.type_defs import MetricAlarmTypeDef, MetricDataQueryOutputTypeDef, TagTypeDef


class Dimension(Desired, frozen=True, kw_only=True, order=True):
    """A part of a metric's name."""

    name: str
    value: str


class Metric(Desired, frozen=True, kw_only=True, order=True):
    """A metric by its whole name."""

    namespace: str
    metric_name: str
    dimensions: frozenset[Dimension] = frozenset()


class MetricStat(Desired, frozen=True, kw_only=True, order=True):
    """``period`` in seconds; ``stat`` such as ``Sum`` or ``p99``."""

    metric: Metric
    period: int
    stat: str


class MetricDataQuery(Desired, frozen=True, kw_only=True, order=True, omit_defaults=True):
    """A metric, or an expression over others by their ids; exactly one of an alarm's returns data."""

    id: str
    return_data: bool
    label: str = ""
    expression: str = ""
    metric_stat: MetricStat | None = None


class AlarmState(Tagged, frozen=True, kw_only=True, omit_defaults=True):
    """Either ``metric_name`` and what belongs to it, or ``metrics``."""

    alarm_name: str
    alarm_description: str
    comparison_operator: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    treat_missing_data: str
    alarm_actions: frozenset[str]
    ok_actions: frozenset[str] = msgspec.field(name="OKActions")
    insufficient_data_actions: frozenset[str] = frozenset()
    actions_enabled: bool = True
    namespace: str = ""
    metric_name: str = ""
    dimensions: frozenset[Dimension] = frozenset()
    period: int = 0
    statistic: str = ""
    extended_statistic: str = ""
    evaluate_low_sample_count_percentile: str = ""
    metrics: frozenset[MetricDataQuery] = frozenset()


UNSAID: Final[Mapping[str, object]] = {
    "AlarmDescription": "",
    "DatapointsToAlarm": 0,
    "Threshold": 0.0,
    "TreatMissingData": "missing",
}
"""What is promised of each alarm, and need not be said of one ("PutMetricAlarm", CloudWatch API reference)."""


class Alarm(AwsResource[AlarmState]):
    """One alarm on a metric, or on an expression over several."""

    kind = "AWS::CloudWatch::Alarm"
    model = AlarmState
    immutable = frozenset({"AlarmName"})
    comes_back = True

    def observe(self) -> Observed[AlarmState] | None:
        name = self.desired.alarm_name
        found = self.clients.cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["MetricAlarm"])["MetricAlarms"]
        if not found:
            return None
        arn = found[0]["AlarmArn"]
        answered = self.clients.cloudwatch.list_tags_for_resource(ResourceARN=arn)["Tags"]
        tags = {tag["Key"]: tag["Value"] for tag in answered}
        self.refuse_strangers(f"the alarm {name}", tags)
        return Observed(state=_read(found[0], tags), physical={"id": name, "Arn": arn})

    def create(self) -> Physical:
        self._put()
        return {"id": self.desired.alarm_name}

    def update(self, observed: Observed[AlarmState], drift: Drift) -> tuple[str, ...]:
        calls, lost = [], lost_tags(drift)
        if paths := sorted({change.path.partition(".")[0] for change in drift} - {"Tags"}):
            self._put()
            calls.append(f"PutMetricAlarm {', '.join(paths)}")
        if lost:
            self.clients.cloudwatch.tag_resource(ResourceARN=observed.physical["Arn"], Tags=_tag_list(lost))
            calls.append(f"TagResource {', '.join(lost)}")
        return tuple(calls)

    def _put(self) -> None:
        """With its tags always: they are what the role's right to make alarms is bound to."""
        written: dict[str, Any] = msgspec.to_builtins(self.desired)
        self.clients.cloudwatch.put_metric_alarm(**{**written, "Tags": _tag_list(self.desired.tags)})

    def delete(self, observed: Observed[AlarmState]) -> None:
        self.clients.cloudwatch.delete_alarms(AlarmNames=[self.desired.alarm_name])


def _read(found: "MetricAlarmTypeDef", tags: dict[str, str]) -> AlarmState:
    """What was not said when it was put, AWS leaves out."""
    said = {**UNSAID, **_known(found, AlarmState)}
    metrics = [_query(one) for one in found.get("Metrics", [])]
    return msgspec.convert({**said, "Metrics": metrics, "Tags": tags}, AlarmState)


def _query(found: "MetricDataQueryOutputTypeDef") -> dict[str, object]:
    """Of what we promise nothing of (another account's metric, a unit) its label tells."""
    stat = found.get("MetricStat")
    shown = _known(found, MetricDataQuery) | ({"MetricStat": _known(stat, MetricStat)} if stat else {})
    more = {**found, **(stat or {})}.keys() - _names(MetricDataQuery) - _names(MetricStat)
    return shown | ({"Label": f"{found.get('Label', '')}, with {', '.join(sorted(more))}"} if more else {})


def _known(found: Mapping[str, object], model: type[Desired]) -> dict[str, object]:
    names = _names(model)
    return {name: value for name, value in found.items() if name in names and value is not None}


def _names(model: type[Desired]) -> set[str]:
    return {field.encode_name for field in msgspec.structs.fields(model)}


def _tag_list(tags: dict[str, str]) -> list["TagTypeDef"]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
