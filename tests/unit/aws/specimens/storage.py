"""Specimens of Amazon S3, Amazon EFS and AWS Backup."""

import json
from typing import Any, Final

from holdfast.aws.backup.backup_plan import BackupPlanState, BackupRule
from holdfast.aws.backup.backup_selection import BackupSelectionState
from holdfast.aws.backup.backup_vault import BackupVaultState
from holdfast.aws.clients import Clients
from holdfast.aws.efs.file_system import FileSystemState, LastBackup
from holdfast.aws.efs.mount_target import MountTargetState
from holdfast.aws.s3.bucket_policy import BucketPolicyState
from holdfast.aws.s3.configuration import BucketEncryption, BucketState, LoggingConfiguration
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.specimen import TAGS, Deed, Specimen, policy

BUCKET: Final = "atlas-data-123456789012-eu-west-1"
ROLE: Final = "arn:aws:iam::123456789012:role/holdfast/atlas/atlas-backup"
HERE: Final[Any] = {"LocationConstraint": "eu-west-1"}
STRANGER: Final = "111122223333"


def key(clients: Clients) -> str:
    return clients.kms.create_key()["KeyMetadata"]["Arn"]


# ── S3 ──────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _promise_bucket(clients: Clients) -> Desired:
    clients.s3.create_bucket(Bucket="logs-123456789012-eu-west-1", CreateBucketConfiguration=HERE)
    grant = {"Service": "logging.s3.amazonaws.com"}
    written = policy(Principal=grant, Action="s3:PutObject", Resource="arn:aws:s3:::logs-123456789012-eu-west-1/*")
    clients.s3.put_bucket_policy(Bucket="logs-123456789012-eu-west-1", Policy=json.dumps(written))
    old: dict[str, object] = {
        "ID": "old",
        "Filter": {"Prefix": ""},
        "Status": "Enabled",
        "NoncurrentVersionExpiration": {"NoncurrentDays": 90},
        "Expiration": {"ExpiredObjectDeleteMarker": True},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
    }
    return BucketState(
        bucket_name=BUCKET,
        bucket_encryption=BucketEncryption(
            sse_algorithm="aws:kms", kms_master_key_id=key(clients), bucket_key_enabled=True
        ),
        lifecycle_configuration={"Rules": [old]},
        logging_configuration=LoggingConfiguration(
            destination_bucket_name="logs-123456789012-eu-west-1", log_file_prefix="s3/"
        ),
        tags=TAGS,
    )


def _encrypt(**default: str) -> Deed:
    rule: Any = {"ApplyServerSideEncryptionByDefault": default}
    return lambda clients, name: clients.s3.put_bucket_encryption(
        Bucket=name, ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def _unblock(clients: Clients, name: str) -> None:
    clients.s3.put_public_access_block(
        Bucket=name, PublicAccessBlockConfiguration={"BlockPublicAcls": True, "BlockPublicPolicy": False}
    )


def _expire_sooner(clients: Clients, name: str) -> None:
    rules: Any = clients.s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    rules.append({"ID": "quick", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}})
    clients.s3.put_bucket_lifecycle_configuration(Bucket=name, LifecycleConfiguration={"Rules": rules})


def _publish(clients: Clients, name: str) -> None:
    clients.s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    )
    clients.s3.put_bucket_acl(Bucket=name, ACL="private")
    clients.s3.delete_public_access_block(Bucket=name)
    clients.s3.put_bucket_acl(Bucket=name, ACL="public-read")


def _replicate(clients: Clients, name: str) -> None:
    theirs = f"{name}-copy"
    clients.s3.create_bucket(Bucket=theirs, CreateBucketConfiguration=HERE)
    clients.s3.put_bucket_versioning(Bucket=theirs, VersioningConfiguration={"Status": "Enabled"})
    clients.s3.put_bucket_replication(
        Bucket=name,
        ReplicationConfiguration={
            "Role": ROLE,
            "Rules": [{"Status": "Enabled", "Prefix": "", "Destination": {"Bucket": f"arn:aws:s3:::{theirs}"}}],
        },
    )


def _strip_bucket(clients: Clients, name: str) -> None:
    arn = f"arn:aws:s3:::{name}"
    clients.s3control.untag_resource(AccountId="123456789012", ResourceArn=arn, TagKeys=["holdfast:environment"])


BUCKET_DEEDS: Final[dict[str, Deed]] = {
    "encrypts with S3's key": _encrypt(SSEAlgorithm="AES256"),
    "encrypts with the account's default key": _encrypt(SSEAlgorithm="aws:kms"),
    "takes the encryption away": lambda clients, name: clients.s3.delete_bucket_encryption(Bucket=name),
    "lets public policies in": _unblock,
    "takes the block away": lambda clients, name: clients.s3.delete_public_access_block(Bucket=name),
    "brings access lists back": lambda clients, name: clients.s3.put_bucket_ownership_controls(
        Bucket=name, OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]}
    ),
    "takes the ownership controls away": lambda clients, name: clients.s3.delete_bucket_ownership_controls(Bucket=name),
    "brings access lists back, and lets all the world read": _publish,
    "copies objects away": _replicate,
    "serves it as a website": lambda clients, name: clients.s3.put_bucket_website(
        Bucket=name, WebsiteConfiguration={"IndexDocument": {"Suffix": "index.html"}}
    ),
    "stops versions": lambda clients, name: clients.s3.put_bucket_versioning(
        Bucket=name, VersioningConfiguration={"Status": "Suspended"}
    ),
    "has objects expire": _expire_sooner,
    "takes the lifecycle away": lambda clients, name: clients.s3.delete_bucket_lifecycle(Bucket=name),
    "stops the log": lambda clients, name: clients.s3.put_bucket_logging(Bucket=name, BucketLoggingStatus={}),
    "has tags not count": lambda clients, name: clients.s3.put_bucket_abac(
        Bucket=name, AbacStatus={"Status": "Disabled"}
    ),
    "strips our tag": _strip_bucket,
}


def _promise_bucket_policy(clients: Clients) -> Desired:
    clients.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=HERE)
    arn = f"arn:aws:s3:::{BUCKET}"
    return BucketPolicyState(
        bucket=BUCKET, policy_document=policy(Principal={"AWS": ROLE}, Action="s3:*", Resource=[arn, f"{arn}/*"])
    )


def _say(**elements: Any) -> Deed:
    return lambda clients, name: clients.s3.put_bucket_policy(
        Bucket=name, Policy=json.dumps(policy(Resource=f"arn:aws:s3:::{name}/*", **elements))
    )


POLICY_DEEDS: Final[dict[str, Deed]] = {
    "lets another account in": _say(Principal={"AWS": f"arn:aws:iam::{STRANGER}:root"}, Action="s3:GetObject"),
    "allows less": _say(Principal={"AWS": ROLE}, Action="s3:GetObject"),
}

# ── EFS ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

MOUNT: Final = policy(Principal={"AWS": "*"}, Action=["elasticfilesystem:ClientMount"])


def _promise_file_system(clients: Clients) -> Desired:
    return FileSystemState(
        encrypted=True,
        kms_key_id=key(clients),
        performance_mode="generalPurpose",
        throughput_mode="elastic",
        lifecycle_policies={"TransitionToIA": "AFTER_30_DAYS", "TransitionToArchive": "AFTER_90_DAYS"},
        file_system_policy=MOUNT,
        last_backup=LastBackup(backup_vault_name="atlas", iam_role_arn=ROLE),
        tags=TAGS,
    )


FILE_SYSTEM_DEEDS: Final[dict[str, Deed]] = {
    "lets root in": lambda clients, identity: clients.efs.put_file_system_policy(
        FileSystemId=identity, Policy=json.dumps(policy(Principal={"AWS": "*"}, Action="elasticfilesystem:*"))
    ),
    "slows it down": lambda clients, identity: clients.efs.update_file_system(
        FileSystemId=identity, ThroughputMode="bursting"
    ),
    "stops the lifecycle": lambda clients, identity: clients.efs.put_lifecycle_configuration(
        FileSystemId=identity, LifecyclePolicies=[]
    ),
    "has EFS back it up": lambda clients, identity: clients.efs.put_backup_policy(
        FileSystemId=identity, BackupPolicy={"Status": "ENABLED"}
    ),
    "lets a replica overwrite it": lambda clients, identity: clients.efs.update_file_system_protection(
        FileSystemId=identity, ReplicationOverwriteProtection="DISABLED"
    ),
    "strips our tag": lambda clients, identity: clients.efs.untag_resource(
        ResourceId=identity, TagKeys=["holdfast:environment"]
    ),
}


def _group(clients: Clients, vpc: str, name: str) -> str:
    return clients.ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)["GroupId"]


def _promise_mount_target(clients: Clients) -> Desired:
    vpc = clients.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnet = clients.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    system = clients.efs.create_file_system(CreationToken="a", Encrypted=True)["FileSystemId"]
    groups = frozenset({_group(clients, vpc, "file-system")})
    return MountTargetState(file_system_id=system, subnet_id=subnet, security_groups=groups)


def _swap_group(clients: Clients, identity: str) -> None:
    [target] = clients.efs.describe_mount_targets(MountTargetId=identity)["MountTargets"]
    other = _group(clients, target["VpcId"], "other")
    clients.efs.modify_mount_target_security_groups(MountTargetId=identity, SecurityGroups=[other])


def _add_group(clients: Clients, identity: str) -> None:
    [target] = clients.efs.describe_mount_targets(MountTargetId=identity)["MountTargets"]
    groups = clients.efs.describe_mount_target_security_groups(MountTargetId=identity)["SecurityGroups"]
    more = [*groups, _group(clients, target["VpcId"], "open")]
    clients.efs.modify_mount_target_security_groups(MountTargetId=identity, SecurityGroups=more)


# ── AWS Backup ──────────────────────────────────────────────────────────────────────────────────────────────────────

NIGHTLY: Final = BackupRule(
    rule_name="nightly",
    target_backup_vault="atlas",
    schedule_expression="cron(0 3 * * ? *)",
    delete_after_days=35,
)


def _untag(kind: str) -> Deed:
    return lambda clients, identity: clients.backup.untag_resource(
        ResourceArn=f"arn:aws:backup:eu-west-1:123456789012:{kind}:{identity}", TagKeyList=["holdfast:environment"]
    )


def _keep_for(days: int) -> Deed:
    def deed(clients: Clients, identity: str) -> None:
        plan: Any = clients.backup.get_backup_plan(BackupPlanId=identity)["BackupPlan"]
        plan["Rules"][0].pop("RuleId", None)
        plan["Rules"][0]["Lifecycle"] = {"DeleteAfterDays": days}
        clients.backup.update_backup_plan(BackupPlanId=identity, BackupPlan=plan)

    return deed


def _copy_away(clients: Clients, identity: str) -> None:
    plan: Any = clients.backup.get_backup_plan(BackupPlanId=identity)["BackupPlan"]
    plan["Rules"][0].pop("RuleId", None)
    elsewhere = f"arn:aws:backup:eu-west-1:{STRANGER}:backup-vault:theirs"
    plan["Rules"][0]["CopyActions"] = [{"DestinationBackupVaultArn": elsewhere}]
    clients.backup.update_backup_plan(BackupPlanId=identity, BackupPlan=plan)


def _promise_selection(clients: Clients) -> Desired:
    rule: Any = {"RuleName": "nightly", "TargetBackupVaultName": "atlas"}
    plan = clients.backup.create_backup_plan(BackupPlan={"BackupPlanName": "atlas", "Rules": [rule]})["BackupPlanId"]
    return BackupSelectionState(
        backup_plan_id=plan,
        selection_name="atlas-file-system",
        iam_role_arn=ROLE,
        resources=frozenset({"arn:aws:elasticfilesystem:eu-west-1:123456789012:file-system/fs-1"}),
    )


SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::S3::Bucket": Specimen(_promise_bucket, "s3.CreateBucket", BUCKET_DEEDS),
    "AWS::S3::BucketPolicy": Specimen(_promise_bucket_policy, "s3.PutBucketPolicy", POLICY_DEEDS, stays=True),
    "AWS::EFS::FileSystem": Specimen(
        _promise_file_system, "efs.CreateFileSystem", FILE_SYSTEM_DEEDS, within="a token that EFS takes once"
    ),
    "AWS::EFS::MountTarget": Specimen(
        _promise_mount_target,
        "efs.CreateMountTarget",
        {"swaps its group": _swap_group, "adds a group": _add_group},
    ),
    "AWS::Backup::BackupVault": Specimen(
        lambda clients: BackupVaultState(backup_vault_name="atlas", encryption_key_arn=key(clients), tags=TAGS),
        "backup.CreateBackupVault",
        {"strips our tag": _untag("backup-vault")},
    ),
    "AWS::Backup::BackupPlan": Specimen(
        lambda clients: BackupPlanState(backup_plan_name="atlas-file-system", rules=frozenset({NIGHTLY}), tags=TAGS),
        "backup.CreateBackupPlan",
        {
            "keeps backups for a day": _keep_for(1),
            "copies backups away": _copy_away,
            "strips our tag": _untag("backup-plan"),
        },
    ),
    "AWS::Backup::BackupSelection": Specimen(_promise_selection, "backup.CreateBackupSelection"),
}
