"""Who changed a resource, asked of CloudTrail's event history, where no event told of it.

"LookupEvents" (awscloudtrail/latest/APIReference/API_LookupEvents.html): one attribute a request, the newest first, two
requests a second in an account and Region. An event is there some minutes after the call ("Working with CloudTrail
event history", awscloudtrail/latest/userguide). A Region's history has the calls of that Region; IAM's and Route 53's
are in that of us-east-1 ("Viewing CloudTrail events with the AWS CLI", the same guide).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from holdfast.aws.clients import Clients
from holdfast.core.event import actor_of
from holdfast.core.incident import Actor, Incident

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail.literals import LookupAttributeKeyType

LONGEST: Final = 24 * 3600
"""Seconds before the incident in which a change is looked for that nobody dated: sweeps come sooner than that."""
LATE: Final = 900
"""Seconds after which the history has what happened: "typically within an average of about 5 minutes"."""
PAGES: Final = 4
"""Of fifty events each: a key is named by more reads than anybody could page through."""


GLOBAL: Final = ("AWS::IAM::", "AWS::Route53::")
"""How the kinds begin of which us-east-1's history tells."""


class Question(NamedTuple):
    """One attribute and its value; ``naming``: only the calls that say this count."""

    key: "LookupAttributeKeyType"
    value: str
    naming: str = ""


def who_changed(clients: Clients, incident: Incident, ours: str) -> tuple[Actor, ...]:
    """Who made calls that change the incident's resource, between the last time that it held and when it was found out.

    The oldest first. ``ours``: how the ARNs of our own roles begin, whose calls are no drift.
    """
    question = _question(incident)
    if not question:
        return ()
    since = max(incident.held_at, incident.opened_at - LONGEST)
    cloudtrail = clients.cloudtrail_abroad if incident.kind.startswith(GLOBAL) else clients.cloudtrail
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": question.key, "AttributeValue": question.value}],
        StartTime=datetime.fromtimestamp(int(since), UTC),
        EndTime=datetime.fromtimestamp(int(incident.last_drift_at) + 1, UTC),
    )
    texts = [event["CloudTrailEvent"] for page in islice(pages, PAGES) for event in page["Events"]]
    found = [json.loads(text) for text in texts if question.naming in text.lower()]
    return tuple(reversed([*_changes(found, ours)]))


def _question(incident: Incident) -> Question | None:
    """What CloudTrail knows the resource by: not always all of its id. Of objects in a cluster it knows nothing."""
    whole, _, part = incident.physical_id.partition("|")
    match incident.kind:
        case "AWS::Route53::RecordSet":  # a call names its zone as the resource, of which the incident does not tell
            return Question("EventName", "ChangeResourceRecordSets", whole.removesuffix("."))
        case "AWS::EC2::VPCGatewayAttachment":  # IGW|vpc
            return Question("ResourceName", part)
        case kind if kind.startswith("Kubernetes::"):
            return None
        case "AWS::EC2::Instance":  # most calls name the interface; who scales the nodes names the group
            changed = next((one.found for one in incident.changes if isinstance(one.found, dict)), {})
            return Question("ResourceName", str(changed.get("NetworkInterfaceId", whole)))
        case _:  # of route table|destination, cluster|add-on, log group|filter the calls name the first
            return Question("ResourceName", whole)


def _changes(records: list[dict[str, Any]], ours: str) -> Iterator[Actor]:
    for record in records:
        reads, failed = record.get("readOnly", False), "errorCode" in record
        if not reads and not failed and not _issuer(record).startswith(ours):
            yield actor_of(record)


def _issuer(record: Mapping[str, Any]) -> str:
    """The role of a session; nothing of a user."""
    issuer: str = record.get("userIdentity", {}).get("sessionContext", {}).get("sessionIssuer", {}).get("arn", "")
    return issuer
