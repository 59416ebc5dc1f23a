"""``AWS::EFS::FileSystem``: an encrypted file system, its policy, its lifecycle and what protects it.

CreateFileSystem takes a token that finds it again for ever: a second call with it answers FileSystemAlreadyExists
("CreateFileSystem", efs/latest/ug/API_CreateFileSystem.html). A file system's policy is given back with ``Resource``
filled in ("PutFileSystemPolicy", efs/latest/ug/API_PutFileSystemPolicy.html). EFS's own automatic backups go to a vault
that nobody can delete ("Backing up EFS file systems", efs/latest/ug/awsbackup.html): ours go to a vault of ours.
"""

import json
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.policy import Document, canonical, read
from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical, Tagged
from holdfast.core.trouble import ComeBackLater, NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_efs.type_defs import FileSystemDescriptionTypeDef, TagTypeDef

ABSENT = "PolicyNotFound"
GONE = "FileSystemNotFound"
AT_WORK = frozenset({"creating", "updating", "deleting"})
DONE = frozenset({"COMPLETED", "PARTIAL"})
GIVEN_UP = frozenset({"ABORTED", "ABORTING", "EXPIRED", "FAILED"})


class LastBackup(Desired, frozen=True, kw_only=True):
    """Where teardown backs the file system up before it deletes it, and by which role. AWS keeps no such thing."""

    backup_vault_name: str
    iam_role_arn: str


class FileSystemState(Tagged, frozen=True, kw_only=True):
    """``kms_key_id`` is the key's ARN. ``lifecycle_policies`` are the transitions by name, as CloudFormation has them.

    ``file_system_protection`` is its ReplicationOverwriteProtection, ``backup_policy`` its Status.
    """

    encrypted: bool
    kms_key_id: str
    performance_mode: str
    throughput_mode: str
    lifecycle_policies: dict[str, str]
    file_system_policy: Document
    last_backup: LastBackup
    file_system_protection: str = "ENABLED"
    backup_policy: str = "DISABLED"

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "file_system_policy", canonical(self.file_system_policy))


class FileSystem(AwsResource[FileSystemState]):
    """One file system."""

    kind = "AWS::EFS::FileSystem"
    model = FileSystemState
    claimed_apart = True
    immutable = frozenset({"Encrypted", "KmsKeyId", "PerformanceMode"})
    filled_in = frozenset({"FileSystemPolicy", "LastBackup", "LifecyclePolicies"})
    duration = Duration(10, 5, 20)
    holds_data = True
    when_gone = (
        "start a build, which makes an empty one, and have AWS Backup restore the newest recovery point of the "
        "environment's vault into that; docs/runbooks/encryption.md, step 5, says how"
    )
    leaves = (
        "the backups of {id}, the last of today: `aws backup list-recovery-points-by-backup-vault` names them, "
        "`aws backup delete-recovery-point` removes them, then `aws backup delete-backup-vault` the vault"
    )

    @property
    def token(self) -> str:
        """By which EFS knows it for ever."""
        return f"{self.address.environment}/{self.address}"

    def observe(self) -> Observed[FileSystemState] | None:
        found = self.clients.efs.describe_file_systems(CreationToken=self.token)["FileSystems"]
        standing = [one for one in found if one["LifeCycleState"] != "deleted"]
        if not standing:
            return None
        [one] = standing
        physical = {"id": one["FileSystemId"], "Arn": one["FileSystemArn"]}
        lifecycle = one["LifeCycleState"]
        if lifecycle == "error":
            return Observed(state=self._state(one, {}), physical=physical, failed="EFS shows the state error")
        if lifecycle in AT_WORK:
            return Observed(state=self._state(one, {}), physical=physical, wait=2, going=lifecycle == "deleting")
        return Observed(state=self._state(one, self._transitions(one), self._policy(one)), physical=physical)

    def _state(
        self, one: "FileSystemDescriptionTypeDef", transitions: dict[str, str], policy: Document | None = None
    ) -> FileSystemState:
        return FileSystemState(
            encrypted=one.get("Encrypted", False),
            kms_key_id=one.get("KmsKeyId", ""),
            performance_mode=one["PerformanceMode"],
            throughput_mode=one.get("ThroughputMode", ""),
            lifecycle_policies=transitions,
            file_system_policy=policy or {},
            last_backup=self.desired.last_backup,
            file_system_protection=one.get("FileSystemProtection", {}).get("ReplicationOverwriteProtection", ""),
            backup_policy=self._backup_policy(one) if policy is not None else "",
            tags={tag["Key"]: tag["Value"] for tag in one["Tags"]},
        )

    def _transitions(self, one: "FileSystemDescriptionTypeDef") -> dict[str, str]:
        found = self.clients.efs.describe_lifecycle_configuration(FileSystemId=one["FileSystemId"])
        return {name: str(after) for policy in found["LifecyclePolicies"] for name, after in policy.items()}

    def _policy(self, one: "FileSystemDescriptionTypeDef") -> Document:
        """Its policy; what EFS fills in by itself says no more than that it is this file system's."""
        try:
            written = self.clients.efs.describe_file_system_policy(FileSystemId=one["FileSystemId"])["Policy"]
        except ClientError as error:
            if code(error) != ABSENT:
                raise
            return {}
        document = canonical(read(written))
        statements: Any = document["Statement"]
        for statement in statements:
            if statement.get("Resource") == one["FileSystemArn"]:
                del statement["Resource"]
        return document

    def _backup_policy(self, one: "FileSystemDescriptionTypeDef") -> str:
        try:
            found = self.clients.efs.describe_backup_policy(FileSystemId=one["FileSystemId"])
        except ClientError as error:
            if code(error) != ABSENT:
                raise
            return "DISABLED"
        status = found.get("BackupPolicy", {}).get("Status", "DISABLED")
        return {"DISABLING": "DISABLED", "ENABLING": "ENABLED"}.get(status, status)

    def create(self) -> Physical:
        with already_so("FileSystemAlreadyExists"):
            wanted: Any = {
                "PerformanceMode": self.desired.performance_mode,
                "ThroughputMode": self.desired.throughput_mode,
            }
            self.clients.efs.create_file_system(
                CreationToken=self.token,
                Encrypted=self.desired.encrypted,
                KmsKeyId=self.desired.kms_key_id,
                Backup=False,
                Tags=_tag_list(self.desired.tags),
                **wanted,
            )
        return {}

    def update(self, observed: Observed[FileSystemState], drift: Drift) -> tuple[str, ...]:
        """The policy first, it is what lets clients in. The throughput last: EFS then takes its time."""
        identity, paths = observed.physical["id"], {change.path.partition(".")[0] for change in drift}
        return (
            *self._guard(identity, paths),
            *self._keep(identity, paths),
            *self._retag(identity, drift),
            *self._hasten(identity, paths),
        )

    def _guard(self, identity: str, paths: set[str]) -> list[str]:
        efs, calls = self.clients.efs, []
        if "FileSystemPolicy" in paths:
            efs.put_file_system_policy(FileSystemId=identity, Policy=json.dumps(self.desired.file_system_policy))
            calls.append("PutFileSystemPolicy")
        if "FileSystemProtection" in paths:
            protection: Any = self.desired.file_system_protection
            efs.update_file_system_protection(FileSystemId=identity, ReplicationOverwriteProtection=protection)
            calls.append(f"UpdateFileSystemProtection {protection}")
        return calls

    def _keep(self, identity: str, paths: set[str]) -> list[str]:
        efs, calls = self.clients.efs, []
        if "LifecyclePolicies" in paths:
            policies: Any = [{name: after} for name, after in self.desired.lifecycle_policies.items()]
            efs.put_lifecycle_configuration(FileSystemId=identity, LifecyclePolicies=policies)
            calls.append("PutLifecycleConfiguration")
        if "BackupPolicy" in paths:
            policy: Any = {"Status": self.desired.backup_policy}
            efs.put_backup_policy(FileSystemId=identity, BackupPolicy=policy)
            calls.append(f"PutBackupPolicy {self.desired.backup_policy}")
        return calls

    def _hasten(self, identity: str, paths: set[str]) -> list[str]:
        if "ThroughputMode" not in paths:
            return []
        mode: Any = self.desired.throughput_mode
        self.clients.efs.update_file_system(FileSystemId=identity, ThroughputMode=mode)
        return [f"UpdateFileSystem {mode}"]

    def _retag(self, identity: str, drift: Drift) -> list[str]:
        lost = lost_tags(drift)
        if not lost:
            return []
        self.clients.efs.tag_resource(ResourceId=identity, Tags=_tag_list(lost))
        return [f"TagResource {', '.join(lost)}"]

    def delete(self, observed: Observed[FileSystemState]) -> None:
        """First a last backup, then it goes; what refers to it, its mount targets, must be gone before.

        A call with the same token starts no second job, and says which the first one is ("StartBackupJob",
        aws-backup/latest/devguide/API_StartBackupJob.html).
        """
        identity, last = observed.physical["id"], self.desired.last_backup
        job = self.clients.backup.start_backup_job(
            BackupVaultName=last.backup_vault_name,
            ResourceArn=observed.physical["Arn"],
            IamRoleArn=last.iam_role_arn,
            IdempotencyToken=f"last-{identity}",
        )["BackupJobId"]
        described = self.clients.backup.describe_backup_job(BackupJobId=job)
        if (ended := described["State"]) in GIVEN_UP:
            raise NeedsHuman(
                str(self.address),
                f"its last backup {job} is {ended}: {described.get('StatusMessage', 'AWS Backup does not say why')}",
                "back it up by hand if you want to keep what is in it; then delete it by hand",
            )
        if ended not in DONE:
            raise ComeBackLater(f"the last backup {job} of {identity} is {ended}", 30)
        with already_so(GONE):
            self.clients.efs.delete_file_system(FileSystemId=observed.physical["id"])


def _tag_list(tags: dict[str, str]) -> list["TagTypeDef"]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
