"""S3, EFS and AWS Backup: the resources that AWS asks its policies about, with their tags and those of the request.

Rests on "Actions, resources, and condition keys" for Amazon S3, Amazon EFS and AWS Backup
(service-authorization/latest/reference/list_amazons3.html, list_amazonelasticfilesystem.html, list_awsbackup.html). A
bucket's tags count where it has ABAC switched on ("Using tags with S3 general purpose buckets", AmazonS3/latest/
userguide/buckets-tagging.html).
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from ministack.core.responses import get_account_id
from ministack.services import backup, efs, s3

from local.calls import Call
from local.gaps.authorization import Question, arn, request_tags, resource_tags, tag_list
from local.gaps.s3 import heeds_tags

_S3_ACTIONS: Final = {
    "GetBucketEncryption": "GetEncryptionConfiguration",
    # S3 has each of these two twice, by one path.
    "GetBucketLifecycle": "GetLifecycleConfiguration",
    "PutBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "GetBucketReplication": "GetReplicationConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
}
_OF_TAGS: Final = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})
_OF_BUCKETS: Final = frozenset({"GetBucket", "PutBucket", "CreateBucket", "DeleteBucket"})


def s3_questions(call: Call, _: str) -> list[Question]:
    """Of calls on a bucket's configuration or tags; none of the others, which the emulator asks rightly."""
    if call.operation in _OF_TAGS:
        return [_about_tags(call)]
    bucket = call.parameters.get("Bucket", "")
    if not (call.operation.startswith(tuple(_OF_BUCKETS)) or call.operation in _S3_ACTIONS):
        return []
    about = f"arn:aws:s3:::{bucket}"
    keys = _of_bucket(bucket)
    tags = call.parameters.get("CreateBucketConfiguration", {}).get("Tags", [])
    action = f"s3:{_S3_ACTIONS.get(call.operation, call.operation)}"
    asked = [Question(action, about, keys | request_tags(tags), inherits=True)]
    return [*asked, Question("s3:TagResource", about, request_tags(tags))] if tags else asked


def _about_tags(call: Call) -> Question:
    """S3 Control names the bucket by its ARN."""
    about = call.parameters["ResourceArn"]
    asked = request_tags(call.parameters.get("Tags", []), call.parameters.get("TagKeys", []))
    return Question(f"s3:{call.operation}", about, _of_bucket(about.rpartition(":")[2]) | asked)


def _of_bucket(bucket: str) -> dict[str, Any]:
    keys: dict[str, Any] = {"aws:ResourceAccount": get_account_id()} if bucket in s3._buckets else {}
    return keys | (resource_tags("s3", tag_list(s3._bucket_tags.get(bucket, {}))) if heeds_tags(bucket) else {})


def efs_questions(call: Call, _: str) -> list[Question]:
    action, given = f"elasticfilesystem:{call.operation}", call.parameters
    asked = request_tags(given.get("Tags", []), given.get("TagKeys", []))
    if call.operation == "CreateFileSystem":
        made = asked | {"elasticfilesystem:Encrypted": str(given.get("Encrypted", False)).lower()}
        return [Question(action, "*", made), Question("elasticfilesystem:TagResource", "*", made)]
    target = efs._mount_targets.get(given.get("MountTargetId", ""), {})
    identity = given.get("FileSystemId") or given.get("ResourceId") or target.get("FileSystemId", "")
    system = efs._file_systems.get(identity.rpartition("/")[2])
    if system is None:
        # "Amazon EFS API permissions": a call that names no file system is about all of them.
        return [Question(action, arn("elasticfilesystem", "file-system/*"), asked)]
    return [Question(action, system["FileSystemArn"], asked | resource_tags("elasticfilesystem", system["Tags"]))]


def backup_questions(call: Call, resource: str) -> list[Question]:
    action, given = f"backup:{call.operation}", call.parameters
    tags = given.get("BackupVaultTags") or given.get("BackupPlanTags") or given.get("Tags") or {}
    asked = request_tags(tag_list(tags), given.get("TagKeyList", []))
    match call.operation:
        case "CreateBackupVault":
            made = arn("backup", f"backup-vault:{given['BackupVaultName']}")
            mount = Question("backup-storage:MountCapsule")
            return [Question(action, made, asked), Question("backup:TagResource", made, asked), mount]
        case "CreateBackupPlan":
            made = arn("backup", "backup-plan:new")
            return [Question(action, made, asked), Question("backup:TagResource", made, asked)]
    for found, name, tags in _standing():
        if name in {given.get("BackupPlanId"), given.get("BackupVaultName")} or found == given.get("ResourceArn"):
            return [Question(action, found, asked | resource_tags("backup", tag_list(tags)))]
    return [Question(action, resource, asked)]


def _standing() -> Iterable[tuple[str, str, Mapping[str, str]]]:
    """Vaults and plans: ARN, the name by which calls know them, tags."""
    for vault in backup._vaults.values():
        yield vault["BackupVaultArn"], vault["BackupVaultName"], vault["BackupVaultTags"]
    for plan in backup._plans.values():
        yield plan["BackupPlanArn"], plan["BackupPlanId"], plan["Tags"]
