"""S3, EFS and AWS Backup on the laptop AWS: what local/gaps/{s3,efs,backup,authorization_storage}.py promise.

The pages are named there.
"""

import json
import time
from collections.abc import Callable, Generator
from typing import Any, Final
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import REGION, TAG, Account, allowing, refused
from tests.local.conftest import zipped
from tests.local.watching import records

type Ask = Callable[..., str]
type ByFunction = Callable[..., Ask]

_PATIENCE: Final = 5.0
TAGS: Final[Any] = [{"Key": TAG, "Value": "atlas"}]
MADE: Final = {"Null": {f"aws:RequestTag/{TAG}": "false"}}
HERE: Final[Any] = {"LocationConstraint": REGION, "Tags": TAGS}


_CALL: Final = """
from botocore.exceptions import ClientError
from botocore.session import get_session
def handler(event, context):
    try:
        getattr(get_session().create_client("s3control"), event["call"])(**event["asked"])
    except ClientError as error:
        return str(error)
    return ""
"""


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def by_function(account: Account) -> Generator[ByFunction]:
    """Makes a function that calls S3 Control, and may do just this; a call gives what it was refused for, if it was."""
    functions, made = account.root("lambda"), list[str]()

    def deploy(*statements: dict[str, Any]) -> Ask:
        name, role = f"tests-{uuid4().hex[:8]}", account.role()
        whose = {"RoleName": role.rpartition("/")[2], "PolicyName": "p"}
        account.root("iam").put_role_policy(**whose, PolicyDocument=allowing(*statements))
        source = {"ZipFile": zipped({"app.py": _CALL})}
        functions.create_function(
            FunctionName=name, Runtime="python3.13", Handler="app.handler", Role=role, Code=source, Timeout=10
        )
        made.append(name)

        def ask(call: str, **asked: Any) -> str:
            payload = json.dumps({"call": call, "asked": asked})
            return str(json.load(functions.invoke(FunctionName=name, Payload=payload)["Payload"]))

        return ask

    yield deploy
    for name in made:
        functions.delete_function(FunctionName=name)


def code(call: Any, **arguments: Any) -> str:
    with pytest.raises(ClientError) as refusal:
        call(**arguments)
    return str(refusal.value.response["Error"]["Code"])


def test_a_bucket_heeds_tags_once_it_is_told_to_and_is_then_not_tagged_the_old_way(account: Account) -> None:
    s3, name = account.root("s3"), f"atlas-data-{account.id}-{REGION}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=HERE)
    assert s3.get_bucket_abac(Bucket=name)["AbacStatus"]["Status"] == "Disabled"
    s3.put_bucket_abac(Bucket=name, AbacStatus={"Status": "Enabled"})
    assert s3.get_bucket_abac(Bucket=name)["AbacStatus"]["Status"] == "Enabled"
    assert code(s3.put_bucket_tagging, Bucket=name, Tagging={"TagSet": TAGS}) == "MethodNotAllowed"
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == TAGS, "set in the create call"


def test_tags_of_a_bucket_count_only_where_it_heeds_them(account: Account) -> None:
    s3, name = account.root("s3"), f"atlas-data-{account.id}-{REGION}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=HERE)
    ours = {"Null": {f"aws:ResourceTag/{TAG}": "false"}}
    theirs = account.user({"Action": "s3:GetBucketVersioning", "Resource": "*", "Condition": ours})("s3")
    assert "s3:GetBucketVersioning" in refused(theirs.get_bucket_versioning, Bucket=name)
    s3.put_bucket_abac(Bucket=name, AbacStatus={"Status": "Enabled"})
    theirs.get_bucket_versioning(Bucket=name)


def test_a_function_puts_the_tags_of_a_bucket_back(account: Account, by_function: ByFunction) -> None:
    s3, name = account.root("s3"), f"atlas-data-{account.id}-{REGION}"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=HERE)
    s3.put_bucket_abac(Bucket=name, AbacStatus={"Status": "Enabled"})
    bucket = {"AccountId": account.id, "ResourceArn": f"arn:aws:s3:::{name}"}
    ours = {"Null": {f"aws:ResourceTag/{TAG}": "false"}, "ForAllValues:StringEquals": {"aws:TagKeys": [TAG]}}
    ask = by_function({"Action": "s3:UntagResource", "Resource": "*", "Condition": ours})
    assert "s3:TagResource" in ask("tag_resource", **bucket, Tags=TAGS)
    assert "s3:UntagResource" in ask("untag_resource", **bucket, TagKeys=["theirs"]), "a right on one key only"
    assert ask("untag_resource", **bucket, TagKeys=[TAG]) == ""
    assert code(s3.get_bucket_tagging, Bucket=name) == "NoSuchTagSet"
    put = by_function({"Action": "s3:TagResource", "Resource": "*", "Condition": MADE})
    assert put("tag_resource", **bucket, Tags=TAGS) == ""
    assert s3.get_bucket_tagging(Bucket=name)["TagSet"] == TAGS
    refusal, done = records(account, EventName="TagResource")
    assert (refusal["errorCode"], done["requestParameters"]["resourceArn"]) == ("AccessDenied", bucket["ResourceArn"])


def test_a_bucket_with_tags_asks_for_the_right_to_tag(account: Account) -> None:
    theirs = account.user({"Action": "s3:CreateBucket", "Resource": "*"})("s3")
    asked = refused(theirs.create_bucket, Bucket=f"atlas-data-{account.id}-{REGION}", CreateBucketConfiguration=HERE)
    assert "s3:TagResource" in asked


def test_a_creation_token_makes_one_file_system(account: Account) -> None:
    efs = account.root("efs")
    efs.create_file_system(CreationToken="atlas")
    assert code(efs.create_file_system, CreationToken="atlas") == "FileSystemAlreadyExists"


def test_a_file_system_is_creating_until_its_time_has_come(account: Account) -> None:
    efs = account.root("efs")
    made = efs.create_file_system(CreationToken="atlas")
    assert made["LifeCycleState"] == "creating"
    assert code(efs.create_mount_target, FileSystemId=made["FileSystemId"], SubnetId="subnet-0123456789abcdef0") == (
        "IncorrectFileSystemLifeCycleState"
    )
    deadline = time.monotonic() + _PATIENCE
    while _state(efs) == "creating" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _state(efs) == "available"


def _state(efs: Any) -> str:
    return str(efs.describe_file_systems(CreationToken="atlas")["FileSystems"][0]["LifeCycleState"])


def test_only_an_encrypted_file_system_of_ours_is_made_where_a_policy_says_so(account: Account) -> None:
    condition = {"Null": {f"aws:RequestTag/{TAG}": "false"}, "Bool": {"elasticfilesystem:Encrypted": "true"}}
    actions = ["elasticfilesystem:CreateFileSystem", "elasticfilesystem:TagResource"]
    theirs = account.user({"Action": actions, "Resource": "*", "Condition": condition})("efs")
    refused(theirs.create_file_system, CreationToken="a", Tags=TAGS)
    refused(theirs.create_file_system, CreationToken="a", Encrypted=True)
    theirs.create_file_system(CreationToken="a", Encrypted=True, Tags=TAGS)


def test_a_token_starts_one_job_and_a_vault_that_holds_backups_stays(account: Account) -> None:
    backup = account.root("backup")
    backup.create_backup_vault(BackupVaultName="atlas-backups")
    job: Any = {
        "BackupVaultName": "atlas-backups",
        "ResourceArn": account.arn("elasticfilesystem", "file-system/fs-1"),
        "IamRoleArn": account.role(),
        "IdempotencyToken": "last",
    }
    assert backup.start_backup_job(**job)["BackupJobId"] == backup.start_backup_job(**job)["BackupJobId"]
    assert len(backup.list_recovery_points_by_backup_vault(BackupVaultName="atlas-backups")["RecoveryPoints"]) == 1
    assert code(backup.delete_backup_vault, BackupVaultName="atlas-backups") == "InvalidRequestException"


def test_a_plan_goes_once_nothing_is_selected_by_it(account: Account) -> None:
    backup = account.root("backup")
    rule = {"RuleName": "nightly", "TargetBackupVaultName": "Default"}
    plan = backup.create_backup_plan(BackupPlan={"BackupPlanName": "atlas", "Rules": [rule]})["BackupPlanId"]
    chosen = {"SelectionName": "atlas", "IamRoleArn": f"arn:aws:iam::{account.id}:role/b", "Resources": ["*"]}
    selection = backup.create_backup_selection(BackupPlanId=plan, BackupSelection=chosen)["SelectionId"]
    assert code(backup.delete_backup_plan, BackupPlanId=plan) == "InvalidRequestException"
    backup.delete_backup_selection(BackupPlanId=plan, SelectionId=selection)
    backup.delete_backup_plan(BackupPlanId=plan)


def test_what_a_bucket_gives_away_is_asked_for_by_the_actions_names(account: Account) -> None:
    """Replication's actions are called otherwise than its operations ("Actions, resources ... for Amazon S3")."""
    account.root("s3").create_bucket(Bucket=f"atlas-data-{account.id}", CreateBucketConfiguration=HERE)
    nobody = account.user({"Action": "s3:ListAllMyBuckets", "Resource": "*"})("s3")
    bucket = f"atlas-data-{account.id}"
    assert "s3:GetReplicationConfiguration" in refused(nobody.get_bucket_replication, Bucket=bucket)
    assert "s3:PutReplicationConfiguration" in refused(nobody.delete_bucket_replication, Bucket=bucket)
    assert "s3:PutBucketPublicAccessBlock" in refused(nobody.delete_public_access_block, Bucket=bucket)


def test_a_role_is_handed_to_aws_backup_only_by_who_may(account: Account) -> None:
    root = account.root("backup")
    rule: Any = {"RuleName": "nightly", "TargetBackupVaultName": "atlas-backups"}
    plan = root.create_backup_plan(BackupPlan={"BackupPlanName": "atlas", "Rules": [rule]}, BackupPlanTags={TAG: "a"})
    selection: Any = {"SelectionName": "a", "IamRoleArn": account.role(), "Resources": ["*"]}
    ours = {"Null": {f"aws:ResourceTag/{TAG}": "false"}}
    theirs = account.user({"Action": "backup:CreateBackupSelection", "Resource": "*", "Condition": ours})("backup")
    asked = refused(theirs.create_backup_selection, BackupPlanId=plan["BackupPlanId"], BackupSelection=selection)
    assert "iam:PassRole" in asked
