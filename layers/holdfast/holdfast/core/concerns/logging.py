"""What is written down of an environment and for how long, and who is told: log groups, access logs, alarms.

Of CloudWatch Logs and dashboards AWS Config knows nothing.
"""

from typing import Final

from holdfast.core.concern import NAME, Concern, Watched, ids
from holdfast.core.resource import Drift


def _hides(drift: Drift) -> bool:
    """While nobody would see it, anything may be opened: only tags can wait."""
    return any(not change.path.startswith("Tags.") for change in drift)


LOGGING: Final = Concern(
    "logging",
    (
        Watched(
            "AWS::Logs::LogGroup",
            "",
            "logs.amazonaws.com",
            frozenset(
                {
                    "CreateLogGroup",
                    "DeleteLogGroup",
                    "DeleteRetentionPolicy",
                    "PutRetentionPolicy",
                    "PutSubscriptionFilter",
                    "TagLogGroup",
                    "TagResource",
                    "UntagLogGroup",
                    "UntagResource",
                }
            ),
            ids(r"[\w.#/-]{1,512}"),
        ),
        Watched(
            "AWS::CloudWatch::Alarm",
            "AWS::CloudWatch::Alarm",
            "monitoring.amazonaws.com",
            frozenset({"DeleteAlarms", "DisableAlarmActions", "PutMetricAlarm", "TagResource", "UntagResource"}),
            ids(NAME),
        ),
        Watched(
            "AWS::CloudWatch::Dashboard",
            "",
            "monitoring.amazonaws.com",
            frozenset({"DeleteDashboards", "PutDashboard"}),
            ids(r"holdfast-[a-z0-9-]{1,64}"),
        ),
        Watched(
            "AWS::EKS::Cluster",
            "AWS::EKS::Cluster",
            "eks.amazonaws.com",
            frozenset({"UpdateClusterConfig"}),
            ids(NAME),
            frozenset({"eks:UpdateClusterConfig"}),
        ),
        Watched(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "elasticloadbalancing.amazonaws.com",
            frozenset({"ModifyLoadBalancerAttributes"}),
            ids(r"arn:[\w-]+:elasticloadbalancing:.*:loadbalancer/.*"),
            frozenset({"elasticloadbalancing:ModifyLoadBalancerAttributes"}),
        ),
        Watched(
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBInstance",
            "rds.amazonaws.com",
            frozenset({"ModifyDBInstance"}),
            ids(NAME),
            frozenset({"rds:ModifyDBInstance"}),
        ),
        Watched(
            "AWS::S3::Bucket",
            "AWS::S3::Bucket",
            "s3.amazonaws.com",
            frozenset({"PutBucketLogging"}),
            ids(NAME),
            frozenset({"s3:PutBucketLogging"}),
        ),
    ),
    _hides,
)
