"""EC2 as AWS guards it: whoever is bound to an environment's tag can touch nothing else, and makes nothing untagged.

Every test has an account of its own, and a user whose one policy is under test.
"""

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.local.accounts import SSH_FROM_ANYWHERE, TAG, Account, refused, tags_for

OURS: Final = {"StringEquals": {f"aws:ResourceTag/{TAG}": "atlas"}}
TAGGED_OURS: Final = {"StringEquals": {f"aws:RequestTag/{TAG}": "atlas"}}


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.mark.parametrize("call", ["authorize_security_group_ingress", "revoke_security_group_ingress"])
def test_a_group_can_be_changed_by_its_tag_alone(account: Account, call: str) -> None:
    ours, theirs, untagged = account.group("atlas"), account.group("atlas-two"), account.group()
    if call.startswith("revoke"):
        for group in (ours, theirs, untagged):
            account.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=SSH_FROM_ANYWHERE)
    change = getattr(account.user({"Action": "ec2:*", "Resource": "*", "Condition": OURS})("ec2"), call)
    change(GroupId=ours, IpPermissions=SSH_FROM_ANYWHERE)
    for group in (theirs, untagged):
        message = refused(change, GroupId=group, IpPermissions=SSH_FROM_ANYWHERE)
        assert f"security-group/{group}" in message, "AWS names the resource on which it refused"


def test_the_groups_that_a_rule_refers_to_are_not_asked_about(account: Account) -> None:
    vpc = account.vpc()
    ours, theirs = account.group("atlas", vpc), account.group("other", vpc)
    ec2 = account.user({"Action": "ec2:*", "Resource": "*", "Condition": OURS})("ec2")
    rule = [{"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "UserIdGroupPairs": [{"GroupId": theirs}]}]
    ec2.authorize_security_group_egress(GroupId=ours, IpPermissions=rule)


def test_rewriting_a_rule_is_asked_about_the_rule_too(account: Account) -> None:
    group = account.group("atlas")
    rule = account.ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=SSH_FROM_ANYWHERE)[
        "SecurityGroupRules"
    ][0]
    closed = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIpv4": "10.0.0.0/8"}
    update = [{"SecurityGroupRuleId": rule["SecurityGroupRuleId"], "SecurityGroupRule": closed}]
    ec2 = account.user({"Action": "ec2:*", "Resource": "*", "Condition": OURS})("ec2")
    message = refused(ec2.modify_security_group_rules, GroupId=group, SecurityGroupRules=update)
    assert f"security-group-rule/{rule['SecurityGroupRuleId']}" in message


@pytest.mark.parametrize(
    ("kind", "create"),
    [
        ("vpc", lambda ec2, tags: ec2.create_vpc(CidrBlock="10.1.0.0/16", **tags)),
        ("internet-gateway", lambda ec2, tags: ec2.create_internet_gateway(**tags)),
        ("elastic-ip", lambda ec2, tags: ec2.allocate_address(Domain="vpc", **tags)),
    ],
)
def test_what_is_created_carries_the_tag_or_is_refused(
    account: Account, kind: str, create: Callable[[Any, dict[str, Any]], Any]
) -> None:
    tags = {"Action": "ec2:CreateTags", "Resource": "*"}
    ec2 = account.user({"Action": "ec2:*", "Resource": "*", "Condition": TAGGED_OURS}, tags)("ec2")
    create(ec2, tags_for(kind, "atlas"))
    assert f":{kind}/*" in refused(create, ec2=ec2, tags=tags_for(kind, "other"))
    assert f":{kind}/*" in refused(create, ec2=ec2, tags={})


def test_tags_in_a_create_call_need_the_right_to_tag_in_it(account: Account) -> None:
    create = {"Action": "ec2:CreateVpc", "Resource": "*"}
    in_create = {"StringEquals": {"ec2:CreateAction": "CreateVpc"}}
    may = account.user(create, {"Action": "ec2:CreateTags", "Resource": "*", "Condition": in_create})("ec2")
    vpc = may.create_vpc(CidrBlock="10.1.0.0/16", **tags_for("vpc", "atlas"))["Vpc"]["VpcId"]
    refused(may.create_tags, Resources=[vpc], Tags=[{"Key": TAG, "Value": "other"}])
    message = refused(account.user(create)("ec2").create_vpc, CidrBlock="10.1.0.0/16", **tags_for("vpc", "atlas"))
    assert "ec2:CreateTags" in message


def test_a_subnet_is_made_only_in_a_vpc_of_ours(account: Account) -> None:
    new, vpcs = account.arn("ec2", "subnet/*"), account.arn("ec2", "vpc/*")
    ec2 = account.user(
        {"Action": "ec2:CreateSubnet", "Resource": new, "Condition": TAGGED_OURS},
        {"Action": "ec2:CreateSubnet", "Resource": vpcs, "Condition": OURS},
        {"Action": "ec2:CreateTags", "Resource": new},
    )("ec2")
    tags = tags_for("subnet", "atlas")
    ec2.create_subnet(VpcId=account.vpc("atlas"), CidrBlock="10.0.1.0/24", **tags)
    theirs = account.vpc("other")
    assert theirs in refused(ec2.create_subnet, VpcId=theirs, CidrBlock="10.0.1.0/24", **tags)


def test_the_request_tag_does_not_speak_for_the_vpc(account: Account) -> None:
    tags = {"Action": "ec2:CreateTags", "Resource": "*"}
    ec2 = account.user({"Action": "ec2:*", "Resource": "*", "Condition": TAGGED_OURS}, tags)("ec2")
    vpc = account.vpc("atlas")
    assert vpc in refused(ec2.create_subnet, VpcId=vpc, CidrBlock="10.0.1.0/24", **tags_for("subnet", "atlas"))


def test_every_resource_that_a_call_names_is_asked_about(account: Account) -> None:
    ec2, vpc = account.user({"Action": "ec2:*", "Resource": "*", "Condition": OURS})("ec2"), account.vpc("atlas")
    make = account.ec2.create_internet_gateway
    ours, theirs = (
        make(**tags_for("internet-gateway", each))["InternetGateway"]["InternetGatewayId"]
        for each in ("atlas", "other")
    )
    assert theirs in refused(ec2.attach_internet_gateway, InternetGatewayId=theirs, VpcId=vpc)
    ec2.attach_internet_gateway(InternetGatewayId=ours, VpcId=vpc)


def test_an_association_is_asked_about_by_what_it_binds(account: Account) -> None:
    vpc = account.vpc("atlas")
    made = account.ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24", **tags_for("subnet", "atlas"))
    subnet = made["Subnet"]["SubnetId"]
    tables = [account.ec2.create_route_table(VpcId=vpc, **tags_for("route-table", each)) for each in ("atlas", "other")]
    ours, theirs = (table["RouteTable"]["RouteTableId"] for table in tables)
    ec2 = account.user({"Action": "ec2:*", "Resource": "*", "Condition": OURS})("ec2")
    assert theirs in refused(ec2.associate_route_table, RouteTableId=theirs, SubnetId=subnet)
    bound = account.ec2.associate_route_table(RouteTableId=theirs, SubnetId=subnet)["AssociationId"]
    assert theirs in refused(ec2.disassociate_route_table, AssociationId=bound)
    ec2.replace_route_table_association(AssociationId=bound, RouteTableId=ours)


def test_reads_are_not_bound_to_a_resource(account: Account) -> None:
    group = account.group("other")
    ec2 = account.user({"Action": "ec2:Describe*", "Resource": "*"})("ec2")
    assert ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    bound = account.user({"Action": "ec2:Describe*", "Resource": "*", "Condition": OURS})("ec2")
    refused(bound.describe_security_groups, GroupIds=[group])


def test_a_tag_is_added_only_where_it_is_absent(account: Account) -> None:
    """What the role of `reclaim` may do, and nothing else."""
    absent = {"Null": {f"aws:ResourceTag/{TAG}": "true"}, "ForAllValues:StringLike": {"aws:TagKeys": ["holdfast:*"]}}
    ec2 = account.user({"Action": "ec2:CreateTags", "Resource": "*", "Condition": absent})("ec2")
    stripped, theirs = account.group(), account.group("other")
    ours = [{"Key": TAG, "Value": "atlas"}]
    refused(ec2.create_tags, Resources=[theirs], Tags=ours)
    refused(ec2.create_tags, Resources=[stripped, theirs], Tags=ours)
    refused(ec2.create_tags, Resources=[stripped], Tags=[*ours, {"Key": "owner", "Value": "us"}])
    refused(ec2.delete_tags, Resources=[stripped], Tags=ours)
    ec2.create_tags(Resources=[stripped], Tags=ours)
    refused(ec2.create_tags, Resources=[stripped], Tags=[{"Key": TAG, "Value": "other"}])


def test_a_batch_of_messages_is_asked_about_as_messages(account: Account) -> None:
    """Amazon SQS API permissions: Actions and resource reference (sqs-api-permissions-reference.html)."""
    entries = [{"Id": "0", "MessageBody": "{}"}]
    url = account.root("sqs").create_queue(QueueName="batches")["QueueUrl"]
    may = account.user({"Action": "sqs:SendMessage", "Resource": "*"})("sqs")
    assert may.send_message_batch(QueueUrl=url, Entries=entries)["Successful"]
    may_not = account.user({"Action": "sqs:SendMessageBatch", "Resource": "*"})("sqs")
    assert "sqs:SendMessage" in refused(may_not.send_message_batch, QueueUrl=url, Entries=entries)
