"""Specimens of CloudWatch."""

import json
from typing import Any, Final

from holdfast.aws.clients import Clients
from holdfast.aws.cloudwatch.alarm import AlarmState, Dimension, Metric, MetricDataQuery, MetricStat
from holdfast.aws.cloudwatch.dashboard import DashboardState
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.specimen import TAGS, Deed, Specimen

TOPIC: Final = "arn:aws:sns:eu-west-1:123456789012:alerts"


def _counted(identity: str, metric: str) -> MetricDataQuery:
    balancer = frozenset({Dimension(name="LoadBalancer", value="app/atlas/50dc6c495c0c9188")})
    named = Metric(namespace="AWS/ApplicationELB", metric_name=metric, dimensions=balancer)
    return MetricDataQuery(id=identity, return_data=False, metric_stat=MetricStat(metric=named, period=60, stat="Sum"))


ALARM: Final = AlarmState(
    alarm_name="atlas-specimen",
    alarm_description="A specimen",
    comparison_operator="GreaterThanThreshold",
    threshold=1,
    evaluation_periods=5,
    datapoints_to_alarm=3,
    treat_missing_data="notBreaching",
    alarm_actions=frozenset({TOPIC}),
    ok_actions=frozenset({TOPIC}),
    metrics=frozenset(
        {
            _counted("failed", "HTTPCode_Target_5XX_Count"),
            _counted("all", "RequestCount"),
            MetricDataQuery(id="rate", return_data=True, label="5xx, %", expression="100 * failed / all"),
        }
    ),
    tags=TAGS,
)


def put(**fields: Any) -> Deed:
    """Someone puts the alarm again as it stands, but for these fields."""

    def deed(clients: Clients, name: str) -> object:
        stands: Any = clients.cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
        kept = {
            field: value for field, value in stands.items() if field in READ_AND_WRITTEN and value not in (None, [], "")
        }
        return clients.cloudwatch.put_metric_alarm(**{**kept, **fields})

    return deed


READ_AND_WRITTEN: Final = frozenset(
    [
        "AlarmName",
        "AlarmDescription",
        "ActionsEnabled",
        "OKActions",
        "AlarmActions",
        "InsufficientDataActions",
        "MetricName",
        "Namespace",
        "Statistic",
        "ExtendedStatistic",
        "Dimensions",
        "Period",
        "EvaluationPeriods",
        "DatapointsToAlarm",
        "Threshold",
        "ComparisonOperator",
        "TreatMissingData",
        "EvaluateLowSampleCountPercentile",
        "Metrics",
    ]
)

LITTLE_SAID: Final[dict[str, Any]] = {
    "Namespace": "AWS/ApplicationELB",
    "MetricName": "RequestCount",
    "Statistic": "Sum",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1e9,
    "ComparisonOperator": "GreaterThanThreshold",
}
"""All that AWS demands of an alarm."""

ALARM_DEEDS: Final[dict[str, Deed]] = {
    "silences it": lambda clients, name: clients.cloudwatch.disable_alarm_actions(AlarmNames=[name]),
    "has it tell nobody": put(AlarmActions=[]),
    "has it tell somebody else": put(AlarmActions=[f"{TOPIC}-theirs"]),
    "has it never ring": put(Threshold=1e9),
    "has it tell of missing data": put(InsufficientDataActions=[TOPIC]),
    "puts another in its place, of which little is said": lambda clients, name: clients.cloudwatch.put_metric_alarm(
        AlarmName=name, **LITTLE_SAID
    ),
    "counts in another unit": put(
        Metrics=[
            {
                "Id": "rate",
                "ReturnData": True,
                "MetricStat": {
                    "Metric": {"Namespace": "AWS/ApplicationELB", "MetricName": "RequestCount"},
                    "Period": 60,
                    "Stat": "Sum",
                    "Unit": "Terabits",
                },
            }
        ]
    ),
    "takes no data for good news": put(TreatMissingData="ignore"),
    "describes it otherwise": put(AlarmDescription="Mine"),
    "strips our tag": lambda clients, name: clients.cloudwatch.untag_resource(
        ResourceARN=f"arn:aws:cloudwatch:eu-west-1:123456789012:alarm:{name}", TagKeys=["holdfast:environment"]
    ),
}


def _promise_alarm(clients: Clients) -> Desired:
    clients.cloudwatch.put_metric_alarm(AlarmName="atlas-specimen-2", **LITTLE_SAID)
    return ALARM


PICTURE: Final = {"type": "text", "x": 0, "y": 0, "width": 24, "height": 1, "properties": {"markdown": "# Atlas"}}

SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::CloudWatch::Alarm": Specimen(_promise_alarm, "cloudwatch.PutMetricAlarm", ALARM_DEEDS),
    "AWS::CloudWatch::Dashboard": Specimen(
        lambda _: DashboardState(dashboard_name="holdfast-atlas", dashboard_body=json.dumps({"widgets": [PICTURE]})),
        "cloudwatch.PutDashboard",
        {
            "empties it": lambda clients, name: clients.cloudwatch.put_dashboard(
                DashboardName=name, DashboardBody=json.dumps({"widgets": []})
            )
        },
    ),
}
