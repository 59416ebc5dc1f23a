"""What Holdfast called, counted from CloudTrail's event history.

Promises: only calls of the stack's roles count, recognised by the role, not by a session's name. IAM's and Route 53's
are in the history of us-east-1, all others here. The laptop AWS keeps reads and data events in its history too, and at
once; AWS keeps management events, some minutes later.
"""

import json
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

import boto3

from local.demo_stage import Stack

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail.literals import LookupAttributeKeyType


class Call(NamedTuple):
    """One call; `named` is all that its parameters say, as text."""

    event_id: str
    service: str
    operation: str
    reads: bool
    manages: bool
    named: str


class Calls:
    """The calls of the stack's roles since `since`, of which LookupEvents takes whole seconds."""

    def __init__(self, stack: Stack, since: datetime) -> None:
        self._stack = stack
        self._since = since
        self._histories = [boto3.client("cloudtrail"), boto3.client("cloudtrail", region_name="us-east-1")]
        self._counted: set[str] = set()

    def newly_mutating(self) -> list[Call]:
        """Every call that changes something outside Holdfast's own tables, since this was last asked.

        Management calls: to invoke a function changes nothing by itself (CloudTrail calls that a data event).
        """
        return self._new(call for call in self._looked_up("ReadOnly", "false") if call.manages)

    def restoring(self) -> list[Call]:
        """The EC2 calls of the two functions that restore."""
        functions = ("RestoreSecurityGroupsFunction", "ReclaimFunction")
        return [
            call
            for function in functions
            for call in self._looked_up("Username", self._stack.parts[function])
            if call.service == "ec2"
        ]

    def newly_restoring(self, group: str) -> list[Call]:
        """Those of them that name `group`, since this was last asked."""
        return self._new(call for call in self.restoring() if group in call.named)

    def _new(self, calls: Iterable[Call]) -> list[Call]:
        new = [call for call in calls if call.event_id not in self._counted]
        self._counted |= {call.event_id for call in new}
        return new

    def _looked_up(self, attribute: "LookupAttributeKeyType", value: str) -> Iterator[Call]:
        pages = (
            page
            for history in self._histories
            for page in history.get_paginator("lookup_events").paginate(
                LookupAttributes=[{"AttributeKey": attribute, "AttributeValue": value}],
                StartTime=self._since,
            )
        )
        for event in (event for page in pages for event in page["Events"]):
            record = json.loads(event["CloudTrailEvent"])
            issuer = record["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {})
            if issuer.get("userName") in self._stack.roles:
                yield Call(
                    record["eventID"],
                    record["eventSource"].removesuffix(".amazonaws.com"),
                    record["eventName"],
                    record["readOnly"],
                    record["managementEvent"],
                    json.dumps(record["requestParameters"]),
                )
