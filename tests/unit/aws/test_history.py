"""Whom CloudTrail's history names: who changed it in time, and neither who only read it nor ourselves."""

import json
from datetime import UTC, datetime
from typing import Any, Final

import msgspec
import pytest
from botocore.stub import Stubber

from holdfast.aws.clients import Clients
from holdfast.aws.history import LONGEST, who_changed
from holdfast.core.incident import Incident
from holdfast.core.resource import Change

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


def _asked(clients: Clients, incident: Incident, since: float) -> list[str]:
    cloudtrail = clients.cloudtrail
    request = {
        "LookupAttributes": [{"AttributeKey": "ResourceName", "AttributeValue": "sg-1"}],
        "StartTime": datetime.fromtimestamp(int(since), UTC),
        "EndTime": datetime.fromtimestamp(int(OPENED_AT) + 1, UTC),
    }
    with Stubber(cloudtrail) as stubber:
        stubber.add_response("lookup_events", {"Events": EVENTS[:2], "NextToken": "more"}, request)
        stubber.add_response("lookup_events", {"Events": EVENTS[2:]}, request | {"NextToken": "more"})
        return [f"{one.event_name} by {one.arn.rpartition('/')[2]}" for one in who_changed(clients, incident, OURS)]


def test_who_changed_it_is_named_and_nobody_else(clients: Clients) -> None:
    assert _asked(clients, INCIDENT, OPENED_AT - LONGEST) == [
        "AuthorizeSecurityGroupIngress by alice",
        "AuthorizeSecurityGroupIngress by me",
    ]


def test_only_what_came_after_it_last_held_counts(clients: Clients) -> None:
    held_at = OPENED_AT - 60
    held = Incident(**{name: getattr(INCIDENT, name) for name in Incident.__struct_fields__} | {"held_at": held_at})
    assert _asked(clients, held, held_at)


@pytest.mark.parametrize(
    ("kind", "physical_id", "region", "asked"),
    [
        ("AWS::IAM::Role", "atlas-nodes", "us-east-1", "ResourceName=atlas-nodes"),
        ("AWS::Route53::RecordSet", "app.example.com", "us-east-1", "EventName=ChangeResourceRecordSets"),
        ("AWS::EC2::Route", "rtb-1|0.0.0.0/0", "eu-west-1", "ResourceName=rtb-1"),
        ("AWS::EC2::VPCGatewayAttachment", "IGW|vpc-1", "eu-west-1", "ResourceName=vpc-1"),
        ("AWS::EKS::Addon", "atlas|vpc-cni", "eu-west-1", "ResourceName=atlas"),
        ("AWS::Logs::SubscriptionFilter", "/aws/eks/a/cluster|ours", "eu-west-1", "ResourceName=/aws/eks/a/cluster"),
    ],
)
def test_cloudtrail_is_asked_where_and_by_what_it_knows(
    clients: Clients, kind: str, physical_id: str, region: str, asked: str
) -> None:
    """A Stubber refuses a request that is not the one; a client of another Region is not stubbed, and has no answer."""
    incident = msgspec.structs.replace(INCIDENT, kind=kind, physical_id=physical_id)
    key, _, value = asked.partition("=")
    request = {
        "LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}],
        "StartTime": datetime.fromtimestamp(int(OPENED_AT - LONGEST), UTC),
        "EndTime": datetime.fromtimestamp(int(OPENED_AT) + 1, UTC),
    }
    (history,) = (one for one in (clients.cloudtrail, clients.cloudtrail_abroad) if one.meta.region_name == region)
    with Stubber(history) as stubber:
        stubber.add_response("lookup_events", {"Events": []}, request)
        who_changed(clients, incident, OURS)
        stubber.assert_no_pending_responses()


def test_of_the_changes_of_a_zone_only_those_of_the_record_count(clients: Clients) -> None:
    incident = msgspec.structs.replace(INCIDENT, kind="AWS::Route53::RecordSet", physical_id="app.example.com")
    others = _event("ChangeResourceRecordSets", ALICE, requestParameters={"name": "www.example.com."})
    bob = {"arn": "arn:aws:iam::123456789012:user/bob"}
    this = _event("ChangeResourceRecordSets", bob, requestParameters={"name": "App.example.com."})
    with Stubber(clients.cloudtrail_abroad) as stubber:
        stubber.add_response("lookup_events", {"Events": [others, this]})
        assert [one.arn for one in who_changed(clients, incident, OURS)] == [bob["arn"]]


def test_who_hung_a_group_on_a_node_named_its_interface(clients: Clients) -> None:
    """Who scales the nodes names their Auto Scaling group, which is what the incident is of."""
    found = {"NetworkInterfaceId": "eni-1", "SecurityGroupIds": ["sg-1"]}
    incident = msgspec.structs.replace(
        INCIDENT,
        kind="AWS::EC2::Instance",
        physical_id="eks-atlas-general",
        changes=(Change(path="DifferingInterfaces", found=found),),
    )
    asked: list[object] = []
    with Stubber(clients.cloudtrail) as stubber:
        clients.cloudtrail.meta.events.register(
            "provide-client-params.cloudtrail.LookupEvents",
            lambda params, **_: asked.extend(params["LookupAttributes"]),
        )
        stubber.add_response("lookup_events", {"Events": []})
        who_changed(clients, incident, OURS)
    assert asked == [{"AttributeKey": "ResourceName", "AttributeValue": "eni-1"}]


def test_of_an_object_in_a_cluster_cloudtrail_is_not_asked(clients: Clients) -> None:
    """Its own API is not AWS's. A Stubber refuses what it was told nothing of."""
    incident = msgspec.structs.replace(INCIDENT, kind="Kubernetes::Role", physical_id="atlas/Role/kube-system/x")
    with Stubber(clients.cloudtrail), Stubber(clients.cloudtrail_abroad):
        assert who_changed(clients, incident, OURS) == ()
