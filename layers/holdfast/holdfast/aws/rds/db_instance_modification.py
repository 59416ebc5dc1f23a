"""What ModifyDBInstance is told: properties of a promise as its members, and whether what is pending comes along.

Pages: ModifyDBInstance (AmazonRDS/latest/APIReference/API_ModifyDBInstance.html), "Settings for DB instances"
(AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html).
"""

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from holdfast.aws.rds.db_instance_state import DbInstanceState

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import ModifyDBInstanceMessageTypeDef

SAME_MEMBER: Final = frozenset(
    {
        "AllocatedStorage",
        "AutoMinorVersionUpgrade",
        "BackupRetentionPeriod",
        "CACertificateIdentifier",
        "CopyTagsToSnapshot",
        "DBInstanceClass",
        "DBParameterGroupName",
        "DeletionProtection",
        "EnableIAMDatabaseAuthentication",
        "MaxAllocatedStorage",
        "MultiAZ",
        "PerformanceInsightsRetentionPeriod",
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
        "PubliclyAccessible",
        "StorageType",
    }
)
"""Properties that ModifyDBInstance knows by the same word."""


AT_ONCE: Final = frozenset(
    {
        "AutoMinorVersionUpgrade",
        "CopyTagsToSnapshot",
        "DBParameterGroupName",
        "DeletionProtection",
        "EnableCloudwatchLogsExports",
        "EnablePerformanceInsights",
        "MaxAllocatedStorage",
        "PerformanceInsightsRetentionPeriod",
        "Port",
        "PreferredBackupWindow",
        "PreferredMaintenanceWindow",
        "PubliclyAccessible",
        "VPCSecurityGroups",
    }
)
"""What RDS changes at once, whatever it is told. Told "immediately", it also applies what waits for the window: closing
a port must not bring about what somebody planned for Sunday."""


def modification(
    asked: DbInstanceState, stands: DbInstanceState, fields: AbstractSet[str]
) -> "ModifyDBInstanceMessageTypeDef":
    """``fields`` of what is ``asked`` for, on the way there from what ``stands``."""
    properties: dict[str, Any] = msgspec.to_builtins(asked)
    members = {field: properties[field] for field in fields & SAME_MEMBER}
    if "AllocatedStorage" in fields:
        # RDS compares what it may grow to with what it has: both go together.
        members["MaxAllocatedStorage"] = asked.max_allocated_storage
    if "Port" in fields:
        members["DBPortNumber"] = asked.port
    if "VPCSecurityGroups" in fields:
        members["VpcSecurityGroupIds"] = sorted(asked.vpc_security_groups)
    if "ManageMasterUserPassword" in fields:
        members["ManageMasterUserPassword"] = asked.manage_master_user_password
        members["MasterUserSecretKmsKeyId"] = asked.master_user_secret_kms_key_id
    if "EnablePerformanceInsights" in fields:
        members["EnablePerformanceInsights"] = asked.enable_performance_insights
        members["PerformanceInsightsKMSKeyId"] = asked.performance_insights_kms_key_id
        members["PerformanceInsightsRetentionPeriod"] = asked.performance_insights_retention_period
    if "EnableCloudwatchLogsExports" in fields:
        exported, wanted = stands.enable_cloudwatch_logs_exports, asked.enable_cloudwatch_logs_exports
        members["CloudwatchLogsExportConfiguration"] = {
            "EnableLogTypes": sorted(wanted - exported),
            "DisableLogTypes": sorted(exported - wanted),
        }
    immediately = bool(fields - AT_ONCE)
    whole = {"DBInstanceIdentifier": asked.db_instance_identifier, "ApplyImmediately": immediately, **members}
    return cast("ModifyDBInstanceMessageTypeDef", whole)
