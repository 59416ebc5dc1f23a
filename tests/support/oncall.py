"""On-call, as a queue of the account that has subscribed to the alerts of one environment."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.support.cloud import Application, Json, root
from tests.support.environments import Environment

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient


@dataclass(frozen=True)
class Alert:
    """One message as it came: ``body`` and, where SNS delivers raw, the message attributes."""

    body: str
    attributes: dict[str, str]

    @property
    def text(self) -> str:
        """What on-call reads: title and description of the AWS Chatbot schema."""
        content: Json = json.loads(self.body)["content"]
        return f"{content['title']}\n{content['description']}"


@dataclass(frozen=True)
class Mailbox:
    """A queue of the test's own. ``heard`` reads what has come so far; nothing is lost between two readings."""

    url: str
    arn: str
    _heard: list[Alert] = field(default_factory=list)

    def heard(self) -> list[Alert]:
        sqs: SQSClient = root.client("sqs")
        while got := sqs.receive_message(
            QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"], WaitTimeSeconds=0
        ).get("Messages"):
            for message in got:
                sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                attributes = {name: one["StringValue"] for name, one in message.get("MessageAttributes", {}).items()}
                self._heard.append(Alert(message["Body"], attributes))
        return list(self._heard)


@dataclass(frozen=True)
class OnCall:
    environment: Environment
    mailbox: Mailbox

    def alerts(self, physical_id: str) -> list[Alert]:
        """All alerts so far about one resource."""
        return [alert for alert in self.mailbox.heard() if physical_id in alert.text]


@contextmanager
def mailbox(name: str, service: str, source_arn: str) -> Iterator[Mailbox]:
    """A queue into which ``service`` may put what comes from ``source_arn``."""
    sqs: SQSClient = root.client("sqs")
    url = sqs.create_queue(QueueName=name)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sqs:SendMessage",
        "Resource": arn,
        "Condition": {"ArnLike": {"aws:SourceArn": source_arn}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    yield Mailbox(url, arn)
    sqs.delete_queue(QueueUrl=url)


@contextmanager
def subscribed(
    application: Application, box: Mailbox, *, output: str = "AlertsTopicArn", **attributes: str
) -> Iterator[str]:
    """``box`` subscribed to a topic, with the subscription's ``attributes``; the subscription's ARN."""
    sns: SNSClient = root.client("sns")
    topic = application.outputs[output]
    arn = sns.subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=box.arn, Attributes=attributes, ReturnSubscriptionArn=True
    )["SubscriptionArn"]
    yield arn
    sns.unsubscribe(SubscriptionArn=arn)


@contextmanager
def on_call(environment: Environment) -> Iterator[OnCall]:
    """On-call of ``environment`` alone."""
    topic = environment.application.outputs["AlertsTopicArn"]
    only = json.dumps({"environment": [environment.name]})
    with (
        mailbox(f"on-call-{environment.name}", "sns.amazonaws.com", topic) as box,
        subscribed(environment.application, box, FilterPolicy=only, RawMessageDelivery="true"),
    ):
        yield OnCall(environment, box)
