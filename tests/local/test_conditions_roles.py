"""IAM, keys and logs as AWS guards them: boundaries, passed roles, and the ARNs that policies are asked about."""

import json
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import TAG, TRUST, Account, allowing, refused, tags_for

OURS: Final = {"StringEquals": {f"aws:ResourceTag/{TAG}": "atlas"}}
TAGGED_OURS: Final = {"StringEquals": {f"aws:RequestTag/{TAG}": "atlas"}}


@pytest.fixture
def account() -> Account:
    return Account()


def test_roles_are_written_only_under_the_boundary(account: Account) -> None:
    root = account.root("iam")
    allow = allowing({"Action": "*", "Resource": "*"})
    boundary, other = (root.create_policy(PolicyName=name, PolicyDocument=allow)["Policy"]["Arn"] for name in "bo")
    under = {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    iam = account.user({"Action": "iam:*", "Resource": "*", "Condition": under})("iam")
    role = {"AssumeRolePolicyDocument": TRUST, "RoleName": "mine"}
    refused(iam.create_role, **role)
    refused(iam.create_role, **role, PermissionsBoundary=other)
    iam.create_role(**role, PermissionsBoundary=boundary)
    iam.put_role_policy(RoleName="mine", PolicyName="p", PolicyDocument=allow)
    free = account.role().rpartition("/")[2]
    refused(iam.put_role_policy, RoleName=free, PolicyName="p", PolicyDocument=allow)
    refused(iam.put_role_permissions_boundary, RoleName="mine", PermissionsBoundary=other)


def test_only_listed_policies_are_attached(account: Account) -> None:
    listed = "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    only = {"ArnEquals": {"iam:PolicyARN": [listed]}}
    iam = account.user({"Action": "iam:AttachRolePolicy", "Resource": "*", "Condition": only})("iam")
    role = account.role().rpartition("/")[2]
    iam.attach_role_policy(RoleName=role, PolicyArn=listed)
    refused(iam.attach_role_policy, RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")


def test_a_role_is_known_by_its_path_and_its_tags(account: Account) -> None:
    ours = account.role("/holdfast/", Tags=[{"Key": TAG, "Value": "atlas"}])
    theirs = account.role("/holdfast/", Tags=[{"Key": TAG, "Value": "other"}])
    outside = account.role("/", Tags=[{"Key": TAG, "Value": "atlas"}])
    resource = account.arn("iam", "role/holdfast/*")
    iam = account.user({"Action": "iam:DeleteRole", "Resource": resource, "Condition": OURS})("iam")
    for role in (theirs, outside):
        assert role in refused(iam.delete_role, RoleName=role.rpartition("/")[2])
    iam.delete_role(RoleName=ours.rpartition("/")[2])


def test_a_service_linked_role_is_made_for_the_service_that_is_allowed(account: Account) -> None:
    only = {"StringEquals": {"iam:AWSServiceName": "eks.amazonaws.com"}}
    resource = account.arn("iam", "role/aws-service-role/eks.amazonaws.com/AWSServiceRoleForAmazonEKS")
    create = {"Action": "iam:CreateServiceLinkedRole", "Resource": resource, "Condition": only}
    iam = account.user(create)("iam")
    made = iam.create_service_linked_role(AWSServiceName="eks.amazonaws.com")["Role"]
    assert made["Arn"] == resource
    refused(iam.create_service_linked_role, AWSServiceName="rds.amazonaws.com")
    with pytest.raises(ClientError, match="InvalidInput"):
        iam.create_service_linked_role(AWSServiceName="eks.amazonaws.com")


def test_a_role_is_passed_only_to_the_service_that_is_allowed(account: Account) -> None:
    role, other = account.role("/holdfast/"), account.role()
    to_states = {"StringEquals": {"iam:PassedToService": "states.amazonaws.com"}}
    passing = {"Action": "iam:PassRole", "Resource": account.arn("iam", "role/holdfast/*"), "Condition": to_states}
    client = account.user(passing, {"Action": ["states:*", "lambda:*"], "Resource": "*"})
    machine = {"name": "m", "definition": json.dumps({"StartAt": "A", "States": {"A": {"Type": "Succeed"}}})}
    client("stepfunctions").create_state_machine(**machine, roleArn=role)
    message = refused(client("stepfunctions").create_state_machine, **{**machine, "name": "n"}, roleArn=other)
    assert "iam:PassRole" in message
    function = {
        "FunctionName": "f",
        "Runtime": "python3.13",
        "Handler": "a.b",
        "Code": {"ZipFile": b"PK\x05\x06" + b"\0" * 18},
    }
    assert "iam:PassRole" in refused(client("lambda").create_function, **function, Role=role)


def test_a_flow_log_is_made_on_a_vpc_of_ours_with_a_role_that_may_be_passed(account: Account) -> None:
    role, vpc, theirs = account.role(), account.vpc("atlas"), account.vpc("other")
    new = account.arn("ec2", "vpc-flow-log/*")
    rights: list[dict[str, Any]] = [
        {"Action": "ec2:CreateFlowLogs", "Resource": new, "Condition": TAGGED_OURS},
        {"Action": "ec2:CreateFlowLogs", "Resource": account.arn("ec2", "vpc/*"), "Condition": OURS},
        {"Action": "ec2:CreateTags", "Resource": new},
    ]
    to_flow_logs = {"StringEquals": {"iam:PassedToService": "vpc-flow-logs.amazonaws.com"}}
    passing = {"Action": "iam:PassRole", "Resource": role, "Condition": to_flow_logs}
    flow = {
        "ResourceType": "VPC",
        "TrafficType": "ALL",
        "LogGroupName": "flow",
        "DeliverLogsPermissionArn": role,
        **tags_for("vpc-flow-log", "atlas"),
    }
    assert "iam:PassRole" in refused(account.user(*rights)("ec2").create_flow_logs, ResourceIds=[vpc], **flow)
    ec2 = account.user(*rights, passing)("ec2")
    assert theirs in refused(ec2.create_flow_logs, ResourceIds=[theirs], **flow)
    ec2.create_flow_logs(ResourceIds=[vpc], **flow)


def test_a_key_is_known_by_its_tags_also_through_its_alias(account: Account) -> None:
    kms = account.root("kms")
    ours, theirs = (
        kms.create_key(Tags=[{"TagKey": TAG, "TagValue": each}])["KeyMetadata"]["KeyId"] for each in ("atlas", "other")
    )
    aliases = {"Action": "kms:*", "Resource": account.arn("kms", "alias/atlas-*")}
    client = account.user({"Action": "kms:*", "Resource": account.arn("kms", "key/*"), "Condition": OURS}, aliases)(
        "kms"
    )
    client.create_alias(AliasName="alias/atlas-data", TargetKeyId=ours)
    refused(client.create_alias, AliasName="alias/other-data", TargetKeyId=ours)
    assert theirs in refused(client.create_alias, AliasName="alias/atlas-logs", TargetKeyId=theirs)
    client.describe_key(KeyId="alias/atlas-data")
    client.enable_key_rotation(KeyId=ours)
    assert theirs in refused(client.enable_key_rotation, KeyId=theirs)


def test_a_log_group_is_named_with_what_follows_it(account: Account) -> None:
    group, streams = "/holdfast/atlas/flow", account.arn("logs", "log-group:/holdfast/atlas/*:*")
    logs = account.user({"Action": "logs:*", "Resource": streams})("logs")
    logs.create_log_group(logGroupName=group)
    logs.put_retention_policy(logGroupName=group, retentionInDays=30)
    refused(logs.create_log_group, logGroupName="/holdfast/other/flow")
    bare = account.user({"Action": "logs:*", "Resource": account.arn("logs", f"log-group:{group}")})("logs")
    refused(bare.put_retention_policy, logGroupName=group, retentionInDays=30)
    bare.tag_resource(resourceArn=account.arn("logs", f"log-group:{group}"), tags={TAG: "atlas"})
