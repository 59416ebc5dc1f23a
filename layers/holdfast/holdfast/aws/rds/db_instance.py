"""``AWS::RDS::DBInstance``: a database that RDS runs, with its standby, its backups and its master password.

What RDS does by itself is not drift: it may grow the storage up to ``max_allocated_storage``, and takes minor versions
of the engine in the maintenance window. Pages: ModifyDBInstance (AmazonRDS/latest/APIReference/API_ModifyDBInstance),
"Viewing Amazon RDS DB instance status" (AmazonRDS/latest/UserGuide/accessing-monitoring.html).
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, cast

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.kms.key import settling_in
from holdfast.aws.rds.resource import RdsResource, tag_dict, tag_list
from holdfast.aws.resource import already_so, code
from holdfast.core.diff import diff
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef, ModifyDBInstanceMessageTypeDef

LOOK_AGAIN: Final = 15
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
FIRST: Final = frozenset({"DeletionProtection", "PubliclyAccessible", "VPCSecurityGroups"})
"""What may stand open. RDS refuses a call as a whole: to close it must not wait for storage that may not grow."""
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


class DbInstanceState(Tagged, frozen=True, kw_only=True):
    """``engine_version`` is the major one, ``allocated_storage`` the least: RDS goes on from both by itself."""

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


class DbInstance(RdsResource[DbInstanceState]):
    """One instance, known by its identifier. The keys of the secret and of Performance Insights stay what they are."""

    kind = "AWS::RDS::DBInstance"
    model = DbInstanceState
    immutable = frozenset(
        {
            "DBInstanceIdentifier",
            "DBName",
            "DBSubnetGroupName",
            "Engine",
            "EngineVersion",
            "KmsKeyId",
            "MasterUserSecretKmsKeyId",
            "MasterUsername",
            "PerformanceInsightsKMSKeyId",
            "StorageEncrypted",
        }
    )
    duration = Duration(720, 600, 1200)
    holds_data = True

    @classmethod
    def refusals(cls, stands: Mapping[str, object], asked: Mapping[str, object]) -> Iterator[str]:
        """Storage never shrinks. A step of less than a tenth is no refusal: RDS rounds it up."""
        yield from super().refusals(stands, asked)
        before, after = stands.get("AllocatedStorage"), asked.get("AllocatedStorage")
        if isinstance(before, int) and isinstance(after, int) and after < before:
            yield f"AllocatedStorage is {before}, asked for {after}: it can only grow"

    def observe(self) -> Observed[DbInstanceState] | None:
        """A change that waits for the maintenance window counts as made: who planned it otherwise than we is drift."""
        instance = self._find()
        if instance is None:
            return None
        tags, status = tag_dict(instance.get("TagList", [])), instance["DBInstanceStatus"]
        self.require_ours(f"the database {instance['DBInstanceIdentifier']}", tags)
        now = self._state(instance, tags)
        planned = self._state(_with_pending(instance), tags)
        on_the_way = not diff(self.desired, planned) and bool(diff(self.desired, now))
        given_up = GIVEN_UP.get(status, "") if not _may_be_relieved(status, now, self.desired) else ""
        return Observed(
            state=planned,
            physical=_physical(instance),
            wait=LOOK_AGAIN if on_the_way or (status not in {*READY, FULL} and not given_up) else 0,
            failed=f"{status}: {given_up}" if given_up else "",
        )

    def _find(self) -> "DBInstanceTypeDef | None":
        identifier = self.desired.db_instance_identifier
        try:
            return self.clients.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
        except ClientError as error:
            if code(error) != "DBInstanceNotFound":
                raise
            return None

    def _state(self, instance: "DBInstanceTypeDef", tags: dict[str, str]) -> DbInstanceState:
        """What is off has no key: only that it is off is drift then."""
        secret = instance.get("MasterUserSecret")
        insights = instance.get("PerformanceInsightsEnabled", False)
        asked = self.desired
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
            tags=tags,
        )

    def create(self) -> Physical:
        """Raises ``ComeBackLater`` while KMS does not see the tags of the key, by which we are allowed to use it."""
        asked = self.desired
        with (
            already_so("DBInstanceAlreadyExists"),
            settling_in(self.clients.kms, asked.kms_key_id, "KMSKeyNotAccessibleFault"),
        ):
            self.clients.rds.create_db_instance(
                DBInstanceIdentifier=asked.db_instance_identifier,
                DBInstanceClass=asked.db_instance_class,
                Engine=asked.engine,
                EngineVersion=asked.engine_version,
                DBName=asked.db_name,
                Port=asked.port,
                MasterUsername=asked.master_username,
                ManageMasterUserPassword=asked.manage_master_user_password,
                MasterUserSecretKmsKeyId=asked.master_user_secret_kms_key_id,
                DBSubnetGroupName=asked.db_subnet_group_name,
                DBParameterGroupName=asked.db_parameter_group_name,
                VpcSecurityGroupIds=sorted(asked.vpc_security_groups),
                PubliclyAccessible=asked.publicly_accessible,
                MultiAZ=asked.multi_az,
                StorageType=asked.storage_type,
                AllocatedStorage=asked.allocated_storage,
                MaxAllocatedStorage=asked.max_allocated_storage,
                StorageEncrypted=asked.storage_encrypted,
                KmsKeyId=asked.kms_key_id,
                BackupRetentionPeriod=asked.backup_retention_period,
                PreferredBackupWindow=asked.preferred_backup_window,
                PreferredMaintenanceWindow=asked.preferred_maintenance_window,
                CopyTagsToSnapshot=asked.copy_tags_to_snapshot,
                DeletionProtection=asked.deletion_protection,
                AutoMinorVersionUpgrade=asked.auto_minor_version_upgrade,
                CACertificateIdentifier=asked.ca_certificate_identifier,
                EnableIAMDatabaseAuthentication=asked.enable_iam_database_authentication,
                EnableCloudwatchLogsExports=sorted(asked.enable_cloudwatch_logs_exports),
                EnablePerformanceInsights=asked.enable_performance_insights,
                PerformanceInsightsKMSKeyId=asked.performance_insights_kms_key_id,
                PerformanceInsightsRetentionPeriod=asked.performance_insights_retention_period,
                Tags=tag_list(asked.tags),
            )
        return {"id": asked.db_instance_identifier}

    def update(self, observed: Observed[DbInstanceState], drift: Drift) -> tuple[str, ...]:
        """At once, not in the maintenance window. What stands open goes in a call of its own, all else in the next."""
        changed = {change.path for change in drift if not change.path.startswith("Tags.")}
        fields = changed & FIRST or changed
        calls: list[str] = []
        if fields:
            self.clients.rds.modify_db_instance(**self._modification(observed, fields))
            calls.append(f"ModifyDBInstance {', '.join(sorted(fields))}")
        return (*calls, *self.retag(observed, drift))

    def _modification(
        self, observed: Observed[DbInstanceState], fields: set[str] | frozenset[str]
    ) -> "ModifyDBInstanceMessageTypeDef":
        """``fields`` of the promise as members of ModifyDBInstance."""
        asked = self.desired
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
            exported, wanted = observed.state.enable_cloudwatch_logs_exports, asked.enable_cloudwatch_logs_exports
            members["CloudwatchLogsExportConfiguration"] = {
                "EnableLogTypes": sorted(wanted - exported),
                "DisableLogTypes": sorted(exported - wanted),
            }
        whole = {"DBInstanceIdentifier": asked.db_instance_identifier, "ApplyImmediately": True, **members}
        return cast("ModifyDBInstanceMessageTypeDef", whole)

    def delete(self, observed: Observed[DbInstanceState]) -> None:
        """With a last snapshot, named after this very instance: a later one of the same identifier has another name.

        RDS refuses while it is at work on the instance; whoever calls comes back then, as with any other refusal
        that passes.
        """
        identifier, resource = observed.physical["id"], observed.physical["DbiResourceId"]
        with already_so("DBInstanceNotFound", "InvalidDBInstanceState"):
            if observed.state.deletion_protection:
                self.clients.rds.modify_db_instance(
                    DBInstanceIdentifier=identifier, DeletionProtection=False, ApplyImmediately=True
                )
            self.clients.rds.delete_db_instance(
                DBInstanceIdentifier=identifier,
                SkipFinalSnapshot=False,
                FinalDBSnapshotIdentifier=f"{identifier}-final-{resource.removeprefix('db-').lower()}",
            )


def _physical(instance: "DBInstanceTypeDef") -> Physical:
    """The endpoint and the secret come only once RDS has made them."""
    physical = {
        "id": instance["DBInstanceIdentifier"],
        "Arn": instance["DBInstanceArn"],
        "DbiResourceId": instance["DbiResourceId"],
    }
    if address := instance.get("Endpoint", {}).get("Address"):
        physical["EndpointAddress"] = address
        physical["EndpointPort"] = str(instance["Endpoint"]["Port"])
    if secret := instance.get("MasterUserSecret", {}).get("SecretArn"):
        physical["MasterUserSecretArn"] = secret
    return physical


def _with_pending(instance: "DBInstanceTypeDef") -> "DBInstanceTypeDef":
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


def _may_be_relieved(status: str, now: DbInstanceState, asked: DbInstanceState) -> bool:
    """A full instance takes no changes but more storage."""
    return status == FULL and now.allocated_storage < asked.allocated_storage


def _grown(allocated: int, asked: int) -> int:
    """What RDS has grown the storage to beyond what was asked for is its own affair."""
    return min(allocated, asked)
