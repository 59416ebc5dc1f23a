"""Whom CloudTrail's history names: who changed it in time, and neither who only read it nor ourselves."""

import json
from datetime import UTC, datetime
from typing import Any, Final

from botocore.stub import Stubber

from holdfast.aws.clients import Clients
from holdfast.aws.history import LONGEST, who_changed
from holdfast.core.incident import Incident

OURS: Final = "arn:aws:iam::123456789012:role/holdfast-"
OPENED_AT: Final = 1_767_261_608.5
INCIDENT: Final = Incident(
    id="1",
    environment="atlas",
    resource="security_groups/alb",
    kind="AWS::EC2::SecurityGroup",
    physical_id="sg-1",
    concern="security_groups",
    opened_at=OPENED_AT,
    last_drift_at=OPENED_AT,
)


def _event(name: str, identity: dict[str, Any], **more: Any) -> dict[str, Any]:
    record = {
        "eventID": f"{name} of {identity['arn']}",
        "eventName": name,
        "eventTime": "2026-01-01T10:00:07Z",
        "readOnly": False,
        "sourceIPAddress": "203.0.113.7",
        "userAgent": "aws-cli/2",
        "userIdentity": identity,
    }
    return {"CloudTrailEvent": json.dumps(record | more)}


def _session(role: str) -> dict[str, Any]:
    issuer = {"arn": f"arn:aws:iam::123456789012:role/{role}"}
    return {
        "arn": f"arn:aws:sts::123456789012:assumed-role/{role}/me",
        "sessionContext": {"sessionIssuer": issuer},
    }


ALICE: Final = {"arn": "arn:aws:iam::123456789012:user/alice"}
EVENTS: Final = [
    _event("RevokeSecurityGroupIngress", _session("holdfast-RestoreSecurityGroupsRole-1")),
    _event("AuthorizeSecurityGroupIngress", _session("admins")),
    _event("DescribeSecurityGroups", ALICE, readOnly=True),
    _event("AuthorizeSecurityGroupEgress", ALICE, errorCode="Client.UnauthorizedOperation"),
    _event("AuthorizeSecurityGroupIngress", ALICE),
]
"""Newest first, as LookupEvents answers."""


def _asked(incident: Incident, since: float) -> list[str]:
    cloudtrail = Clients().cloudtrail
    request = {
        "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": "sg-1"}],
        "StartTime": datetime.fromtimestamp(int(since), UTC),
        "EndTime": datetime.fromtimestamp(int(OPENED_AT) + 1, UTC),
    }
    with Stubber(cloudtrail) as stubber:
        stubber.add_response("lookup_events", {"Events": EVENTS[:2], "NextToken": "more"}, request)
        stubber.add_response("lookup_events", {"Events": EVENTS[2:]}, request | {"NextToken": "more"})
        return [f"{one.event_name} by {one.arn.rpartition('/')[2]}" for one in who_changed(cloudtrail, incident, OURS)]


def test_who_changed_it_is_named_and_nobody_else(clients: Clients) -> None:
    assert _asked(INCIDENT, OPENED_AT - LONGEST) == [
        "AuthorizeSecurityGroupIngress by alice",
        "AuthorizeSecurityGroupIngress by me",
    ]


def test_only_what_came_after_it_last_held_counts(clients: Clients) -> None:
    held_at = OPENED_AT - 60
    held = Incident(**{name: getattr(INCIDENT, name) for name in Incident.__struct_fields__} | {"held_at": held_at})
    assert _asked(held, held_at)
