"""The event history: every API call of the last while, newest first, for LookupEvents.

Promises: at most `LIMIT` entries; an entry's number never changes, and so a page's token stays good while calls go on.
Rests on the CloudTrail API reference, "LookupEvents" and "Event" (awscloudtrail/latest/APIReference/API_Event.html).
A Region shows its own calls; IAM's and Route 53's are in us-east-1 ("Viewing CloudTrail events with the AWS CLI",
awscloudtrail/latest/userguide). Differs from AWS, as the laptop AWS promises: data events are kept too, since people
and tests count calls here.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Final

from local.cloudtrail import Record, user_name

LIMIT: Final = 200_000
_TRIM: Final = 10_000

_TYPES: Final = {
    "bucketName": "AWS::S3::Bucket",
    "functionName": "AWS::Lambda::Function",
    "groupId": "AWS::EC2::SecurityGroup",
    "GroupId": "AWS::EC2::SecurityGroup",
    "internetGatewayId": "AWS::EC2::InternetGateway",
    "keyId": "AWS::KMS::Key",
    "roleName": "AWS::IAM::Role",
    "routeTableId": "AWS::EC2::RouteTable",
    "subnetId": "AWS::EC2::Subnet",
    "tableName": "AWS::DynamoDB::Table",
    "userName": "AWS::IAM::User",
    "vpcId": "AWS::EC2::VPC",
}
_NAMES: Final = ("Id", "ID", "Arn", "ARN", "Name", "Url")
_NO_RESOURCES: Final = frozenset({"accountId", "groupOwnerId", "ownerId", "requestId"})


@dataclass(frozen=True, slots=True)
class Entry:
    """`at` knows the fraction of the second that the record leaves out; `resources` are names and their types."""

    number: int
    at: datetime
    account: str
    region: str
    user: str
    access_key: str
    event: str
    source: str
    event_id: str
    read_only: str
    resources: Mapping[str, str]
    text: str


class History:
    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._entries: list[Entry] = []
        self._dropped = 0

    def add(self, record: Record, at: datetime) -> Entry:
        entry = Entry(
            number=self._dropped + len(self._entries),
            at=at,
            account=record["recipientAccountId"],
            region=record["awsRegion"],
            user=user_name(record["userIdentity"]),
            access_key=record["userIdentity"].get("accessKeyId", ""),
            event=record["eventName"],
            source=record["eventSource"],
            event_id=record["eventID"],
            read_only=str(record["readOnly"]).lower(),
            resources=dict([*_resources(record["requestParameters"]), *_resources(record["responseElements"])]),
            text=json.dumps(record, default=_moment),
        )
        self._entries.append(entry)
        if len(self._entries) >= self._limit + _TRIM:
            del self._entries[:_TRIM]
            self._dropped += _TRIM
        return entry

    def newest(self, wanted: Callable[[Entry], bool], count: int, below: int | None = None) -> list[Entry]:
        """Up to `count` wanted entries, newest first, all with a number less than `below`."""
        last = len(self._entries) if below is None else max(0, below - self._dropped)
        return list(islice(filter(wanted, map(self._entries.__getitem__, range(last - 1, -1, -1))), count))


def _moment(value: datetime) -> str:
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _resources(value: Any) -> Iterator[tuple[str, str]]:
    match value:
        case dict():
            for name, each in value.items():
                if isinstance(each, str) and name.endswith(_NAMES) and name not in _NO_RESOURCES:
                    yield each, _TYPES.get(name, "")
                else:
                    yield from _resources(each)
        case list():
            for each in value:
                yield from _resources(each)
        case _:
            pass


history: Final = History()
