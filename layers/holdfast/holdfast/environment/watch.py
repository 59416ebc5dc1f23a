"""What an alarm of an environment is made of, in few words; ``alarms_inside`` and ``alarms_outside`` list them all.

Each alarm's name is a heading of ``docs/runbooks/alarms.md``. Missing data is good news only where AWS sends a number
just when something happened; where a number must always come, its absence rings ("Configuring how CloudWatch alarms
treat missing data", CloudWatch user guide).
"""

from collections.abc import Mapping
from typing import NamedTuple

import msgspec

from holdfast.aws.cloudwatch.alarm import AlarmState, Dimension, Metric, MetricDataQuery, MetricStat

ABOVE, BELOW, AT_LEAST = "GreaterThanThreshold", "LessThanThreshold", "GreaterThanOrEqualToThreshold"
GOOD_NEWS, RINGS, UNKNOWN = "notBreaching", "breaching", "missing"
"""What it means when no data comes."""
A_MINUTE, FIVE_MINUTES, AN_HOUR, A_DAY = 60, 300, 3600, 86_400


class Measure(NamedTuple):
    """One metric of one thing, and how it is summed up."""

    namespace: str
    name: str
    stat: str
    dimensions: Mapping[str, str]

    @property
    def metric(self) -> Metric:
        return Metric(namespace=self.namespace, metric_name=self.name, dimensions=self.named)

    @property
    def named(self) -> frozenset[Dimension]:
        return frozenset(Dimension(name=name, value=value) for name, value in self.dimensions.items())


class Bound(NamedTuple):
    """``of`` periods of ``period`` seconds of which ``times`` must be out of bounds; ``absent``: no data."""

    operator: str
    threshold: float
    period: int
    times: int
    of: int
    absent: str


class Watch(NamedTuple):
    """``measures`` one metric, or, by their ids, those that ``expression`` is made of. ``why`` it rings just there."""

    name: str
    why: str
    bound: Bound
    measures: Mapping[str, Measure]
    expression: str = ""

    def state(self, environment: str, topic: str) -> AlarmState:
        one = AlarmState(
            alarm_name=f"{environment}-{self.name}",
            alarm_description=f"{self.why} What to do: docs/runbooks/alarms.md, {self.name}",
            comparison_operator=self.bound.operator,
            threshold=self.bound.threshold,
            evaluation_periods=self.bound.of,
            datapoints_to_alarm=self.bound.times,
            treat_missing_data=self.bound.absent,
            alarm_actions=frozenset({topic}),
            ok_actions=frozenset({topic}),
        )
        return self._over_several(one) if self.expression else self._on_one(one)

    def _on_one(self, state: AlarmState) -> AlarmState:
        (measure,) = self.measures.values()
        percentile = measure.stat.startswith("p")
        return msgspec.structs.replace(
            state,
            namespace=measure.namespace,
            metric_name=measure.name,
            dimensions=measure.named,
            period=self.bound.period,
            statistic="" if percentile else measure.stat,
            extended_statistic=measure.stat if percentile else "",
            # With few requests a percentile is the slowest of them.
            evaluate_low_sample_count_percentile="ignore" if percentile else "",
        )

    def _over_several(self, state: AlarmState) -> AlarmState:
        result = MetricDataQuery(id="result", return_data=True, label=self.name, expression=self.expression)
        parts = (
            MetricDataQuery(
                id=identity,
                return_data=False,
                metric_stat=MetricStat(metric=one.metric, period=self.bound.period, stat=one.stat),
            )
            for identity, one in self.measures.items()
        )
        return msgspec.structs.replace(state, metrics=frozenset({result, *parts}))
