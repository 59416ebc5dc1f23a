"""``AWS::RDS::DBInstance``: a database that RDS runs, with its standby, its backups and its master password.

Pages: CreateDBInstance, ModifyDBInstance, DeleteDBInstance (AmazonRDS/latest/APIReference/API_ModifyDBInstance.html).
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from holdfast.aws.kms.key import settling_in
from holdfast.aws.rds.db_instance_modification import modification
from holdfast.aws.rds.db_instance_state import (
    FULL,
    GIVEN_UP,
    READY,
    DbInstanceState,
    may_be_relieved,
    physical,
    shown,
    with_pending,
)
from holdfast.aws.rds.resource import RdsResource, tag_dict, tag_list
from holdfast.aws.resource import already_so, code
from holdfast.core.diff import diff
from holdfast.core.resource import Drift, Duration, Observed, Physical
from holdfast.core.trouble import ComeBackLater, NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_rds.type_defs import DBInstanceTypeDef

FAILURE: Final = "failure"
"""The category of events that tell of something that RDS could not do ("Amazon RDS event categories")."""
LOOK_AGAIN: Final = 5
"""Seconds. RDS refuses a change while it is at work on another: what stands open meanwhile waits for that."""
REPLICAS: Final = "ReadReplicaDBInstanceIdentifiers"
FIRST: Final = frozenset({"DeletionProtection", "PubliclyAccessible", "VPCSecurityGroups"})
"""What may stand open. RDS refuses a call as a whole: to close it must not wait for storage that may not grow."""


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
    incarnation = "DbiResourceId"
    when_gone = (
        "build nothing yet, that would make an empty one: restore the last backup under the same name, encrypted, in "
        "the environment's subnets and groups, and then start a build; docs/runbooks/exposure.md says how"
    )
    leaves = (
        "its final snapshot: `aws rds delete-db-snapshot --db-snapshot-identifier {FinalSnapshot}` removes it for good"
    )

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
        self.refuse_strangers(f"the database {instance['DBInstanceIdentifier']}", tag_dict(instance.get("TagList", [])))
        now, planned = shown(instance, self.desired), shown(with_pending(instance), self.desired)
        status = instance["DBInstanceStatus"]
        on_the_way = not diff(self.desired, planned) and bool(diff(self.desired, now))
        given_up = GIVEN_UP.get(status, "") if not may_be_relieved(status, now, self.desired) else ""
        return Observed(
            state=planned,
            physical=physical(instance),
            wait=LOOK_AGAIN if on_the_way or (status not in {*READY, FULL} and not given_up) else 0,
            failed=f"{status}: {given_up}" if given_up else "",
            going=status == "deleting",
        )

    def _find(self) -> "DBInstanceTypeDef | None":
        identifier = self.desired.db_instance_identifier
        try:
            return self.clients.rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
        except ClientError as error:
            if code(error) != "DBInstanceNotFound":
                raise
            return None

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
        """At once, not in the maintenance window. What stands open goes in a call of its own, all else in the next.

        Raises ``NeedsHuman`` when nothing is left to change but a copy of the data that somebody made.
        """
        changed = {change.path for change in drift if not change.path.startswith("Tags.")} - {REPLICAS}
        fields = changed & FIRST or changed
        calls: list[str] = []
        if fields:
            with self._between_its_works():
                self.clients.rds.modify_db_instance(**modification(self.desired, observed.state, fields))
            calls.append(f"ModifyDBInstance {', '.join(sorted(fields))}")
        calls += self.retag(observed, drift)
        if copies := ", ".join(str(change.found) for change in drift if change.path == REPLICAS):
            raise NeedsHuman(
                str(self.address),
                f"somebody made a read replica of it ({copies}): all of its data, behind groups that are not ours",
                f"`aws rds delete-db-instance --skip-final-snapshot --db-instance-identifier {copies}`, or an "
                "exception for it; docs/runbooks/exposure.md",
            )
        return tuple(calls)

    @contextmanager
    def _between_its_works(self) -> Iterator[None]:
        """RDS may have begun with something since it was looked at (a backup, somebody's change): that passes."""
        try:
            yield
        except ClientError as error:
            now = self.observe() if code(error) == "InvalidDBInstanceState" else None
            if now is None or not now.wait:
                raise
            raise ComeBackLater(f"RDS is at work on {now.physical['id']}", now.wait, asked=False) from error

    def gave_up(self, since: float) -> str:
        """RDS tells of failures in its events, and does its best to ("Monitoring Amazon RDS events", RDS guide)."""
        pages = self.clients.rds.get_paginator("describe_events").paginate(
            SourceIdentifier=self.desired.db_instance_identifier,
            SourceType="db-instance",
            EventCategories=[FAILURE],
            StartTime=datetime.fromtimestamp(since, UTC),
        )
        told = [event for page in pages for event in page["Events"] if FAILURE in event.get("EventCategories", [])]
        return "; ".join(event.get("Message", "") for event in told)

    def delete(self, observed: Observed[DbInstanceState]) -> None:
        """With a last snapshot, named after this very instance: a later one of the same identifier has another name.

        RDS refuses while it is at work on the instance; whoever calls comes back then, as with any other refusal
        that passes.
        """
        identifier = observed.physical["id"]
        with already_so("DBInstanceNotFound", "InvalidDBInstanceState"):
            if observed.state.deletion_protection:
                self.clients.rds.modify_db_instance(
                    DBInstanceIdentifier=identifier, DeletionProtection=False, ApplyImmediately=True
                )
            self.clients.rds.delete_db_instance(
                DBInstanceIdentifier=identifier,
                SkipFinalSnapshot=False,
                FinalDBSnapshotIdentifier=observed.physical["FinalSnapshot"],
            )
