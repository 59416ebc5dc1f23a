"""What a test sees of an account's calls: its event history, and what reaches a default bus."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from local.relay import CONFIG_LAG
from tests.local.accounts import REGION, Account

_PATIENCE: Final = CONFIG_LAG + 20
"""Seconds."""

type Event = dict[str, Any]


def records(account: Account, **attribute: str) -> list[Event]:
    """Look up the records with this attribute, oldest first: those of us-east-1, then those of here."""
    wanted = [{"AttributeKey": key, "AttributeValue": value} for key, value in attribute.items()]
    trails = [account.root("cloudtrail", region_name=region) for region in (REGION, "us-east-1")]
    pages = (
        page for trail in trails for page in trail.get_paginator("lookup_events").paginate(LookupAttributes=wanted)
    )
    return [json.loads(event["CloudTrailEvent"]) for page in pages for event in page["Events"]][::-1]


def record(account: Account, name: str) -> Event:
    found = records(account, EventName=name)
    assert len(found) == 1, f"{len(found)} records of {name}, not one: look at local/relay.py and local/history.py"
    return found[0]


def start_trail(account: Account) -> None:
    trails = account.root("cloudtrail")
    trails.create_trail(Name="trail", S3BucketName="bucket", IsMultiRegionTrail=True)
    trails.start_logging(Name="trail")


def start_recorder(account: Account) -> None:
    config = account.root("config")
    group = {"allSupported": False, "resourceTypes": ["AWS::EC2::SecurityGroup"]}
    config.put_configuration_recorder(ConfigurationRecorder={"name": "all", "recordingGroup": group})
    config.put_delivery_channel(DeliveryChannel={"name": "all", "s3BucketName": "bucket"})
    config.start_configuration_recorder(ConfigurationRecorderName="all")


@dataclass(frozen=True)
class Bus:
    """What reaches the default bus of a region."""

    sqs: Any
    url: str

    def heard(self, last: Callable[[Event], bool] | None = None) -> list[Event]:
        """Read all that was said until `last` or, without that, what lies there."""
        events: list[Event] = []
        deadline = time.monotonic() + _PATIENCE
        while time.monotonic() < deadline:
            got = self.sqs.receive_message(QueueUrl=self.url, MaxNumberOfMessages=10).get("Messages", [])
            for message in got:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
                events.append(json.loads(message["Body"]))
            if (last is None and not got) or (last is not None and any(map(last, events))):
                return events
        pytest.fail(f"not heard on the bus within {_PATIENCE:.0f} s, but {names(events)}: look at local/relay.py")


def listen(account: Account, region: str = REGION) -> Bus:
    sqs, events = (account.root(service, region_name=region) for service in ("sqs", "events"))
    url = sqs.create_queue(QueueName="heard")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    allowed = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Action": "sqs:*", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
    events.put_rule(Name="all", EventPattern=json.dumps({"source": [{"prefix": "aws."}]}))
    events.put_targets(Rule="all", Targets=[{"Id": "queue", "Arn": arn}])
    return Bus(sqs, url)


def named(name: str) -> Callable[[Event], bool]:
    return lambda event: bool(event["detail"].get("eventName") == name)


def names(events: list[Event]) -> list[str]:
    return [event["detail"].get("eventName", event["detail-type"]) for event in events]
