"""Keys and who may use them; mended in local/gaps/kms.py, logs.py, managed_policies.py and authorization_arns.py.

Pages: CreateKey (kms/latest/APIReference/API_CreateKey.html), "Encrypt log data in CloudWatch Logs using AWS KMS"
(AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html), AssociateKmsKey
(AmazonCloudWatchLogs/latest/APIReference/API_AssociateKmsKey.html), AttachRolePolicy
(IAM/latest/APIReference/API_AttachRolePolicy.html).
"""

from typing import Any, Final

import pytest

from tests.local.accounts import Account, allowing, refused
from tests.local.stacks import fault

USES: Final = ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"]


class Keys:
    def __init__(self) -> None:
        self.account = Account()
        self.kms, self.logs = self.account.root("kms"), self.account.root("logs")
        self.owner = {"Principal": {"AWS": self.account.arn("iam", "root")}, "Action": "kms:*", "Resource": "*"}

    def policy(self, log_group: str = "") -> str:
        arn = self.account.arn("logs", f"log-group:{log_group}")
        used = {
            "Principal": {"Service": "logs.eu-west-1.amazonaws.com"},
            "Action": USES,
            "Resource": "*",
            "Condition": {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": arn}},
        }
        return allowing(self.owner, *([used] if log_group else []))

    def key(self, log_group: str = "") -> str:
        return str(self.kms.create_key(Policy=self.policy(log_group))["KeyMetadata"]["Arn"])


@pytest.fixture
def keys() -> Keys:
    return Keys()


def test_a_key_policy_names_principals_that_exist(keys: Keys) -> None:
    unknown = {"Principal": {"AWS": keys.account.arn("iam", "role/nobody")}, "Action": "kms:Encrypt", "Resource": "*"}
    assert fault(keys.kms.create_key, Policy=allowing(keys.owner, unknown)) == "MalformedPolicyDocumentException"
    known = unknown | {"Principal": {"AWS": keys.account.role("/a/path/")}}
    keys.kms.create_key(Policy=allowing(keys.owner, known))


def test_a_key_policy_does_not_lock_out_its_writer(keys: Keys) -> None:
    service = {"Principal": {"Service": "logs.eu-west-1.amazonaws.com"}, "Action": "kms:*", "Resource": "*"}
    arguments: Any = {"KeyId": keys.key(), "PolicyName": "default", "Policy": allowing(service)}
    assert fault(keys.kms.put_key_policy, **arguments) == "MalformedPolicyDocumentException"
    keys.kms.put_key_policy(**arguments, BypassPolicyLockoutSafetyCheck=True)


def test_a_log_group_takes_only_a_key_that_it_may_use(keys: Keys) -> None:
    key = keys.key("/ours")
    assert fault(keys.logs.create_log_group, logGroupName="/other", kmsKeyId=key) == "AccessDeniedException"
    keys.logs.create_log_group(logGroupName="/ours", kmsKeyId=key, tags={"a": "b"})
    found = keys.logs.describe_log_groups(logGroupNamePrefix="/ours")["logGroups"][0]
    assert found["kmsKeyId"] == key
    keys.kms.disable_key(KeyId=key)
    again = {"logGroupName": "/ours", "kmsKeyId": key}
    assert fault(keys.logs.associate_kms_key, **again) == "InvalidParameterException"


def test_a_key_is_associated_with_a_log_group_and_taken_away(keys: Keys) -> None:
    keys.logs.create_log_group(logGroupName="/ours")
    for key in (keys.key("/ours"), None):
        if key:
            keys.logs.associate_kms_key(logGroupName="/ours", kmsKeyId=key)
        else:
            keys.logs.disassociate_kms_key(logGroupName="/ours")
        assert keys.logs.describe_log_groups(logGroupNamePrefix="/ours")["logGroups"][0].get("kmsKeyId") == key


def test_aws_s_managed_policies_are_there_and_no_others(keys: Keys) -> None:
    iam, role = keys.account.root("iam"), keys.account.role().rsplit("/", 1)[-1]
    prefix = "arn:aws:iam::aws:policy"
    iam.attach_role_policy(RoleName=role, PolicyArn=f"{prefix}/service-role/AmazonEFSCSIDriverPolicy")
    version = iam.get_policy(PolicyArn=f"{prefix}/AmazonEC2ContainerRegistryPullOnly")["Policy"]["DefaultVersionId"]
    pulls = iam.get_policy_version(PolicyArn=f"{prefix}/AmazonEC2ContainerRegistryPullOnly", VersionId=version)
    assert "ecr:BatchGetImage" in str(pulls["PolicyVersion"]["Document"])
    assert fault(iam.attach_role_policy, RoleName=role, PolicyArn=f"{prefix}/NoSuchPolicy") == "NoSuchEntity"


def test_a_key_is_known_by_the_aliases_that_point_at_it(keys: Keys) -> None:
    """By "Use aliases to control access to KMS keys" (kms/latest/developerguide/alias-authorization.html)."""
    ours, theirs = keys.key(), keys.key()
    keys.kms.create_alias(AliasName="alias/ours/data", TargetKeyId=ours)
    aliases = {"Action": "kms:UpdateAlias", "Resource": keys.account.arn("kms", "alias/ours/*")}
    itself = {"Action": "kms:UpdateAlias", "Resource": ours}
    named = {"ForAnyValue:StringLike": {"kms:ResourceAliases": "alias/ours/*"}}
    taken = {"Action": "kms:UpdateAlias", "Resource": "*", "Condition": named}
    kms = keys.account.user(aliases, itself, taken)("kms")
    refused(kms.update_alias, AliasName="alias/ours/data", TargetKeyId=theirs)
    keys.kms.update_alias(AliasName="alias/ours/data", TargetKeyId=theirs)
    kms.update_alias(AliasName="alias/ours/data", TargetKeyId=ours)
