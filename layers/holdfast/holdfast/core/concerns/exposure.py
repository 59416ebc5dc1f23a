"""What could be reached, read or lost: buckets, the database and its snapshots, the cluster's endpoint, the way in.

With it go what keeps data from being lost (versions, backups, the standby, protection from deletion): who means to take
it away lifts these first.
"""

from typing import Final

from holdfast.core.concern import Concern, Watched, ids
from holdfast.core.resource import STANDS, Change, Drift

_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_ELB = r"arn:[\w-]+:elasticloadbalancing:.*"

_OPENS_NOTHING: Final = (
    STANDS,
    "Tags",
    # buckets
    "LifecycleConfiguration",
    "VersioningConfiguration",
    # the database
    "AllocatedStorage",
    "AutoMinorVersionUpgrade",
    "BackupRetentionPeriod",
    "CopyTagsToSnapshot",
    "DBInstanceClass",
    "DeletionProtection",
    "MaxAllocatedStorage",
    "MultiAZ",
    "PreferredBackupWindow",
    "PreferredMaintenanceWindow",
    "StorageType",
    # the cluster
    "SupportType",
    "Version",
    # the way in
    "HealthCheckEnabled",
    "HealthCheckIntervalSeconds",
    "HealthCheckPath",
    "HealthCheckPort",
    "HealthCheckTimeoutSeconds",
    "HealthyThresholdCount",
    "LoadBalancerAttributes.deletion_protection",
    "LoadBalancerAttributes.idle_timeout",
    "LoadBalancerAttributes.zonal_shift",
    "Matcher",
    "TargetGroupAttributes",
    "UnhealthyThresholdCount",
    # backups
    "IamRoleArn",
    "NotResources",
    "Resources",
)
"""How the paths begin of what makes the environment weaker, but opens it to nobody."""


def _opens(drift: Drift) -> bool:
    return not all(map(_opens_nothing, drift))


def _opens_nothing(change: Change) -> bool:
    return any(change.path == begins or change.path.startswith(f"{begins}.") for begins in _OPENS_NOTHING)


EXPOSURE: Final = Concern(
    "exposure",
    (
        Watched(
            "AWS::S3::Bucket",
            "AWS::S3::Bucket",
            "s3.amazonaws.com",
            frozenset(
                {
                    "DeleteBucket",
                    "DeleteBucketLifecycle",
                    "DeleteBucketOwnershipControls",
                    "DeleteBucketPublicAccessBlock",
                    "DeleteBucketTagging",
                    "PutBucketAbac",
                    "PutBucketAcl",
                    "PutBucketLifecycle",
                    "PutBucketOwnershipControls",
                    "PutBucketPublicAccessBlock",
                    "PutBucketReplication",
                    "PutBucketTagging",
                    "PutBucketVersioning",
                    "PutBucketWebsite",
                    "TagResource",
                    "UntagResource",
                }
            ),
            ids(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
        ),
        Watched(
            "AWS::RDS::DBInstance",
            "AWS::RDS::DBInstance",
            "rds.amazonaws.com",
            frozenset(
                {
                    "AddTagsToResource",
                    "CreateDBInstance",
                    "CreateDBInstanceReadReplica",
                    "DeleteDBInstance",
                    "ModifyDBInstance",
                    "RemoveTagsFromResource",
                    "RestoreDBInstanceFromDBSnapshot",
                    "RestoreDBInstanceToPointInTime",
                    "StopDBInstance",
                }
            ),
            ids(r"[a-z][a-z0-9-]{0,62}"),
            frozenset({"rds:ModifyDBInstance"}),
        ),
        Watched(
            "AWS::RDS::DBSnapshot",
            "AWS::RDS::DBSnapshot",
            "rds.amazonaws.com",
            frozenset({"ModifyDBSnapshotAttribute"}),
            ids(r"(?!restore$|all$)[A-Za-z][A-Za-z0-9-]{0,254}"),
        ),
        Watched(
            "AWS::EKS::Cluster",
            "AWS::EKS::Cluster",
            "eks.amazonaws.com",
            frozenset(
                {
                    "CreateCluster",
                    "DeleteCluster",
                    "TagResource",
                    "UntagResource",
                    "UpdateClusterConfig",
                    "UpdateClusterVersion",
                }
            ),
            ids(r"[0-9A-Za-z][\w-]{0,99}"),
            frozenset({"eks:UpdateClusterConfig"}),
        ),
        Watched(
            "AWS::EC2::Subnet",
            "AWS::EC2::Subnet",
            "ec2.amazonaws.com",
            frozenset({"CreateTags", "DeleteSubnet", "DeleteTags", "ModifySubnetAttribute"}),
            ids(r"subnet-[0-9a-f]{8,17}"),
        ),
        Watched(
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "AWS::ElasticLoadBalancingV2::LoadBalancer",
            "elasticloadbalancing.amazonaws.com",
            frozenset(
                {
                    "AddTags",
                    "DeleteLoadBalancer",
                    "ModifyLoadBalancerAttributes",
                    "RemoveTags",
                    "SetIpAddressType",
                    "SetSubnets",
                }
            ),
            ids(rf"{_ELB}:loadbalancer/app/.*"),
            frozenset({"elasticloadbalancing:ModifyLoadBalancerAttributes"}),
        ),
        Watched(
            "AWS::ElasticLoadBalancingV2::ListenerRule",
            "",
            "elasticloadbalancing.amazonaws.com",
            frozenset({"AddTags", "CreateRule", "DeleteRule", "ModifyRule", "RemoveTags", "SetRulePriorities"}),
            ids(rf"{_ELB}:listener(-rule)?/app/.*"),
        ),
        Watched(
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "AWS::ElasticLoadBalancingV2::TargetGroup",
            "elasticloadbalancing.amazonaws.com",
            frozenset(
                {"AddTags", "DeleteTargetGroup", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "RemoveTags"}
            ),
            ids(rf"{_ELB}:targetgroup/.*"),
        ),
        Watched(
            "AWS::Route53::RecordSet",
            "",
            "route53.amazonaws.com",
            frozenset({"ChangeResourceRecordSets"}),
            ids(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+"),
        ),
        Watched(
            "AWS::Backup::BackupPlan",
            "AWS::Backup::BackupPlan",
            "backup.amazonaws.com",
            frozenset({"DeleteBackupPlan", "TagResource", "UntagResource", "UpdateBackupPlan"}),
            ids(_UUID),
        ),
        Watched(
            "AWS::Backup::BackupSelection",
            "AWS::Backup::BackupSelection",
            "backup.amazonaws.com",
            frozenset({"CreateBackupSelection", "DeleteBackupSelection"}),
            ids(_UUID),
        ),
    ),
    _opens,
)
