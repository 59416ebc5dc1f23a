"""What the demo finds in the account and brings along: the deployed stack, alice who may drift it, on-call who is told.

Promises: nothing here is known of the application but what CloudFormation, IAM, SNS and SQS say to anybody.
"""

import json
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any, Final, Self

import boto3

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_sqs import SQSClient

USER: Final = "alice"
MAY: Final = [
    "ec2:AuthorizeSecurityGroupEgress",
    "ec2:AuthorizeSecurityGroupIngress",
    "ec2:DeleteTags",
    "ec2:DescribeSecurityGroup*",
    "ec2:ModifySecurityGroupRules",
    "ec2:RevokeSecurityGroupIngress",
]


class DidNotHold(Exception):
    """What was promised is not so, and the sentence says what."""


@dataclass(frozen=True)
class Stack:
    """`outputs` by their names, `parts` (physical ids) by their logical ids, `roles` by their names in IAM."""

    outputs: dict[str, str]
    parts: dict[str, str]
    roles: frozenset[str]

    @classmethod
    def deployed(cls, name: str) -> Self:
        cloudformation = boto3.client("cloudformation")
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=name)
        parts = [part for page in pages for part in page["StackResourceSummaries"]]
        return cls(
            outputs={output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])},
            parts={part["LogicalResourceId"]: part.get("PhysicalResourceId", "") for part in parts},
            roles=frozenset(
                part.get("PhysicalResourceId", "") for part in parts if part["ResourceType"] == "AWS::IAM::Role"
            ),
        )


@contextmanager
def alice() -> Generator["EC2Client"]:
    """EC2 as an IAM user who may change security groups, and nothing else; her key goes when the demo ends."""
    with _user(USER, MAY) as client:
        ec2: EC2Client = client("ec2")
        yield ec2


@contextmanager
def bob() -> Generator[Callable[[str], Any]]:
    """Clients by service, as an IAM user who may do everything; his key goes when the demo ends."""
    with _user("bob", "*") as client:
        yield client


@contextmanager
def _user(name: str, may: object) -> Generator[Callable[[str], Any]]:
    iam = boto3.client("iam")
    if not any(
        user["UserName"] == name for page in iam.get_paginator("list_users").paginate() for user in page["Users"]
    ):
        iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="may", PolicyDocument=_allow(Action=may, Resource="*"))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    session = boto3.Session(aws_access_key_id=key["AccessKeyId"], aws_secret_access_key=key["SecretAccessKey"])
    make: Callable[[str], Any] = cache(session.client)
    try:
        yield make
    finally:
        iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])


@dataclass(frozen=True)
class Alert:
    """What on-call reads: AWS Chatbot's title and description, and the attributes to filter by."""

    title: str
    text: str
    attributes: dict[str, str]


@dataclass(frozen=True)
class OnCall:
    """A queue that is subscribed to the alerts topic, and what was read from it."""

    sqs: "SQSClient"
    url: str
    read: list[Alert] = field(default_factory=list)

    @classmethod
    def subscribed(cls, topic: str) -> Self:
        sqs, name = boto3.client("sqs"), "on-call"
        url = sqs.create_queue(QueueName=name, Attributes={"SqsManagedSseEnabled": "true"})["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        policy = _allow(
            Principal={"Service": "sns.amazonaws.com"},
            Action="sqs:SendMessage",
            Resource=arn,
            Condition={"ArnEquals": {"aws:SourceArn": topic}},
        )
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
        return cls(sqs, url)

    def told(self, incident: str) -> Alert | None:
        """The alert that names `incident`, if it has come."""
        got = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
        for message in got:
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            self.read.append(_alert(json.loads(message["Body"])))
        return next((alert for alert in self.read if incident in alert.text), None)


def _alert(notification: dict[str, Any]) -> Alert:
    """As SNS hands it to a queue ("Amazon SNS message format", the Notification of an HTTP or SQS subscription)."""
    content = json.loads(notification["Message"])["content"]
    attributes = {name: one["Value"] for name, one in notification["MessageAttributes"].items()}
    return Alert(content["title"], content["description"], attributes)


def _allow(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
