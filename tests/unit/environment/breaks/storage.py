"""Breaks of object_storage and file_storage."""

import json
from typing import Any, Final

from tests.support.world import World
from tests.unit.environment.breaks.broken import Break

DATA: Final = "atlas-data-123456789012-eu-west-1"
OF_WHOM = "of anybody but single users and roles that are not ours"
LOGS: Final = "atlas-access-logs-123456789012-eu-west-1"


def _unblock(world: World) -> None:
    world.clients.s3.delete_public_access_block(Bucket=DATA)


def _encrypt_otherwise(world: World) -> None:
    rule: Any = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    world.clients.s3.put_bucket_encryption(Bucket=DATA, ServerSideEncryptionConfiguration={"Rules": [rule]})


def _take_clear_text(world: World) -> None:
    written = json.loads(world.clients.s3.get_bucket_policy(Bucket=DATA)["Policy"])
    statements = [one for one in written["Statement"] if one.get("Sid") != "OnlyTls"]
    world.clients.s3.put_bucket_policy(Bucket=DATA, Policy=json.dumps({**written, "Statement": statements}))


def _let_nobody_log(world: World) -> None:
    world.clients.s3.delete_bucket_policy(Bucket=LOGS)


def _stop_versions(world: World) -> None:
    world.clients.s3.put_bucket_versioning(Bucket=DATA, VersioningConfiguration={"Status": "Suspended"})


def _stop_log(world: World) -> None:
    world.clients.s3.put_bucket_logging(Bucket=DATA, BucketLoggingStatus={})


def _have_tags_not_count(world: World) -> None:
    world.clients.s3.put_bucket_abac(Bucket=LOGS, AbacStatus={"Status": "Disabled"})


def _make_one_in_clear(world: World) -> None:
    tags: Any = [{"Key": "holdfast:environment", "Value": world.spec.name}]
    world.clients.efs.create_file_system(CreationToken="second", Tags=tags)


def _slow_down(world: World) -> None:
    world.clients.efs.update_file_system(
        FileSystemId=world.id_of("file_storage/file_system"), ThroughputMode="bursting"
    )


def _keep_all_at_hand(world: World) -> None:
    world.clients.efs.put_lifecycle_configuration(
        FileSystemId=world.id_of("file_storage/file_system"), LifecyclePolicies=[]
    )


def _mount_in_clear(world: World) -> None:
    allow = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:Client*"}
    world.clients.efs.put_file_system_policy(
        FileSystemId=world.id_of("file_storage/file_system"), Policy=json.dumps({"Statement": [allow]})
    )


def _cut_a_zone_off(world: World) -> None:
    world.clients.efs.delete_mount_target(MountTargetId=world.id_of("file_storage/mount_target_2"))


def _open_a_mount_target(world: World) -> None:
    world.clients.efs.modify_mount_target_security_groups(
        MountTargetId=world.id_of("file_storage/mount_target_1"),
        SecurityGroups=[world.id_of("security_groups/nodes")],
    )


def _select_nothing(world: World) -> None:
    world.clients.backup.delete_backup_selection(
        BackupPlanId=world.id_of("file_storage/backup_plan"),
        SelectionId=world.id_of("file_storage/backup_selection"),
    )


def _swap_the_vault(world: World) -> None:
    world.clients.backup.delete_backup_vault(BackupVaultName="atlas-backups")
    world.clients.backup.create_backup_vault(BackupVaultName="atlas-backups")


def _lose_the_vault(world: World) -> None:
    world.clients.backup.delete_backup_vault(BackupVaultName="atlas-backups")


BREAKS: Final = (
    Break("object_storage", "Can anybody from outside get in?", _unblock),
    Break("object_storage", "With what is encrypted what is put into them?", _encrypt_otherwise),
    Break("object_storage", f"What does the policy of {DATA} say {OF_WHOM}?", _take_clear_text),
    Break("object_storage", f"What does the policy of {LOGS} say {OF_WHOM}?", _let_nobody_log),
    Break("object_storage", "Can what was overwritten or deleted be had back, and for how long?", _stop_versions),
    Break("object_storage", "Where is it written who asked for data?", _stop_log),
    Break("object_storage", "Do the buckets heed tags in authorization?", _have_tags_not_count),
    Break("file_storage", "How is the file system encrypted?", _make_one_in_clear),
    Break("file_storage", "Does it grow and hasten by itself?", _slow_down),
    Break("file_storage", "When do files that nobody reads move to cheaper storage?", _keep_all_at_hand),
    Break("file_storage", "Who may mount it, and how must they speak?", _mount_in_clear),
    Break("file_storage", "From which zones can it be reached?", _cut_a_zone_off),
    Break("file_storage", "Behind which groups do its mount targets stand?", _open_a_mount_target),
    Break("file_storage", "When is it backed up, where to, and for how long?", _select_nothing),
    Break("file_storage", "With which key are its backups encrypted?", _swap_the_vault),
    Break("file_storage", "When was it last backed up?", _lose_the_vault),
)
