"""Who changed a resource, asked of CloudTrail's event history, where no event told of it.

"LookupEvents" (awscloudtrail/latest/APIReference/API_LookupEvents.html): one attribute a request, the newest first, two
requests a second in an account and Region. An event is there some minutes after the call ("Working with CloudTrail
event history", awscloudtrail/latest/userguide).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from holdfast.core.event import actor_of
from holdfast.core.incident import Actor, Incident

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient

LONGEST: Final = 24 * 3600
"""Seconds before the incident in which a change is looked for that nobody dated: sweeps come sooner than that."""
LATE: Final = 900
"""Seconds after which the history has what happened: "typically within an average of about 5 minutes"."""
PAGES: Final = 4
"""Of fifty events each: a key is named by more reads than anybody could page through."""


def who_changed(cloudtrail: "CloudTrailClient", incident: Incident, ours: str) -> tuple[Actor, ...]:
    """Who made calls that change the incident's resource, between the last time that it held and when it was found out.

    The oldest first. ``ours``: how the ARNs of our own roles begin, whose calls are no drift.
    """
    since = max(incident.held_at, incident.opened_at - LONGEST)
    pages = cloudtrail.get_paginator("lookup_events").paginate(
        LookupAttributes=[{"AttributeKey": "ResourceName", "AttributeValue": incident.physical_id}],
        StartTime=datetime.fromtimestamp(int(since), UTC),
        EndTime=datetime.fromtimestamp(int(incident.last_drift_at) + 1, UTC),
    )
    found = [json.loads(event["CloudTrailEvent"]) for page in islice(pages, PAGES) for event in page["Events"]]
    return tuple(reversed([*_changes(found, ours)]))


def _changes(records: list[dict[str, Any]], ours: str) -> Iterator[Actor]:
    for record in records:
        reads, failed = record.get("readOnly", False), "errorCode" in record
        if not reads and not failed and not _issuer(record).startswith(ours):
            yield actor_of(record)


def _issuer(record: Mapping[str, Any]) -> str:
    """The role of a session; nothing of a user."""
    issuer: str = record.get("userIdentity", {}).get("sessionContext", {}).get("sessionIssuer", {}).get("arn", "")
    return issuer
