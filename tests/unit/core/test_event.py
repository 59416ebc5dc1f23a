"""What events say of where to look: whatever they are made of, they lead to ids or to nothing, and never to harm."""

import json
from pathlib import Path
from typing import Any, Final

import pytest

from holdfast.core.concerns.autoscaling import AUTOSCALING
from holdfast.core.concerns.encryption import ENCRYPTION
from holdfast.core.concerns.exposure import EXPOSURE
from holdfast.core.concerns.identity import IDENTITY
from holdfast.core.concerns.security_groups import SECURITY_GROUPS
from holdfast.core.event import CLOUDTRAIL, CONFIG, MOST_IDS, Sighted, sighted
from holdfast.core.incident import Actor
from holdfast.core.reading import LONGEST

GROUP, OTHER = "sg-0123456789abcdef0", "sg-12345678"


def _seen(event: object) -> Sighted:
    return sighted(event, SECURITY_GROUPS)


def _called(**detail: object) -> dict[str, object]:
    call = {"eventSource": "ec2.amazonaws.com", "eventName": "CreateTags"}
    return {"detail-type": CLOUDTRAIL, "detail": call | detail}


def _pictured(item: object) -> dict[str, object]:
    return {"detail-type": CONFIG, "detail": {"configurationItem": item}}


AUTHORIZED = _called(
    eventID="6f1a",
    eventName="AuthorizeSecurityGroupIngress",
    eventTime="2026-01-01T10:00:07Z",
    sourceIPAddress="203.0.113.7",
    userAgent="aws-cli/2.31",
    userIdentity={"type": "IAMUser", "arn": "arn:aws:iam::123456789012:user/alice"},
    requestParameters={"groupId": GROUP, "ipPermissions": {"items": [{"fromPort": 22, "groups": {}}]}},
    responseElements={"_return": True, "securityGroupRuleSet": {"items": [{"groupId": GROUP}]}},
)


def test_call_leads_to_its_ids_and_says_who() -> None:
    assert _seen(AUTHORIZED) == Sighted(
        frozenset({GROUP}),
        CLOUDTRAIL,
        Actor(
            arn="arn:aws:iam::123456789012:user/alice",
            source_address="203.0.113.7",
            user_agent="aws-cli/2.31",
            event_id="6f1a",
            event_name="AuthorizeSecurityGroupIngress",
            at=1767261607.0,
        ),
        kinds=frozenset({"AWS::EC2::SecurityGroup"}),
    )


IDS: dict[str, tuple[object, set[str]]] = {
    "CloudTrail: in the request": (_called(requestParameters={"groupId": GROUP}), {GROUP}),
    "CloudTrail: only in the answer (a group named by its name)": (
        _called(requestParameters={"groupName": "g"}, responseElements={"rules": [{"groupId": GROUP}]}),
        {GROUP},
    ),
    "CloudTrail: no request parameters": (
        _called(requestParameters=None, responseElements={"groupId": GROUP}),
        {GROUP},
    ),
    "CloudTrail: neither": (_called(requestParameters=None, responseElements=None), set()),
    "CloudTrail: several, of tags": (
        _called(requestParameters={"resourcesSet": {"items": [{"resourceId": GROUP}, {"resourceId": OTHER}]}}),
        {GROUP, OTHER},
    ),
    "CloudTrail: in depth": (_called(requestParameters=[[[{"a": [{"b": {"c": GROUP}}]}]]]), {GROUP}),
    "CloudTrail: an id elsewhere is nobody's": (_called(userAgent=GROUP, additionalEventData={"id": GROUP}), set()),
    "CloudTrail: an id inside a word": (_called(requestParameters={"description": f"like {GROUP}"}), set()),
    "CloudTrail: ids of other kinds": (_called(requestParameters={"vpcId": "vpc-12345678"}), set()),
    "CloudTrail: capitals are no id": (_called(requestParameters={"groupId": GROUP.upper()}), set()),
    "CloudTrail: a line's end": (_called(requestParameters={"groupId": GROUP + "\n"}), set()),
    "CloudTrail: a key is no value": (_called(requestParameters={GROUP: None}), set()),
    "Config: the resource": (_pictured({"resourceId": GROUP, "resourceType": "AWS::EC2::SecurityGroup"}), {GROUP}),
    "Config: what it relates to is not what changed": (
        _pictured(
            {"resourceId": OTHER, "resourceType": "AWS::EC2::SecurityGroup", "relationships": [{"resourceId": GROUP}]}
        ),
        {OTHER},
    ),
    "a kind that nobody knows": ({"detail-type": "EC2 Instance State-change", "detail": {"id": GROUP}}, set()),
}


@pytest.mark.parametrize(("event", "ids"), IDS.values(), ids=IDS)
def test_ids(event: object, ids: set[str]) -> None:
    assert _seen(event).ids == ids


def test_a_name_of_dns_is_known_however_it_is_written() -> None:
    named = {"changeBatch": {"changes": [{"resourceRecordSet": {"name": "Atlas.Example.COM.", "type": "A"}}]}}
    event = _called(eventSource="route53.amazonaws.com", eventName="ChangeResourceRecordSets", requestParameters=named)
    assert "atlas.example.com" in sighted(event, EXPOSURE).ids


def test_an_arn_leads_to_all_that_it_names() -> None:
    """An access entry's to its cluster and its role; a function's to it, whatever alias or version it ends in."""
    entry = "arn:aws:eks:eu-west-1:123456789012:access-entry/atlas/role/123456789012/atlas-kubernetes/5cc1"
    function = "arn:aws:lambda:eu-west-1:123456789012:function:atlas-api:live"
    named = {"resourceArn": entry, "functionArn": function}
    event = _called(eventSource="eks.amazonaws.com", eventName="UpdateClusterConfig", requestParameters=named)
    assert _seen(event).ids >= {"atlas", "atlas-kubernetes", "atlas-api"}


@pytest.mark.parametrize(
    "written",
    [
        "atlas-api",
        "atlas-api:live",
        "atlas-api:$LATEST",
        "function:atlas-api",
        "123456789012:function:atlas-api",
        "123456789012:function:atlas-api:1",
        "123456789012:atlas-api",
        "eu-west-1:123456789012:function:atlas-api",
        "arn:aws:lambda:eu-west-1:123456789012:atlas-api:live",
    ],
)
def test_a_function_is_known_however_it_is_written(written: str) -> None:
    named = {"functionName": written}
    event = _called(
        eventSource="lambda.amazonaws.com", eventName="UpdateFunctionCode20150331v2", requestParameters=named
    )
    assert "atlas-api" in sighted(event, IDENTITY).ids


MALFORMED: dict[str, object] = {
    "null": None,
    "a number": 7,
    "a list": [AUTHORIZED],
    "a string": "detail-type",
    "empty": {},
    "no detail": {"detail-type": CLOUDTRAIL},
    "detail is null": {"detail-type": CLOUDTRAIL, "detail": None},
    "detail is a list": {"detail-type": CLOUDTRAIL, "detail": [1]},
    "detail is text": {"detail-type": CONFIG, "detail": json.dumps(AUTHORIZED)},
    "kind is null": {"detail-type": None, "detail": {}},
    "kind is a list": {"detail-type": [CLOUDTRAIL], "detail": {"requestParameters": {"groupId": GROUP}}},
    "everything is null": _called(**dict.fromkeys(["eventID", "eventTime", "userIdentity", "requestParameters"])),
    "everything is a number": _called(**dict.fromkeys(["eventID", "eventTime", "userIdentity", "sourceIPAddress"], 7)),
    "time that is none": _called(eventTime="yesterday"),
    "time before there was any": _called(eventTime="0001-01-01"),
    "time beyond all": _called(eventTime="9999-12-31T23:59:59-23:59"),
    "item is null": _pictured(None),
    "item is a list": _pictured([GROUP]),
    "item without an id": _pictured({"configurationItemCaptureTime": "2026-01-01T10:00:07Z"}),
    "ids are a number": {"detail-type": "Holdfast Look Again", "detail": {"ids": 7}},
    "half a surrogate": _called(requestParameters={"groupId": "sg-\ud83d"}),
}


@pytest.mark.parametrize("event", MALFORMED.values(), ids=MALFORMED)
def test_malformed_event_leads_nowhere_and_does_no_harm(event: object) -> None:
    assert _seen(event).ids == frozenset()


def test_unknown_actor_is_said_to_be_unknown() -> None:
    assert _seen(_called()).actor == Actor(arn="unknown", event_name="CreateTags")


def test_service_that_acts_is_named() -> None:
    seen = _seen(_called(userIdentity={"type": "AWSService", "invokedBy": "autoscaling.amazonaws.com"}))
    assert seen.actor is not None
    assert seen.actor.arn == "autoscaling.amazonaws.com"


def test_picture_says_when_it_was_taken_and_a_call_does_not() -> None:
    item = {"resourceId": GROUP, "configurationItemCaptureTime": "2026-01-01T10:00:07.5Z"}
    assert _seen(_pictured(item)).captured_at == 1767261607.5
    assert _seen(AUTHORIZED).captured_at == 0.0


def test_event_nested_deeper_than_python_recurses_is_read() -> None:
    value: Any = GROUP
    for _ in range(100_000):
        value = [value]
    assert _seen(_called(requestParameters=value)).ids == {GROUP}


def test_huge_event_is_read_and_what_it_tells_of_its_actor_is_cut() -> None:
    seen = _seen(_called(requestParameters={"items": [GROUP, "x" * 200_000] * 1000}, userAgent="😈" * 200_000))
    assert seen.ids == {GROUP}
    assert seen.actor is not None
    assert seen.actor.user_agent == "😈" * LONGEST, "what is kept must fit into an item of the incidents table"


PADDING: Final = [f"theirs-{number}" for number in range(MOST_IDS + 10)]
PADDED: dict[str, tuple[str, str, dict[str, object], str]] = {
    "a bucket, after a policy that names many": (
        "s3.amazonaws.com",
        "PutBucketPolicy",
        {"bucketPolicy": {"Statement": [{"Principal": {"AWS": PADDING}}]}, "bucketName": "atlas-data"},
        "atlas-data",
    ),
    "an Auto Scaling group, after tags": (
        "autoscaling.amazonaws.com",
        "UpdateAutoScalingGroup",
        {"tags": [{"key": one} for one in PADDING], "autoScalingGroupName": "eks-atlas"},
        "eks-atlas",
    ),
}


@pytest.mark.parametrize(("source", "name", "named", "ours"), PADDED.values(), ids=PADDED)
def test_what_a_call_is_about_is_not_hidden_by_what_else_it_names(
    source: str, name: str, named: dict[str, object], ours: str
) -> None:
    call = _called(eventSource=source, eventName=name, requestParameters=named)
    led = [concern.name for concern in (AUTOSCALING, ENCRYPTION, EXPOSURE) if ours in sighted(call, concern).ids]
    assert led, "padding keeps the event path blind until the next sweep"


def test_an_event_asks_the_manifest_no_more_than_so_often() -> None:
    many = [f"sg-{number:08x}" for number in range(10 * MOST_IDS)]
    assert len(_seen(_called(requestParameters={"groups": many})).ids) == MOST_IDS


def test_an_accounts_number_is_no_name() -> None:
    event = _called(
        eventSource="s3.amazonaws.com", eventName="PutBucketPolicy", requestParameters={"a": "123456789012", "b": "c-1"}
    )
    assert "123456789012" not in sighted(event, ENCRYPTION).ids


def test_emoji_and_other_scripts_survive() -> None:
    seen = _seen(_called(userIdentity={"arn": "arn:aws:sts::1:assumed-role/r/zoë🦊"}, sourceIPAddress="例え"))
    assert seen.actor is not None
    assert (seen.actor.arn, seen.actor.source_address) == ("arn:aws:sts::1:assumed-role/r/zoë🦊", "例え")


@pytest.mark.parametrize(
    "path", sorted(Path(__file__).parents[3].joinpath("events").glob("*.json")), ids=lambda p: p.name
)
def test_committed_events_can_be_read(path: Path) -> None:
    _seen(json.loads(path.read_text()))
