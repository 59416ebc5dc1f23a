"""What DescribeDBInstances says of an instance, in the shape of its promise.

What RDS does by itself is not drift: it may grow the storage up to ``max_allocated_storage``, and takes minor versions
of the engine in the maintenance window. Pages: DBInstance (AmazonRDS/latest/APIReference/API_DBInstance.html), "Viewing
Amazon RDS DB instance status" (AmazonRDS/latest/UserGuide/accessing-monitoring.html).
"""

from typing import TYPE_CHECKING, Any, Final, cast

import msgspec

from holdfast.aws.rds.resource import tag_dict
from holdfast.core.resource import Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

READY: Final = frozenset({"available", "storage-optimization"})
"""In which RDS takes changes. Storage is optimized for hours after it has grown; the instance serves meanwhile."""
FULL: Final = "storage-full"
GIVEN_UP: Final = {
    "failed": "RDS cannot recover it: restore its last backup under another name (RestoreDBInstanceToPointInTime)",
    "inaccessible-encryption-credentials": "RDS cannot use its key, and has given up on it: restore its last backup",
    "inaccessible-encryption-credentials-recoverable": "RDS cannot use its key: enable the key, StartDBInstance",
    "incompatible-create": "RDS cannot make it with what was asked for: its events say why (DescribeEvents)",
    "incompatible-network": "its subnets have no room, or are gone: make room, then restore it to a point in time",
    "incompatible-option-group": "its option group does not fit: its events say why (DescribeEvents)",
    "incompatible-parameters": "its parameters keep it from starting: reset them in its parameter group, reboot it",
    "incompatible-restore": "the backup does not fit: its events say why (DescribeEvents)",
    "insufficient-capacity": "this Region has no instances of its class just now: ask for another class",
    "restore-error": "RDS could not restore it: its events say why (DescribeEvents)",
    "stopped": "somebody stopped it: StartDBInstance",
    FULL: "it has no storage left: raise database.storage_gib",
}
"""Statuses that do not pass by themselves, and what a person does about each (the same page)."""


class DbInstanceState(Tagged, frozen=True, kw_only=True):
    """``engine_version`` is the major one, ``allocated_storage`` the least: RDS goes on from both by itself.

    ``read_replicas`` is closed: each is all of the data once more, behind groups that are its maker's.
    """

    db_instance_identifier: str = msgspec.field(name="DBInstanceIdentifier")
    db_instance_class: str = msgspec.field(name="DBInstanceClass")
    engine: str
    engine_version: str
    db_name: str = msgspec.field(name="DBName")
    port: int
    master_username: str
    manage_master_user_password: bool
    master_user_secret_kms_key_id: str
    db_subnet_group_name: str = msgspec.field(name="DBSubnetGroupName")
    db_parameter_group_name: str = msgspec.field(name="DBParameterGroupName")
    vpc_security_groups: frozenset[str] = msgspec.field(name="VPCSecurityGroups")
    publicly_accessible: bool
    multi_az: bool = msgspec.field(name="MultiAZ")
    storage_type: str
    allocated_storage: int
    max_allocated_storage: int
    storage_encrypted: bool
    kms_key_id: str
    backup_retention_period: int
    preferred_backup_window: str
    preferred_maintenance_window: str
    copy_tags_to_snapshot: bool
    deletion_protection: bool
    auto_minor_version_upgrade: bool
    ca_certificate_identifier: str = msgspec.field(name="CACertificateIdentifier")
    enable_iam_database_authentication: bool = msgspec.field(name="EnableIAMDatabaseAuthentication")
    enable_cloudwatch_logs_exports: frozenset[str]
    enable_performance_insights: bool
    performance_insights_kms_key_id: str = msgspec.field(name="PerformanceInsightsKMSKeyId")
    performance_insights_retention_period: int
    read_replicas: frozenset[str] = msgspec.field(name="ReadReplicaDBInstanceIdentifiers", default=frozenset())


def shown(instance: "DBInstanceTypeDef", asked: DbInstanceState) -> DbInstanceState:
    """What is off has no key: only that it is off is drift then."""
    secret = instance.get("MasterUserSecret")
    insights = instance.get("PerformanceInsightsEnabled", False)
    return DbInstanceState(
        db_instance_identifier=instance["DBInstanceIdentifier"],
        db_instance_class=instance["DBInstanceClass"],
        engine=instance["Engine"],
        engine_version=instance["EngineVersion"].partition(".")[0],
        db_name=instance.get("DBName", ""),
        port=_port(instance, asked.port),
        master_username=instance.get("MasterUsername", ""),
        manage_master_user_password=secret is not None,
        master_user_secret_kms_key_id=secret.get("KmsKeyId", "") if secret else asked.master_user_secret_kms_key_id,
        db_subnet_group_name=instance.get("DBSubnetGroup", {}).get("DBSubnetGroupName", ""),
        db_parameter_group_name=_parameter_group(instance),
        vpc_security_groups=_security_groups(instance),
        publicly_accessible=instance["PubliclyAccessible"],
        multi_az=instance["MultiAZ"],
        storage_type=instance["StorageType"],
        allocated_storage=_grown(instance["AllocatedStorage"], asked.allocated_storage),
        max_allocated_storage=instance.get("MaxAllocatedStorage", 0),
        storage_encrypted=instance["StorageEncrypted"],
        kms_key_id=instance.get("KmsKeyId", ""),
        backup_retention_period=instance["BackupRetentionPeriod"],
        preferred_backup_window=instance["PreferredBackupWindow"],
        preferred_maintenance_window=instance["PreferredMaintenanceWindow"],
        copy_tags_to_snapshot=instance["CopyTagsToSnapshot"],
        deletion_protection=instance["DeletionProtection"],
        auto_minor_version_upgrade=instance["AutoMinorVersionUpgrade"],
        ca_certificate_identifier=instance["CACertificateIdentifier"],
        enable_iam_database_authentication=instance["IAMDatabaseAuthenticationEnabled"],
        enable_cloudwatch_logs_exports=frozenset(instance.get("EnabledCloudwatchLogsExports", [])),
        enable_performance_insights=insights,
        performance_insights_kms_key_id=instance.get("PerformanceInsightsKMSKeyId", "")
        if insights
        else asked.performance_insights_kms_key_id,
        performance_insights_retention_period=instance.get("PerformanceInsightsRetentionPeriod", 0)
        if insights
        else asked.performance_insights_retention_period,
        read_replicas=frozenset(instance.get("ReadReplicaDBInstanceIdentifiers", [])),
        tags=tag_dict(instance.get("TagList", [])),
    )


def physical(instance: "DBInstanceTypeDef") -> Physical:
    """The endpoint and the secret come only once RDS has made them."""
    called = {
        "id": instance["DBInstanceIdentifier"],
        "Arn": instance["DBInstanceArn"],
        "DbiResourceId": instance["DbiResourceId"],
        # Named after this very instance: a later one of the same identifier has another name.
        "FinalSnapshot": f"{instance['DBInstanceIdentifier']}-final-"
        + instance["DbiResourceId"].removeprefix("db-").lower(),
    }
    if address := instance.get("Endpoint", {}).get("Address"):
        called["EndpointAddress"] = address
        called["EndpointPort"] = str(instance["Endpoint"]["Port"])
    if secret := instance.get("MasterUserSecret", {}).get("SecretArn"):
        called["MasterUserSecretArn"] = secret
    return called


def with_pending(instance: "DBInstanceTypeDef") -> "DBInstanceTypeDef":
    """``instance`` as it will be when what is pending has been done."""
    pending: dict[str, Any] = {**instance.get("PendingModifiedValues", {})}
    logs = pending.pop("PendingCloudwatchLogsExports", {})
    exported = set(instance.get("EnabledCloudwatchLogsExports", [])) | set(logs.get("LogTypesToEnable", []))
    planned = {
        **instance,
        **pending,
        "EnabledCloudwatchLogsExports": sorted(exported - set(logs.get("LogTypesToDisable", []))),
    }
    if "Port" in pending:
        planned["Endpoint"] = {**instance.get("Endpoint", {}), "Port": pending["Port"]}
    return cast("DBInstanceTypeDef", planned)


def _port(instance: "DBInstanceTypeDef", asked: int) -> int:
    """There is no endpoint while the instance is being made."""
    return instance["Endpoint"]["Port"] if "Endpoint" in instance else asked


def _parameter_group(instance: "DBInstanceTypeDef") -> str:
    return next((group["DBParameterGroupName"] for group in instance["DBParameterGroups"]), "")


def _security_groups(instance: "DBInstanceTypeDef") -> frozenset[str]:
    """Those attached, and those on the way; not those that are being taken off."""
    groups = instance["VpcSecurityGroups"]
    return frozenset(group["VpcSecurityGroupId"] for group in groups if group.get("Status") != "removing")


def may_be_relieved(status: str, now: DbInstanceState, asked: DbInstanceState) -> bool:
    """A full instance takes no changes but more storage."""
    return status == FULL and now.allocated_storage < asked.allocated_storage


def _grown(allocated: int, asked: int) -> int:
    """What RDS has grown the storage to beyond what was asked for is its own affair."""
    return min(allocated, asked)
