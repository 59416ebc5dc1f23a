"""The alert as it arrives: raw and wrapped, for people and for machines; one for several who act at once.

What fails here is mended in layers/holdfast/holdfast/core/alert.py and functions/announce/app.py.
"""

import json
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from tests.support.bus import details, listening
from tests.support.cloud import Caller, Calls, Json
from tests.support.drifts import ANYWHERE, Hands, opened
from tests.support.environments import Environment
from tests.support.oncall import Alert, mailbox, subscribed
from tests.support.waiting import until


class Told(NamedTuple):
    """What came of one incident: raw to a queue, wrapped to another, as an event to a rule; and the incident itself."""

    raw: list[Alert]
    wrapped: list[Alert]
    events: list[Json]
    incident: Json
    calls: Calls


@pytest.fixture(scope="module")
def told(standing: Environment, alice: Caller, bob: Caller, mark: str) -> Iterator[Told]:
    """Alice and Bob open a port each of the same group, within a second."""
    application, group = standing.application, standing.groups["nodes"]
    topic, only = application.outputs["AlertsTopicArn"], json.dumps({"environment": [standing.name]})
    calls = Calls(application.parts["AnnounceFunction"])
    ours = {"source": ["holdfast"], "detail": {"environment": [standing.name], "physical_id": [group]}}
    with (
        mailbox(f"raw-{mark}", "sns.amazonaws.com", topic) as raw,
        mailbox(f"wrapped-{mark}", "sns.amazonaws.com", topic) as wrapped,
        subscribed(application, raw, FilterPolicy=only, RawMessageDelivery="true"),
        subscribed(application, wrapped, FilterPolicy=only),
        listening(f"incidents-{mark}", ours) as bus,
    ):
        opened("ingress", "tcp", (22, 22), ANYWHERE)(Hands(alice.client("ec2"), group, {}))
        opened("egress", "udp", (53, 53), ANYWHERE)(Hands(bob.client("ec2"), group, {}))
        until(
            "an alert to each queue and an event",
            lambda: (_about(group, raw.heard()), _about(group, wrapped.heard()), details(bus)),
            all,
            look=standing.diagnosis,
        )
        incident = [one for one in standing.incidents() if one["physical_id"] == group][-1]
        yield Told(raw.heard(), wrapped.heard(), details(bus), incident, calls)


def test_it_comes_once_in_the_schema_of_aws_chatbot(told: Told) -> None:
    (alert,) = _about(told.incident["id"], told.raw)
    body = json.loads(alert.body)
    assert (body["version"], body["source"], body["content"]["textType"]) == ("1.0", "custom", "client-markdown")
    assert alert.attributes["state"] == "restored"
    assert set(alert.attributes) >= {"environment", "concern", "state", "severity"}, "what subscribers filter by"


def test_it_is_one_publish_for_all_who_subscribe(told: Told) -> None:
    published = [one for one in told.calls.mentioning("security group nodes") if one["eventName"] == "Publish"]
    ours = [one["requestParameters"] for one in published if told.incident["environment"] in str(one)]
    assert [one["messageStructure"] for one in ours] == ["json"]


def test_wrapped_it_is_the_same_with_a_subject(told: Told) -> None:
    (envelope,) = [json.loads(alert.body) for alert in told.wrapped if told.incident["id"] in alert.body]
    assert (envelope["Type"], envelope["Message"]) == ("Notification", _about(told.incident["id"], told.raw)[0].body)
    assert envelope["MessageAttributes"]["state"]["Value"] == "restored"
    assert len(envelope["Subject"]) <= 100
    assert envelope["Subject"].startswith(f"[{told.incident['environment']}] restored: security group nodes, ")


def test_it_says_who_did_what_and_that_it_is_undone(told: Told, alice: Caller, bob: Caller) -> None:
    text = _about(told.incident["id"], told.raw)[0].text
    expected = (alice.arn, bob.arn, told.incident["physical_id"], "tcp/22 from 0.0.0.0/0", "udp/53 to 0.0.0.0/0")
    for word in (*expected, "127.0.0.1", "Proof", "Exposed for", "docs/runbooks/security_groups.md"):
        assert word in text, f"{word} is not in the alert:\n{text}"


def test_drifts_within_a_second_are_one_incident_of_all_who_made_them(told: Told, alice: Caller, bob: Caller) -> None:
    assert {actor["arn"] for actor in told.incident["actors"]} == {alice.arn, bob.arn}


def test_it_is_an_event_of_our_own_too(told: Told) -> None:
    (event,) = [event for event in told.events if event["id"] == told.incident["id"]]
    assert event["state"] == "restored"
    assert event["actors"] == told.incident["actors"]
    assert event["seconds_exposed"] > 0


def _about(word: str, seen: list[Alert]) -> list[Alert]:
    return [alert for alert in seen if word in alert.body]
