"""Drifts of log groups, of alarms and the dashboard, and of what other parts of the environment log."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from tests.support.drifting import Broken, Hands

GROUP, FORGOTTEN = "logs/flow_log_group", "logs/database_upgrade"
LATENCY, LOAD, RATE = "observability/latency", "observability/database_cpu", "observability/rate_5xx"
STORAGE, DASHBOARD = "observability/database_storage", "observability/dashboard"
CLUSTER, DATABASE = "cluster/cluster", "database/instance"
LOAD_BALANCER, BUCKET = "load_balancer/load_balancer", "object_storage/data_bucket"
LAYER_TAG: Final = "holdfast:layer"
PUT: Final = (
    "ActionsEnabled",
    "AlarmActions",
    "AlarmDescription",
    "AlarmName",
    "ComparisonOperator",
    "DatapointsToAlarm",
    "Dimensions",
    "EvaluateLowSampleCountPercentile",
    "EvaluationPeriods",
    "ExtendedStatistic",
    "InsufficientDataActions",
    "MetricName",
    "Metrics",
    "Namespace",
    "OKActions",
    "Period",
    "Statistic",
    "Threshold",
    "TreatMissingData",
)
"""What PutMetricAlarm takes of what DescribeAlarms shows."""

type Deed = Callable[[Hands], object]


def _alarm(hands: Hands, path: str) -> Mapping[str, Any]:
    found: Mapping[str, Any] = hands.client("cloudwatch").describe_alarms(AlarmNames=[hands.id(path)])["MetricAlarms"][
        0
    ]
    return found


def _put(path: str, **changes: Any) -> Deed:
    """The alarm as it stands, but for ``changes``; without what is changed to nothing."""

    def put(hands: Hands) -> None:
        stands = {field: value for field, value in _alarm(hands, path).items() if field in PUT}
        asked = {field: value for field, value in (stands | changes).items() if value is not None}
        hands.client("cloudwatch").put_metric_alarm(**asked)

    return put


def _less_in_the_expression(hands: Hands) -> None:
    """Of all the queries only half as much."""
    metrics = [
        {**query, "Expression": f"({query['Expression']}) / 2"} if "Expression" in query else query
        for query in _alarm(hands, RATE)["Metrics"]
    ]
    _put(RATE, Metrics=metrics)(hands)


def _tells_somebody_else(hands: Hands) -> None:
    topic = hands.client("sns").create_topic(Name=f"{hands.environment.name}-theirs")["TopicArn"]
    _put(LATENCY, InsufficientDataActions=[topic])(hands)


def _passed_on(hands: Hands) -> None:
    """To a stream of theirs, which CloudWatch Logs writes to by a role of theirs."""
    kinesis, iam, name = hands.client("kinesis"), hands.client("iam"), f"{hands.environment.name}-theirs"
    kinesis.create_stream(StreamName=name, ShardCount=1)
    said = {"Effect": "Allow", "Principal": {"Service": "logs.amazonaws.com"}, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [said]})
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)
    hands.client("logs").put_subscription_filter(
        logGroupName=hands.id(GROUP),
        filterName="theirs",
        filterPattern="",
        destinationArn=kinesis.describe_stream(StreamName=name)["StreamDescription"]["StreamARN"],
        roleArn=iam.get_role(RoleName=name)["Role"]["Arn"],
    )


def _on_group(call: str, **told: Any) -> Deed:
    return lambda hands: getattr(hands.client("logs"), call)(logGroupName=hands.id(GROUP), **told)


def _on_database(**told: Any) -> Deed:
    return lambda hands: hands.client("rds").modify_db_instance(
        DBInstanceIdentifier=hands.id(DATABASE), ApplyImmediately=True, **told
    )


def _put_anew(hands: Hands) -> None:
    """Another alarm of that name, by nothing but what AWS demands: it never rings."""
    hands.client("cloudwatch").put_metric_alarm(
        AlarmName=hands.id(LATENCY),
        Namespace="AWS/ApplicationELB",
        MetricName="RequestCount",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1e9,
        ComparisonOperator="GreaterThanThreshold",
    )


DRIFTS: Final = (
    Broken("kept for a day", GROUP, "RetentionInDays", _on_group("put_retention_policy", retentionInDays=1)),
    Broken("kept for ever", GROUP, "RetentionInDays", _on_group("delete_retention_policy")),
    Broken("passed on", GROUP, "SubscriptionFilters", _passed_on),
    Broken(
        "a tag taken off",
        GROUP,
        "Tags",
        lambda hands: hands.client("logs").untag_resource(
            resourceArn=hands.physical(GROUP)["Arn"].removesuffix(":*"), tagKeys=[LAYER_TAG]
        ),
    ),
    Broken(
        "deleted",
        FORGOTTEN,
        "stands",
        lambda hands: hands.client("logs").delete_log_group(logGroupName=hands.id(FORGOTTEN)),
    ),
    Broken(
        "silenced",
        LATENCY,
        "ActionsEnabled",
        lambda hands: hands.client("cloudwatch").disable_alarm_actions(AlarmNames=[hands.id(LATENCY)]),
    ),
    Broken("put again with little said", LATENCY, "AlarmDescription", _put_anew, also=("Threshold", "AlarmActions")),
    Broken("tells nobody", LATENCY, "AlarmActions", _put(LATENCY, AlarmActions=[])),
    Broken("tells nobody that all is well", LATENCY, "OKActions", _put(LATENCY, OKActions=[])),
    Broken("tells somebody else", LATENCY, "InsufficientDataActions", _tells_somebody_else),
    Broken("described otherwise", LATENCY, "AlarmDescription", _put(LATENCY, AlarmDescription="mine")),
    Broken("the other way round", LATENCY, "ComparisonOperator", _put(LATENCY, ComparisonOperator="LessThanThreshold")),
    Broken("never reached", LATENCY, "Threshold", _put(LATENCY, Threshold=1e9)),
    Broken("never long enough", LATENCY, "EvaluationPeriods", _put(LATENCY, EvaluationPeriods=12)),
    Broken("by one look", LATENCY, "DatapointsToAlarm", _put(LATENCY, DatapointsToAlarm=1)),
    Broken("well without numbers", LATENCY, "TreatMissingData", _put(LATENCY, TreatMissingData="ignore")),
    Broken("another percentile", LATENCY, "ExtendedStatistic", _put(LATENCY, ExtendedStatistic="p10")),
    Broken(
        "by few requests too",
        LATENCY,
        "EvaluateLowSampleCountPercentile",
        _put(LATENCY, EvaluateLowSampleCountPercentile="evaluate"),
    ),
    Broken("of another service", LOAD, "Namespace", _put(LOAD, Namespace="AWS/Nothing")),
    Broken("of something else", LOAD, "MetricName", _put(LOAD, MetricName="FreeableMemory")),
    Broken(
        "of another database",
        LOAD,
        "Dimensions",
        _put(LOAD, Dimensions=[{"Name": "DBInstanceIdentifier", "Value": "mallory"}]),
    ),
    Broken("by the hour", LOAD, "Period", _put(LOAD, Period=3600)),
    Broken("the least of all", LOAD, "Statistic", _put(LOAD, Statistic="Minimum")),
    Broken("of half of it", RATE, "Metrics", _less_in_the_expression),
    Broken(
        "a tag taken off",
        LOAD,
        "Tags",
        lambda hands: hands.client("cloudwatch").untag_resource(
            ResourceARN=hands.physical(LOAD)["Arn"], TagKeys=[LAYER_TAG]
        ),
    ),
    Broken(
        "deleted",
        STORAGE,
        "stands",
        lambda hands: hands.client("cloudwatch").delete_alarms(AlarmNames=[hands.id(STORAGE)]),
    ),
    Broken(
        "emptied",
        DASHBOARD,
        "DashboardBody",
        lambda hands: hands.client("cloudwatch").put_dashboard(
            DashboardName=hands.id(DASHBOARD), DashboardBody='{"widgets": []}'
        ),
    ),
    Broken(
        "deleted",
        DASHBOARD,
        "stands",
        lambda hands: hands.client("cloudwatch").delete_dashboards(DashboardNames=[hands.id(DASHBOARD)]),
    ),
    Broken(
        "its audit log stopped",
        CLUSTER,
        "EnabledLogTypes",
        lambda hands: hands.client("eks").update_cluster_config(
            name=hands.id(CLUSTER), logging={"clusterLogging": [{"types": ["audit"], "enabled": False}]}
        ),
    ),
    Broken(
        "its requests not written down",
        LOAD_BALANCER,
        "LoadBalancerAttributes.access_logs",
        lambda hands: hands.client("elbv2").modify_load_balancer_attributes(
            LoadBalancerArn=hands.id(LOAD_BALANCER), Attributes=[{"Key": "access_logs.s3.enabled", "Value": "false"}]
        ),
    ),
    Broken(
        "its requests not written down",
        BUCKET,
        "LoggingConfiguration",
        lambda hands: hands.client("s3").put_bucket_logging(Bucket=hands.id(BUCKET), BucketLoggingStatus={}),
    ),
    Broken(
        "its log not written out",
        DATABASE,
        "EnableCloudwatchLogsExports",
        _on_database(CloudwatchLogsExportConfiguration={"DisableLogTypes": ["postgresql"]}),
    ),
    Broken(
        "its performance not shown",
        DATABASE,
        "EnablePerformanceInsights",
        _on_database(EnablePerformanceInsights=False),
    ),
    Broken(
        "its performance kept for two years",
        DATABASE,
        "PerformanceInsightsRetentionPeriod",
        _on_database(PerformanceInsightsRetentionPeriod=731),
    ),
)
