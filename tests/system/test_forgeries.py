"""An event only says where to look: forged, malformed and stale ones do no harm, whoever they name.

Customers cannot send as `aws.ec2`; so batches are given to the restore function by root, as its queue would. What fails
here is mended in layers/holdfast/holdfast/core/event.py and layers/holdfast/holdfast/aws/restoring.py.
"""

import json
from itertools import batched
from typing import TYPE_CHECKING, Any, Final

import pytest

from tests.local.accounts import allowing
from tests.support.bus import BATCH, delivered
from tests.support.cloud import Caller, root
from tests.support.drifting import Broken, one_of_each
from tests.support.drifts import ANYWHERE, Hands, opened
from tests.support.environments import Environment, rules
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_sts import STSClient

CLOUDTRAIL: Final = "AWS API Call via CloudTrail"
CONFIG: Final = "Config Configuration Item Change"
STRANGE: Final = "\U0001f525\ud800\x00" + "x" * 100_000
"""An emoji, half a character, a null, and far too much: what a client may call itself."""


def call(**detail: Any) -> str:
    return json.dumps({"source": "aws.ec2", "detail-type": CLOUDTRAIL, "detail": detail})


MALFORMED: Final = {
    "nothing": "",
    "no JSON": "{",
    "null": "null",
    "a number": "7",
    "not a number": "NaN",
    "a list": "[[], {}, null]",
    "an empty object": "{}",
    "a number for a type": '{"detail-type": 7, "detail": 7}',
    "no detail": json.dumps({"detail-type": CLOUDTRAIL}),
    "null for a detail": json.dumps({"detail-type": CLOUDTRAIL, "detail": None}),
    "a list for a detail": json.dumps({"detail-type": CLOUDTRAIL, "detail": [1]}),
    "nulls everywhere": call(userIdentity=None, requestParameters=None, responseElements=None, eventTime=None),
    "other kinds everywhere": call(userIdentity=[7], requestParameters="sg-", responseElements=7, eventTime={}),
    "nulls for ids": call(requestParameters={"groupId": None, "items": [None, 7, {"groupId": []}]}),
    "what only looks like an id": call(
        requestParameters={"groupId": "sg-", "other": "sg-xyz", "more": "SG-0123456789"}
    ),
    "ids of nobody": call(requestParameters=[f"sg-{number:017x}" for number in range(200)]),
    "a picture of nothing": json.dumps({"detail-type": CONFIG, "detail": {"configurationItem": None}}),
    "a picture with nulls": json.dumps({"detail-type": CONFIG, "detail": {"configurationItem": {"resourceId": None}}}),
    "nested without end": '{"detail-type": "' + CLOUDTRAIL + '", "detail": {"requestParameters": ' + "[" * 100_000,
    "nested to an end": call(requestParameters="X").replace('"X"', "[" * 50_000 + "]" * 50_000),
    "huge": call(requestParameters={"groupName": "x" * 200_000}),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=[what.replace(" ", "-") for what in MALFORMED])
def test_a_malformed_event_is_dropped(body: str, standing: Environment) -> None:
    assert delivered(standing, "security_groups", [body]) == {"batchItemFailures": []}


@pytest.mark.parametrize(("concern", "drift"), one_of_each().items(), ids=one_of_each())
def test_malformed_events_keep_nobody_from_being_heard(concern: str, drift: Broken, standing: Environment) -> None:
    """Each concern's function drops what is malformed, and looks at its own resource, which holds."""
    before, physical = standing.incidents(), standing.record(drift.path)["physical"]
    ours = call(requestParameters=dict(physical), responseElements=dict(physical))
    for batch in batched([*MALFORMED.values(), ours, *MALFORMED.values()], BATCH, strict=False):
        assert delivered(standing, concern, batch) == {"batchItemFailures": []}
    assert standing.incidents() == before


def test_a_forged_event_about_a_group_that_holds_leads_to_nothing(standing: Environment) -> None:
    group = standing.groups["alb"]
    before, incidents = rules(group), standing.incidents()
    claim = {"groupId": group, "ipPermissions": {"items": [{"ipProtocol": "tcp", "fromPort": 22, "toPort": 22}]}}
    forged = call(
        eventName="RevokeSecurityGroupIngress",
        eventTime="2099-01-01T00:00:00Z",
        userIdentity={"type": "Root", "arn": root.arn},
        requestParameters=claim,
        responseElements={"rules": [{"groupId": group}] * 500},
    )
    picture = {"configurationItem": {"resourceId": group, "configurationItemCaptureTime": "2099-01-01T00:00:00Z"}}
    bodies = [forged, json.dumps({"detail-type": CONFIG, "detail": picture}), forged]
    assert delivered(standing, "security_groups", bodies) == {"batchItemFailures": []}
    assert (rules(group), standing.incidents()) == (before, incidents)


def test_a_caller_with_a_strange_name_keeps_no_drift_from_being_undone(standing: Environment, alice: Caller) -> None:
    group = standing.groups["control_plane"]
    before = rules(group)
    opened("ingress", "tcp", (22, 22), ANYWHERE)(Hands(alice.client("ec2"), group, {}))
    identity = {"type": "IAMUser", "arn": f"arn:aws:iam::000000000000:user/{STRANGE[:9]}"}
    strange = call(
        userIdentity=identity,
        userAgent=STRANGE,
        sourceIPAddress=STRANGE[:9],
        eventID=STRANGE[:9],
        eventName=STRANGE[:9],
        eventTime=STRANGE[:9],
        requestParameters={"groupId": group},
    )
    assert delivered(standing, "security_groups", [strange]) == {"batchItemFailures": []}
    until("the rules are back", lambda: rules(group), lambda seen: seen == before, look=standing.diagnosis)


def test_nobody_can_send_as_aws(alice: Caller) -> None:
    events: EventBridgeClient = root.client("events")
    forged: PutEventsRequestEntryTypeDef = {"Source": "aws.ec2", "DetailType": CLOUDTRAIL, "Detail": "{}"}
    assert events.put_events(Entries=[forged])["FailedEntryCount"] == 1


def test_a_session_by_the_name_of_our_function_is_not_taken_for_it(
    standing: Environment, mark: str, alice: Caller
) -> None:
    """Only a role's ARN says who calls; a session's name is what its caller likes."""
    iam: IAMClient = root.client("iam")
    trust = {"Effect": "Allow", "Principal": {"AWS": root.arn}, "Action": "sts:AssumeRole"}
    role = iam.create_role(
        RoleName=f"impostor-{mark}",
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )["Role"]["Arn"]
    iam.put_role_policy(
        RoleName=f"impostor-{mark}", PolicyName="may", PolicyDocument=allowing({"Action": "ec2:*", "Resource": "*"})
    )
    sts: STSClient = root.client("sts")
    session = sts.assume_role(RoleArn=role, RoleSessionName=standing.application.parts["RestoreSecurityGroupsFunction"])
    impostor = Caller(
        session["AssumedRoleUser"]["Arn"], {name: str(part) for name, part in session["Credentials"].items()}
    )
    group = standing.groups["file_system"]
    before = rules(group)
    opened("ingress", "tcp", (22, 22), ANYWHERE)(Hands(impostor.client("ec2"), group, {}))
    until("the rules are back", lambda: rules(group), lambda seen: seen == before, look=standing.diagnosis)
    until(
        "an incident that names the impostor",
        lambda: [
            actor["arn"] for one in standing.incidents() for actor in one["actors"] if one["physical_id"] == group
        ],
        lambda seen: impostor.arn in seen,
        look=standing.diagnosis,
    )
    iam.delete_role_policy(RoleName=f"impostor-{mark}", PolicyName="may")
    iam.delete_role(RoleName=f"impostor-{mark}")
