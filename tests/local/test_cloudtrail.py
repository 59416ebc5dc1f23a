"""The CloudTrail record of a call, and the event history that keeps it: who, what, with what outcome."""

import json
from typing import Any, Final
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import REGION, SSH_FROM_ANYWHERE, Account, Clients, allowing, clients
from tests.local.watching import record, records

NOBODYS: Final = "sg-0a1b2c3d4e5f60718"
EC2: Final = {"Action": "ec2:*", "Resource": "*"}


@pytest.fixture
def account() -> Account:
    return Account()


def session_of(account: Account, role: str, name: str) -> Clients:
    arn = account.role("/of/", RoleName=role)
    account.root("iam").put_role_policy(RoleName=role, PolicyName="p", PolicyDocument=allowing(EC2))
    return clients(account.root("sts").assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"])


def test_root_is_named(account: Account) -> None:
    account.ec2.describe_vpcs()
    identity = record(account, "DescribeVpcs")["userIdentity"]
    assert (identity["type"], identity["arn"].rpartition(":")[2]) == ("Root", "root")


def test_a_user_is_named(account: Account) -> None:
    account.user(EC2, name="alice")("ec2").describe_vpcs()
    identity = record(account, "DescribeVpcs")["userIdentity"]
    assert (identity["type"], identity["userName"]) == ("IAMUser", "alice")
    assert identity["arn"].endswith(":user/alice")


def test_a_session_is_named_with_the_role_that_issued_it(account: Account) -> None:
    session_of(account, "keeper", "night")("ec2").describe_vpcs()
    identity = record(account, "DescribeVpcs")["userIdentity"]
    issuer = identity["sessionContext"]["sessionIssuer"]
    assert identity["arn"].endswith(":assumed-role/keeper/night")
    assert (issuer["type"], issuer["userName"]) == ("Role", "keeper")
    assert issuer["arn"].endswith(":role/of/keeper"), "the issuer's ARN has the role's path; a session's has not"
    assert identity["principalId"] == f"{issuer['principalId']}:night"


def test_a_refused_call_is_recorded_with_its_reason(account: Account) -> None:
    with pytest.raises(ClientError):
        account.user(EC2, name="alice")("sqs").create_queue(QueueName="hers")
    refused = record(account, "CreateQueue")
    assert refused["errorCode"].startswith("AccessDenied")
    assert "user/alice" in refused["errorMessage"]
    assert refused["responseElements"] is None


@pytest.mark.parametrize(
    ("service", "call", "arguments", "code"),
    [
        ("ec2", "describe_security_groups", {"GroupIds": [NOBODYS]}, "Client.InvalidGroup.NotFound"),
        ("iam", "get_role", {"RoleName": "nobody"}, "NoSuchEntityException"),
        ("dynamodb", "describe_table", {"TableName": "nothing"}, "ResourceNotFoundException"),
        ("s3", "get_bucket_encryption", {"Bucket": "nothing"}, "NoSuchBucket"),
        ("stepfunctions", "describe_execution", {"executionArn": "arn:aws:states:::x"}, "ExecutionDoesNotExist"),
    ],
)
def test_a_failure_has_the_code_that_cloudtrail_writes(
    account: Account, service: str, call: str, arguments: dict[str, Any], code: str
) -> None:
    with pytest.raises(ClientError):
        getattr(account.root(service), call)(**arguments)
    assert [each.get("errorCode") for each in records(account, ReadOnly="true")][:1] == [code]


@pytest.mark.parametrize(
    ("service", "call", "arguments"),
    [
        ("ec2", "create_vpc", {"CidrBlock": "10.0.0.0/16"}),
        ("ec2", "describe_vpcs", {}),
        ("iam", "create_user", {"UserName": "bob"}),
        ("kms", "create_key", {}),
        ("lambda", "list_functions", {}),
        ("s3", "list_buckets", {}),
        ("sns", "create_topic", {"Name": "news"}),
    ],
)
def test_the_request_id_is_the_one_that_the_caller_got(
    account: Account, service: str, call: str, arguments: dict[str, Any]
) -> None:
    answer = getattr(account.root(service), call)(**arguments)
    recorded = [each["requestID"] for each in records(account)]
    assert recorded[0] == answer["ResponseMetadata"]["RequestId"], "Holdfast knows its own writes by this id"


def test_an_opened_port_is_written_as_cloudtrail_writes_it(account: Account) -> None:
    group = account.group()
    answer = account.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=SSH_FROM_ANYWHERE)
    opened = record(account, "AuthorizeSecurityGroupIngress")
    assert opened["requestParameters"] == {
        "groupId": group,
        "ipPermissions": {
            "items": [
                {
                    "ipProtocol": "tcp",
                    "fromPort": 22,
                    "toPort": 22,
                    "groups": {},
                    "ipRanges": {"items": [{"cidrIp": "0.0.0.0/0"}]},
                    "ipv6Ranges": {},
                    "prefixListIds": {},
                }
            ]
        },
    }
    (rule,) = opened["responseElements"]["securityGroupRuleSet"]["items"]
    assert opened["responseElements"]["_return"] is True
    assert rule["securityGroupRuleId"] == answer["SecurityGroupRules"][0]["SecurityGroupRuleId"]
    assert (rule["groupId"], rule["isEgress"], rule["cidrIpv4"]) == (group, False, "0.0.0.0/0")
    assert (opened["eventSource"], opened["readOnly"], opened["awsRegion"]) == ("ec2.amazonaws.com", False, REGION)


def test_a_rewritten_rule_is_written_as_it_was_sent(account: Account) -> None:
    ec2, group = account.ec2, account.group()
    opened = ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=SSH_FROM_ANYWHERE)["SecurityGroupRules"][
        0
    ]
    rule = {"IpProtocol": "tcp", "FromPort": 23, "ToPort": 23, "CidrIpv4": "10.0.0.0/8"}
    update = {"SecurityGroupRuleId": opened["SecurityGroupRuleId"], "SecurityGroupRule": rule}
    ec2.modify_security_group_rules(GroupId=group, SecurityGroupRules=[update])
    assert record(account, "ModifySecurityGroupRules")["requestParameters"] == {
        "ModifySecurityGroupRulesRequest": {"GroupId": group, "SecurityGroupRule": {**update, "tag": 1}}
    }


def test_tags_are_written_in_sets(account: Account) -> None:
    group = account.group()
    account.ec2.delete_tags(Resources=[group], Tags=[{"Key": "owner"}])
    assert record(account, "DeleteTags")["requestParameters"] == {
        "resourcesSet": {"items": [{"resourceId": group}]},
        "tagSet": {"items": [{"key": "owner"}]},
    }


def test_a_secret_is_not_written(account: Account) -> None:
    account.root("secretsmanager").create_secret(Name="door", SecretString="open sesame")
    assert "sesame" not in json.dumps(record(account, "CreateSecret"))


@pytest.mark.parametrize(
    ("call", "arguments", "name"),
    [
        ("put_public_access_block", {"PublicAccessBlockConfiguration": {}}, "PutBucketPublicAccessBlock"),
        ("get_bucket_versioning", {}, "GetBucketVersioning"),
    ],
)
def test_a_bucket_call_has_its_name_of_cloudtrail(
    account: Account, call: str, arguments: dict[str, Any], name: str
) -> None:
    bucket = uuid4().hex
    account.root("s3").create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    getattr(account.root("s3"), call)(Bucket=bucket, **arguments)
    assert record(account, name)["requestParameters"]["bucketName"] == bucket


def test_the_history_comes_in_pages_newest_first(account: Account) -> None:
    ec2, trails = account.ec2, account.root("cloudtrail")
    for _ in range(60):
        ec2.describe_vpcs()
    ec2.describe_subnets()
    first = trails.lookup_events()
    assert len(first["Events"]) == 50
    assert first["Events"][0]["EventName"] == "DescribeSubnets"
    second = trails.lookup_events(NextToken=first["NextToken"])["Events"]
    assert [event["EventName"] for event in second] == ["DescribeVpcs"] * 11


@pytest.mark.parametrize(
    "attribute",
    [
        {"EventName": "DescribeSecurityGroups"},
        {"Username": "alice"},
        {"ResourceName": NOBODYS},
        {"EventSource": "ec2.amazonaws.com"},
    ],
)
def test_the_history_is_searched_by_one_attribute(account: Account, attribute: dict[str, str]) -> None:
    with pytest.raises(ClientError):
        account.user(EC2, name="alice")("ec2").describe_security_groups(GroupIds=[NOBODYS])
    assert [each["eventName"] for each in records(account, **attribute)] == ["DescribeSecurityGroups"]


def test_the_history_takes_one_attribute_at_a_time(account: Account) -> None:
    with pytest.raises(ClientError, match="InvalidLookupAttributes"):
        records(account, EventName="DescribeVpcs", Username="root")


def test_a_region_shows_its_own_calls_and_us_east_1_those_of_global_services(account: Account) -> None:
    account.root("iam").create_user(UserName="bob")
    account.ec2.describe_vpcs()
    for region, name in ((REGION, "DescribeVpcs"), ("us-east-1", "CreateUser")):
        found = account.root("cloudtrail", region_name=region).lookup_events()["Events"]
        assert [each["EventName"] for each in found] == [name]
