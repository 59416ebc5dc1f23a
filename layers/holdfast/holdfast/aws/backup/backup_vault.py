"""``AWS::Backup::BackupVault``: where recovery points are kept, under our key.

Its name is unique in account and Region. Of a vault that does not exist, DescribeBackupVault may say AccessDenied
("DescribeBackupVault", aws-backup/latest/devguide/API_DescribeBackupVault.html), so that it is looked for in the list.
"""

from holdfast.aws.resource import AwsResource, already_so, lost_tags
from holdfast.core.resource import Drift, Observed, Physical, Tagged


class BackupVaultState(Tagged, frozen=True, kw_only=True):
    """``encryption_key_arn`` cannot be changed: recovery points are encrypted with it."""

    backup_vault_name: str
    encryption_key_arn: str


class BackupVault(AwsResource[BackupVaultState]):
    """One vault."""

    kind = "AWS::Backup::BackupVault"
    model = BackupVaultState
    claimed_apart = True
    immutable = frozenset({"BackupVaultName", "EncryptionKeyArn"})
    holds_data = True
    when_gone = (
        "start a build, which makes an empty one, and back the file system up at once: AWS deletes a vault only once "
        "somebody has deleted every backup in it; docs/runbooks/encryption.md"
    )
    keeps_left = True

    def observe(self) -> Observed[BackupVaultState] | None:
        pages = self.clients.backup.get_paginator("list_backup_vaults").paginate()
        vaults = (vault for page in pages for vault in page["BackupVaultList"])
        found = next((vault for vault in vaults if vault["BackupVaultName"] == self.desired.backup_vault_name), None)
        if found is None:
            return None
        tags = self.clients.backup.list_tags(ResourceArn=found["BackupVaultArn"]).get("Tags", {})
        self.refuse_strangers(f"the backup vault {self.desired.backup_vault_name}", tags)
        state = BackupVaultState(
            backup_vault_name=found["BackupVaultName"],
            encryption_key_arn=found.get("EncryptionKeyArn", ""),
            tags=tags,
        )
        return Observed(state=state, physical={"id": found["BackupVaultName"], "Arn": found["BackupVaultArn"]})

    def create(self) -> Physical:
        with already_so("AlreadyExistsException"):
            self.clients.backup.create_backup_vault(
                BackupVaultName=self.desired.backup_vault_name,
                EncryptionKeyArn=self.desired.encryption_key_arn,
                BackupVaultTags=self.desired.tags,
            )
        return {}

    def update(self, observed: Observed[BackupVaultState], drift: Drift) -> tuple[str, ...]:
        """Nothing but its tags can be changed."""
        lost = lost_tags(drift)
        self.clients.backup.tag_resource(ResourceArn=observed.physical["Arn"], Tags=lost)
        return (f"TagResource {', '.join(lost)}",)

    def delete(self, observed: Observed[BackupVaultState]) -> None:
        """Only an empty vault can go ("Deleting a vault"); one that holds what is left of a file system is kept."""
        with already_so("ResourceNotFoundException"):
            self.clients.backup.delete_backup_vault(BackupVaultName=observed.state.backup_vault_name)
