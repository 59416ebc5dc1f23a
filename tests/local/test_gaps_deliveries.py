"""What services deliver by themselves arrives only where it is allowed; mended in local/gaps/deliveries.py.

Pages: "Using resource-based policies for Amazon EventBridge" (eventbridge/latest/userguide/eb-use-resource-based.html),
"Using dead-letter queues to process undelivered events in EventBridge" (eventbridge/latest/userguide/eb-rule-dlq.html),
"Key management" of Amazon SNS (sns/latest/dg/sns-key-management.html).
"""

import json
from typing import Any, Final

import pytest

from tests.local.accounts import Account, allowing
from tests.local.stacks import fault

KEY_USES: Final = ["kms:GenerateDataKey*", "kms:Decrypt"]


class Bus:
    """An account with a rule for the source `tests`."""

    def __init__(self) -> None:
        self.account = Account()
        self.events, self.sqs, self.sns = (self.account.root(name) for name in ("events", "sqs", "sns"))
        self.rule = self.events.put_rule(Name="all", EventPattern=json.dumps({"source": ["tests"]}))["RuleArn"]

    def queue(self, name: str, *, admits: str = "") -> tuple[str, str]:
        url = self.sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = self.account.arn("sqs", name)
        if admits:
            self.sqs.set_queue_attributes(
                QueueUrl=url, Attributes={"Policy": admitting(admits, "sqs:SendMessage", arn)}
            )
        return url, arn

    def send(self, **target: Any) -> None:
        self.events.put_targets(Rule="all", Targets=[{"Id": "it", **target}])
        self.events.put_events(Entries=[{"Source": "tests", "DetailType": "x", "Detail": "{}"}])

    def received(self, url: str) -> list[Any]:
        found = self.sqs.receive_message(QueueUrl=url, MessageAttributeNames=["All"], WaitTimeSeconds=0)
        return list(found.get("Messages", []))


def admitting(source: str, action: str, resource: str, service: str = "events") -> str:
    principal = {"Service": f"{service}.amazonaws.com"}
    condition = {"ArnEquals": {"aws:SourceArn": source}}
    return allowing({"Principal": principal, "Action": action, "Resource": resource, "Condition": condition})


@pytest.fixture
def bus() -> Bus:
    return Bus()


def test_a_queue_receives_what_its_policy_admits(bus: Bus) -> None:
    url, arn = bus.queue("open", admits=bus.rule)
    bus.send(Arn=arn)
    assert len(bus.received(url)) == 1


@pytest.mark.parametrize("admits", ["", "arn:aws:events:eu-west-1:000000000000:rule/another"])
def test_what_a_queue_does_not_admit_is_buried_with_its_reason(bus: Bus, admits: str) -> None:
    url, arn = bus.queue("closed", admits=admits)
    grave_url, grave = bus.queue("grave", admits=bus.rule)
    bus.send(Arn=arn, DeadLetterConfig={"Arn": grave})
    assert not bus.received(url)
    (letter,) = bus.received(grave_url)
    assert json.loads(letter["Body"])["source"] == "tests"
    said = {name: value["StringValue"] for name, value in letter["MessageAttributes"].items()}
    assert (said["RULE_ARN"], said["TARGET_ARN"], said["ERROR_CODE"]) == (bus.rule, arn, "NO_PERMISSIONS")


def test_an_encrypted_topic_needs_its_key_s_leave_too(bus: Bus) -> None:
    kms, url_arn = bus.account.root("kms"), bus.queue("heard")
    owner = {"Principal": {"AWS": bus.account.arn("iam", "root")}, "Action": "kms:*", "Resource": "*"}
    key = kms.create_key(Policy=allowing(owner))["KeyMetadata"]["KeyId"]
    topic = bus.sns.create_topic(Name="t", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    policy = admitting(bus.rule, "sns:Publish", topic)
    bus.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    heard = admitting(topic, "sqs:SendMessage", url_arn[1], "sns")
    bus.sqs.set_queue_attributes(QueueUrl=url_arn[0], Attributes={"Policy": heard})
    bus.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=url_arn[1])
    bus.send(Arn=topic)
    assert not bus.received(url_arn[0])
    service = {"Principal": {"Service": "events.amazonaws.com"}, "Action": KEY_USES, "Resource": "*"}
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=allowing(owner, service))
    bus.send(Arn=topic)
    assert len(bus.received(url_arn[0])) == 1


def test_who_publishes_to_an_encrypted_topic_may_use_its_key(bus: Bus) -> None:
    owner = {"Principal": {"AWS": bus.account.arn("iam", "root")}, "Action": "kms:*", "Resource": "*"}
    key = bus.account.root("kms").create_key(Policy=allowing(owner))["KeyMetadata"]["Arn"]
    topic = bus.sns.create_topic(Name="t", Attributes={"KmsMasterKeyId": key})["TopicArn"]
    publishing = {"Action": "sns:Publish", "Resource": topic}
    without_key = bus.account.user(publishing)("sns")
    assert fault(without_key.publish, TopicArn=topic, Message="x") == "KMSAccessDenied"
    with_key = {"Action": ["kms:GenerateDataKey", "kms:Decrypt"], "Resource": key}
    bus.account.user(publishing, with_key)("sns").publish(TopicArn=topic, Message="x")


@pytest.mark.parametrize(("service", "count"), [("cloudwatch", 1), ("events", 0)])
def test_an_alarm_reaches_a_topic_that_admits_cloudwatch(bus: Bus, service: str, count: int) -> None:
    topic, (url, arn) = bus.sns.create_topic(Name="t")["TopicArn"], bus.queue("heard")
    alarm = bus.account.arn("cloudwatch", "alarm:a")
    policy = admitting(alarm, "sns:Publish", topic, service)
    bus.sns.set_topic_attributes(TopicArn=topic, AttributeName="Policy", AttributeValue=policy)
    heard = admitting(topic, "sqs:SendMessage", arn, "sns")
    bus.sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": heard})
    bus.sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    alarms = bus.account.root("cloudwatch")
    alarms.put_metric_alarm(
        AlarmName="a",
        Namespace="n",
        MetricName="m",
        Statistic="Sum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        ComparisonOperator="GreaterThanThreshold",
        AlarmActions=[topic],
    )
    alarms.set_alarm_state(AlarmName="a", StateValue="ALARM", StateReason="test")
    assert len(bus.received(url)) == count


@pytest.mark.parametrize("may", ["events:PutEvents", "events:DescribeRule"])
def test_a_bus_of_another_region_receives_what_the_rules_role_may_put(bus: Bus, may: str) -> None:
    """Sending and receiving events between AWS Regions (eventbridge/latest/userguide/eb-cross-region.html)."""
    url, arn = bus.queue("home", admits=bus.rule)
    bus.events.put_targets(Rule="all", Targets=[{"Id": "it", "Arn": arn}])
    home = bus.account.arn("events", "event-bus/default")
    iam, abroad = bus.account.root("iam"), bus.account.root("events", region_name="us-east-1")
    trust = allowing({"Principal": {"Service": "events.amazonaws.com"}, "Action": "sts:AssumeRole"})
    role = iam.create_role(RoleName="home", AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName="home", PolicyName="may", PolicyDocument=allowing({"Action": may, "Resource": home}))
    abroad.put_rule(Name="out", EventPattern=json.dumps({"source": ["tests"]}))
    abroad.put_targets(Rule="out", Targets=[{"Id": "home", "Arn": home, "RoleArn": role}])
    abroad.put_events(Entries=[{"Source": "tests", "DetailType": "x", "Detail": "{}"}])
    came = [json.loads(message["Body"])["region"] for message in bus.received(url)]
    assert came == (["us-east-1"] if may == "events:PutEvents" else [])
