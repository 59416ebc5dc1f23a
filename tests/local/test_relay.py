"""What reaches EventBridge: every call while a trail logs, and what AWS Config's recorder sees change.

Every test has an account of its own, so that no trail of another one speaks here.
"""

from collections.abc import Iterator
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import SSH_FROM_ANYWHERE, Account
from tests.local.watching import Bus, listen, named, names, record, records, start_recorder, start_trail

NOBODYS: Final = "sg-0a1b2c3d4e5f60718"


@pytest.fixture
def account() -> Account:
    return Account()


@pytest.fixture
def bus(account: Account) -> Bus:
    return listen(account)


def test_without_a_trail_the_bus_is_silent(account: Account, bus: Bus) -> None:
    account.group()
    assert names(bus.heard()) == []


def test_every_call_reaches_the_bus_in_order_while_a_trail_logs(account: Account, bus: Bus) -> None:
    start_trail(account)
    ec2, group = account.ec2, account.group()
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=SSH_FROM_ANYWHERE)
    with pytest.raises(ClientError):
        ec2.revoke_security_group_ingress(GroupId=NOBODYS, IpPermissions=SSH_FROM_ANYWHERE)
    ec2.describe_security_groups(GroupIds=[group])
    account.root("cloudtrail").stop_logging(Name="trail")
    account.group()
    heard = bus.heard(named("StopLogging"))
    assert names(heard) == [
        "StartLogging",
        "CreateVpc",
        "CreateSecurityGroup",
        "AuthorizeSecurityGroupIngress",
        "RevokeSecurityGroupIngress",
        "DescribeSecurityGroups",
        "StopLogging",
    ], "failed and read-only calls too, the stop itself, and nothing after it"
    assert {event["detail-type"] for event in heard} == {"AWS API Call via CloudTrail"}
    assert heard[1]["source"] == "aws.ec2"
    assert heard[1]["detail"] == records(account, EventName="CreateVpc")[0]
    assert heard[4]["detail"]["errorCode"] == "Client.InvalidGroup.NotFound"


def test_a_trail_of_reads_only_lets_no_writes_through(account: Account, bus: Bus) -> None:
    start_trail(account)
    selectors = [{"ReadWriteType": "ReadOnly", "IncludeManagementEvents": True}]
    account.root("cloudtrail").put_event_selectors(TrailName="trail", EventSelectors=selectors)
    account.group()
    assert names(bus.heard(named("PutEventSelectors")))[-1] == "PutEventSelectors"


def test_global_services_speak_in_us_east_1(account: Account, bus: Bus) -> None:
    overseas = listen(account, "us-east-1")
    start_trail(account)
    account.root("iam").create_user(UserName="bob")
    (heard,) = overseas.heard(named("CreateUser"))
    assert (heard["region"], heard["source"], heard["detail"]["awsRegion"]) == ("us-east-1", "aws.iam", "us-east-1")
    assert names(bus.heard()) == ["StartLogging"]


@pytest.fixture
def table(account: Account) -> Iterator[str]:
    dynamodb = account.root("dynamodb")
    key = [{"AttributeName": "id", "KeyType": "HASH"}]
    kinds = [{"AttributeName": "id", "AttributeType": "S"}]
    dynamodb.create_table(TableName="things", KeySchema=key, AttributeDefinitions=kinds, BillingMode="PAY_PER_REQUEST")
    yield "things"
    dynamodb.delete_table(TableName="things")


def test_data_events_are_in_the_history_but_on_no_bus(account: Account, bus: Bus, table: str) -> None:
    start_trail(account)
    account.root("dynamodb").put_item(TableName=table, Item={"id": {"S": "kept to ourselves"}})
    account.root("dynamodb").describe_table(TableName=table)
    written = record(account, "PutItem")
    assert (written["eventCategory"], written["managementEvent"]) == ("Data", False)
    assert written["requestParameters"] == {"tableName": table}
    assert "PutItem" not in names(bus.heard(named("DescribeTable")))


def changed(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [event["detail"] for event in heard if is_picture(event)]


def is_picture(event: dict[str, Any]) -> bool:
    return bool(event["detail-type"] == "Config Configuration Item Change")


def is_last_picture(event: dict[str, Any]) -> bool:
    return is_picture(event) and event["detail"]["configurationItem"]["configurationItemStatus"] == "ResourceDeleted"


def test_config_tells_what_a_group_has_become(account: Account, bus: Bus) -> None:
    group, ec2 = account.group(), account.ec2
    start_recorder(account)
    ec2.create_tags(Resources=[group], Tags=[{"Key": "owner", "Value": "us"}])
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=SSH_FROM_ANYWHERE)
    ec2.describe_security_groups(GroupIds=[group])
    ec2.delete_security_group(GroupId=group)
    tagged, opened, deleted = changed(bus.heard(is_last_picture))
    item = opened["configurationItem"]
    assert opened["messageType"] == "ConfigurationItemChangeNotification"
    assert (item["resourceType"], item["resourceId"]) == ("AWS::EC2::SecurityGroup", group)
    assert (item["configurationItemStatus"], item["tags"]) == ("OK", {"owner": "us"})
    assert item["configuration"]["ipPermissions"][0]["ipRanges"] == [{"cidrIp": "0.0.0.0/0"}]
    assert list(opened["configurationItemDiff"]["changedProperties"]) == ["Configuration.IpPermissions.0"]
    assert tagged["configurationItem"]["configuration"]["ipPermissions"] == []
    assert deleted["configurationItem"]["configurationItemStatus"] == "ResourceDeleted"


def test_config_is_silent_about_a_group_that_a_rule_only_mentions(account: Account, bus: Bus) -> None:
    ec2, vpc = account.ec2, account.vpc()
    group, other = account.group(vpc=vpc), account.group(vpc=vpc)
    start_recorder(account)
    rule = [{"IpProtocol": "tcp", "FromPort": 5432, "ToPort": 5432, "UserIdGroupPairs": [{"GroupId": other}]}]
    ec2.authorize_security_group_egress(GroupId=group, IpPermissions=rule)
    ec2.delete_security_group(GroupId=group)
    pictures = changed(bus.heard(is_last_picture))
    assert {each["configurationItem"]["resourceId"] for each in pictures} == {group}


def test_config_is_silent_while_its_recorder_is_stopped(account: Account, bus: Bus) -> None:
    config = account.root("config")
    start_recorder(account)
    config.stop_configuration_recorder(ConfigurationRecorderName="all")
    account.group()
    config.start_configuration_recorder(ConfigurationRecorderName="all")
    seen = account.group()
    account.ec2.delete_security_group(GroupId=seen)
    pictures = changed(bus.heard(is_last_picture))
    assert {each["configurationItem"]["resourceId"] for each in pictures} == {seen}


def test_a_recorder_that_is_deleted_is_gone(account: Account) -> None:
    config = account.root("config")
    start_recorder(account)
    config.stop_configuration_recorder(ConfigurationRecorderName="all")
    config.delete_delivery_channel(DeliveryChannelName="all")
    config.delete_configuration_recorder(ConfigurationRecorderName="all")
    assert config.describe_configuration_recorders()["ConfigurationRecorders"] == []


def test_a_region_has_one_recorder(account: Account) -> None:
    start_recorder(account)
    with pytest.raises(ClientError, match="MaxNumberOfConfigurationRecordersExceeded"):
        account.root("config").put_configuration_recorder(ConfigurationRecorder={"name": "second"})
