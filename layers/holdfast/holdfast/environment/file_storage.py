"""File storage: a file system that every zone reaches over TLS, and the plan by which AWS Backup keeps copies of it.

A file system policy takes the place of EFS's default, which lets in whoever reaches a mount target: so ours allows as
much, but not more, and denies what is not encrypted on its way ("Using IAM to control access to Amazon EFS file
systems", efs/latest/ug/iam-access-control-nfs-efs.html). Elastic throughput is EFS's own recommendation for loads
that nobody can foresee, and the only mode that archives ("Amazon EFS performance", efs/latest/ug/performance.html).
Backups are ours and not EFS's automatic ones: their vault cannot be deleted ("Automatic backups", efs/latest/ug/
automatic-backups.html). They are kept for as long as Amazon RDS can keep its own at most, 35 days.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from holdfast.aws.backup.backup_plan import BackupPlanState, BackupRule
from holdfast.aws.backup.backup_selection import BackupSelectionState
from holdfast.aws.backup.backup_vault import BackupVaultState
from holdfast.aws.clients import Clients
from holdfast.aws.efs.file_system import FileSystemState, LastBackup
from holdfast.aws.efs.mount_target import MountTargetState
from holdfast.aws.iam.role import RoleState
from holdfast.aws.policy import Document, document, read, sentences
from holdfast.aws.resource import code
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT, TAG_NAME
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names
from holdfast.environment.backups import backed_up, backups, vault_key
from holdfast.environment.tagged import data_key

if TYPE_CHECKING:
    from mypy_boto3_efs.type_defs import FileSystemDescriptionTypeDef, MountTargetDescriptionTypeDef

KEY, FILE_SYSTEM = "${keys/data.Arn}", "${file_storage/file_system}"
ZONES = (1, 2, 3)
BACKUP_DAYS = 35
EVERY_NIGHT = "cron(0 3 * * ? *)"


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    yield Declared("AWS::IAM::Role", names.BACKUP_ROLE, _backup_role(spec, site))
    yield Declared(
        "AWS::Backup::BackupVault",
        "backup_vault",
        BackupVaultState(backup_vault_name=names.backup_vault(spec.name), encryption_key_arn=KEY),
    )
    yield Declared("AWS::EFS::FileSystem", "file_system", _file_system())
    for zone in ZONES:
        target = MountTargetState(
            file_system_id=FILE_SYSTEM,
            subnet_id=f"${{network/private_subnet_{zone}}}",
            security_groups=frozenset({"${security_groups/file_system}"}),
        )
        yield Declared("AWS::EFS::MountTarget", f"mount_target_{zone}", target)
    nightly = BackupRule(
        rule_name="nightly",
        target_backup_vault="${file_storage/backup_vault}",
        schedule_expression=EVERY_NIGHT,
        delete_after_days=BACKUP_DAYS,
    )
    yield Declared(
        "AWS::Backup::BackupPlan",
        "backup_plan",
        BackupPlanState(backup_plan_name=f"{spec.name}-file-system", rules=frozenset({nightly})),
    )
    yield Declared(
        "AWS::Backup::BackupSelection",
        "backup_selection",
        BackupSelectionState(
            backup_plan_id="${file_storage/backup_plan}",
            selection_name=f"{spec.name}-file-system",
            iam_role_arn="${file_storage/backup.Arn}",
            resources=frozenset({"${file_storage/file_system.Arn}"}),
        ),
    )


def _backup_role(spec: Spec, site: Site) -> RoleState:
    """By the policy that AWS keeps for it ("IAM service roles", aws-backup/latest/devguide/iam-service-roles.html)."""
    trust = {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
    managed = f"arn:{site.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
    return RoleState(
        path=names.role_path(spec.name),
        role_name=names.role(spec.name, names.BACKUP_ROLE),
        description="AWS Backup backs the file system up by it",
        assume_role_policy_document=document(trust),
        permissions_boundary=site.boundary,
        managed_policy_arns=frozenset({managed}),
    )


def _file_system() -> FileSystemState:
    return FileSystemState(
        encrypted=True,
        kms_key_id=KEY,
        performance_mode="generalPurpose",
        throughput_mode="elastic",
        lifecycle_policies={
            "TransitionToIA": "AFTER_30_DAYS",
            "TransitionToArchive": "AFTER_90_DAYS",
            "TransitionToPrimaryStorageClass": "AFTER_1_ACCESS",
        },
        file_system_policy=_policy(),
        last_backup=LastBackup(
            backup_vault_name="${file_storage/backup_vault}", iam_role_arn="${file_storage/backup.Arn}"
        ),
    )


def _policy() -> Document:
    """Root of a client is nobody here: an access point says as whom files are made."""
    return document(
        {
            "Sid": "ThroughMountTargets",
            "Effect": "Allow",
            "Principal": {"AWS": "*"},
            "Action": ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
            "Condition": {"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
        },
        {
            "Sid": "OnlyTls",
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Action": "*",
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        },
    )


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Find the file system among all by its tags, as who mounts it does by its id; then what keeps copies of it."""
    pages = clients.efs.get_paginator("describe_file_systems").paginate()
    found, key = [one for page in pages for one in page["FileSystems"] if _is_ours(one, spec)], data_key(clients, spec)
    yield Finding.of(
        "How is the file system encrypted?",
        saw=[one.get("KmsKeyId", "") if one.get("Encrypted") else "not at all" for one in found],
        expected=[key],
    )
    yield Finding.of(
        "Does it grow and hasten by itself?",
        saw=[f"{one['PerformanceMode']}, {one.get('ThroughputMode')}" for one in found],
        expected=["generalPurpose, elastic"],
    )
    yield Finding.of(
        "When do files that nobody reads move to cheaper storage?",
        saw=[_transitions(clients, one["FileSystemId"]) for one in found],
        expected=[
            [
                "AFTER_1_ACCESS TransitionToPrimaryStorageClass",
                "AFTER_30_DAYS TransitionToIA",
                "AFTER_90_DAYS TransitionToArchive",
            ]
        ],
    )
    yield Finding.of(
        "Who may mount it, and how must they speak?",
        saw=[_said(clients, one) for one in found],
        expected=[
            [
                "Allow * to elasticfilesystem:ClientMount, elasticfilesystem:ClientWrite on it "
                "if Bool elasticfilesystem:AccessedViaMountTarget true",
                "Deny * to * on it if Bool aws:SecureTransport false",
            ]
        ],
    )
    targets = [target for one in found for target in _targets(clients, one["FileSystemId"])]
    yield Finding.of(
        "From which zones can it be reached?",
        saw=sorted(f"{one.get('AvailabilityZoneName')} {one['LifeCycleState']}" for one in targets),
        expected=sorted(f"{zone} available" for zone in site.zones),
    )
    yield Finding.of(
        "Behind which groups do its mount targets stand?",
        saw=sorted({_groups(clients, one["MountTargetId"]) for one in targets}),
        expected=["file_system"],
    )
    arns = [one["FileSystemArn"] for one in found]
    yield Finding.of(
        "When is it backed up, where to, and for how long?",
        saw=[line for arn in arns for line in backups(clients, arn)],
        expected=[f"{EVERY_NIGHT} Etc/UTC to {spec.name}-backups for {BACKUP_DAYS} days by {_role(spec, site)}"],
    )
    yield Finding.of(
        "With which key are its backups encrypted?",
        saw=vault_key(clients, f"{spec.name}-backups"),
        expected=key,
    )
    yield backed_up(clients, f"{spec.name}-backups", arns)


def _is_ours(one: "FileSystemDescriptionTypeDef", spec: Spec) -> bool:
    tags = {tag["Key"]: tag["Value"] for tag in one["Tags"]}
    return tags.get(TAG_ENVIRONMENT) == spec.name and one["LifeCycleState"] != "deleted"


def _role(spec: Spec, site: Site) -> str:
    return site.arn("iam", f"role/holdfast/{spec.name}/{spec.name}-backup", region="")


def _transitions(clients: Clients, identity: str) -> list[str]:
    policies = clients.efs.describe_lifecycle_configuration(FileSystemId=identity)["LifecyclePolicies"]
    return sorted(f"{after} {name}" for policy in policies for name, after in policy.items())


def _said(clients: Clients, one: "FileSystemDescriptionTypeDef") -> list[str]:
    try:
        written = clients.efs.describe_file_system_policy(FileSystemId=one["FileSystemId"])["Policy"]
    except ClientError as error:
        return [code(error)]
    itself = {"Resource": "it"}
    statements = read(written)["Statement"]
    assert isinstance(statements, list)
    about = [
        {**one_said, **itself}
        for one_said in statements
        if one_said.get("Resource", one["FileSystemArn"]) == one["FileSystemArn"]
    ]
    return sentences({"Statement": about})


def _targets(clients: Clients, identity: str) -> "list[MountTargetDescriptionTypeDef]":
    pages = clients.efs.get_paginator("describe_mount_targets").paginate(FileSystemId=identity)
    return [target for page in pages for target in page["MountTargets"]]


def _groups(clients: Clients, target: str) -> str:
    """The groups' names in the environment, by their tags; of others their ids."""
    groups = clients.efs.describe_mount_target_security_groups(MountTargetId=target)["SecurityGroups"]
    described = clients.ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]
    tags = {group["GroupId"]: {tag["Key"]: tag["Value"] for tag in group.get("Tags", [])} for group in described}
    return ", ".join(sorted(tags[group].get(TAG_NAME, group) for group in groups))
