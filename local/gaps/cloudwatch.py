"""CloudWatch: an alarm is described as it was put, on expressions and percentiles too, and with its tags.

Promises: PutMetricAlarm keeps Metrics and EvaluateLowSampleCountPercentile, answers with no statistic or period that
was not asked for, and keeps Tags only when it makes the alarm. Page: PutMetricAlarm
(AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html). Alarms on expressions are never evaluated here.
"""

from typing import Any, Final

from ministack.services import cloudwatch

_ADDED: Final = ("Metrics", "EvaluateLowSampleCountPercentile")
_FILLED_IN: Final = ("Statistic", "Period", "MetricName", "Namespace", "ExtendedStatistic", "Unit")
"""What the emulator has a value for whether it was asked for or not."""


def close() -> None:
    cloudwatch._put_metric_alarm = _as_it_was_put(cloudwatch._put_metric_alarm)


def _as_it_was_put(put: Any) -> Any:
    def kept(params: Any, asked: dict[str, Any], *protocol: bool) -> Any:
        name = (asked or {}).get("AlarmName", "")
        new = name not in cloudwatch._alarms
        answer = put(params, asked, *protocol)
        if alarm := cloudwatch._alarms.get(name):
            for field in _ADDED:
                alarm.pop(field, None)
            alarm |= {field: asked[field] for field in _ADDED if field in asked}
            for field in _FILLED_IN:
                if field not in asked:
                    alarm.pop(field, None)
            if new:
                cloudwatch._resource_tags[alarm["AlarmArn"]] = {
                    tag["Key"]: tag["Value"] for tag in asked.get("Tags", [])
                }
        return answer

    return kept
