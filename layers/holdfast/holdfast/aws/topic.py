"""One alert, published: its subject, its text by protocol, and what subscribers can filter by ("Publish", SNS API)."""

from typing import TYPE_CHECKING

from holdfast.core.alert import Alert

if TYPE_CHECKING:
    from mypy_boto3_sns import SNSClient


def tell(sns: "SNSClient", topic: str, alert: Alert) -> None:
    """Publish ``alert`` to ``topic`` (its ARN)."""
    sns.publish(
        TopicArn=topic,
        Subject=alert.subject,
        Message=alert.message,
        MessageStructure="json",
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in alert.attributes.items()
        },
    )
