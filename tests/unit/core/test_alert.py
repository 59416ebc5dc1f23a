"""The alert as on-call reads it at 3 a.m.: nothing missing, nothing forged, nothing secret."""

import json

import msgspec
import pytest

from holdfast.core.alert import SUBJECT_LIMIT, Alert, alert, digest
from holdfast.core.concern import SECURITY_GROUPS
from holdfast.core.event import CLOUDTRAIL, sighted
from holdfast.core.incident import Actor, Incident, State
from holdfast.core.resource import Change, Drift
from holdfast.core.security_group import tcp
from holdfast.core.trouble import NeedsHuman
from tests.support.guarded import SSH, Guarded

ALICE = Actor(
    arn="arn:aws:iam::123456789012:user/alice",
    source_address="203.0.113.7",
    user_agent="aws-cli/2.31",
    event_id="6f1a-77",
    event_name="AuthorizeSecurityGroupIngress",
    at=1767261607.0,
)
OPENED: Drift = (Change(path="Rules", found=SSH),)
NASTY = {
    "emoji": "zoë🦊👩‍💻",
    "HTML": '<img src=x onerror="alert(1)">&amp;',
    "a line of its own": "x\nIncident 0000\r\nWhat to do now: call 555",
    "a link": "<https://evil.example|runbook>",
    "text that runs backwards": "\u202egnp.exe",
    "nothing": "",
    "a very long name": "x" * 5000,
}


def _incident(drift: Drift = OPENED, actors: tuple[Actor, ...] = (ALICE,), state: State = "restored") -> Incident:
    opened = Incident(
        id="20260101T100008.100-0a1b2c3d",
        environment="atlas",
        resource="security_groups/alb",
        kind="AWS::EC2::SecurityGroup",
        physical_id="sg-0123456789abcdef0",
        concern="security_groups",
        noticed_by=CLOUDTRAIL,
        opened_at=1767261608.1,
    )
    taken = opened.taking_in(drift, actors, 1767261608.1)
    return msgspec.structs.replace(taken, state=state)


RESTORED = _incident().having_called(["RevokeSecurityGroupIngress tcp/22 from 0.0.0.0/0"]).proven(1767261608.6)


def _parts(told: Alert) -> list[str]:
    """All that reaches a person, whichever way."""
    body = json.loads(told.message)
    return [told.subject, told.text, body["email"], body["default"]]


def test_subject_says_it_all() -> None:
    assert alert(RESTORED).subject == ("[atlas] restored: security group alb, tcp/22 from 0.0.0.0/0, opened by alice")


BODY = {
    "who": "arn:aws:iam::123456789012:user/alice",
    "from where": "203.0.113.7",
    "with what": "aws-cli/2.31",
    "which event": "6f1a-77",
    "which call": "AuthorizeSecurityGroupIngress",
    "when": "2026-01-01 10:00:07 UTC",
    "which resource": "sg-0123456789abcdef0",
    "what changed": "tcp/22 from 0.0.0.0/0, opened",
    "what was done": "Done: RevokeSecurityGroupIngress tcp/22 from 0.0.0.0/0",
    "the proof": "Proof: read back at 2026-01-01 10:00:08 UTC, exactly as promised.",
    "for how long": "Exposed for at most 1.6 s",
    "what to do now": "docs/runbooks/security_groups.md",
    "how to keep it": "the same page says how to keep it",
    "which incident": "Incident 20260101T100008.100-0a1b2c3d",
    "its state as a word": ": restored.",
}


@pytest.mark.parametrize("word", BODY.values(), ids=BODY)
def test_body_says(word: str) -> None:
    assert word in alert(RESTORED).text


def test_both_ways_of_reading_carry_the_same() -> None:
    told = alert(RESTORED)
    body = json.loads(told.message)
    chatbot = json.loads(body["default"])
    assert (chatbot["version"], chatbot["source"]) == ("1.0", "custom")
    assert (chatbot["content"]["title"], chatbot["content"]["description"]) == (told.subject, told.text)
    assert body["email"] == told.text


STATES: dict[State, tuple[Incident, str, str]] = {
    "restored": (RESTORED, "warning", "exactly as promised"),
    "contended": (
        msgspec.structs.replace(_incident(state="contended"), principals=(ALICE.arn, "arn:of:our-role")),
        "critical",
        "All that took part: arn:aws:iam::123456789012:user/alice, arn:of:our-role",
    ),
    "needs human": (_incident().escalated("AWS refused"), "critical", "Why a person is needed: AWS refused"),
}


@pytest.mark.parametrize(("state", "row"), STATES.items(), ids=STATES)
def test_state_is_a_word_everywhere_and_can_be_filtered_by(state: str, row: tuple[Incident, str, str]) -> None:
    incident, severity, said = row
    told = alert(incident)
    assert told.attributes == {
        "environment": "atlas",
        "concern": "security_groups",
        "state": state,
        "severity": severity,
    }
    assert told.subject.startswith(f"[atlas] {state}: ")
    assert said in told.text


@pytest.mark.parametrize("state", ["contended", "needs human"])
def test_what_is_not_proven_is_not_said_to_be(state: State) -> None:
    text = alert(_incident(state=state)).text
    for word in ("Proof", "Done", "Exposed"):
        assert word not in text


HEADLINES: dict[str, tuple[Incident, str]] = {
    "a rule that was taken away": (
        _incident((Change(path="Rules", promised=tcp("ingress", 443, "::/0")),)),
        "tcp/443 from ::/0, closed by alice",
    ),
    "more than one": (_incident((*OPENED, Change(path="Rules", found=tcp("egress", 25, "::/0")))), "(and 1 more)"),
    "a tag": (
        _incident((Change(path="Tags.holdfast:name", promised="alb"),)),
        "Tags.holdfast:name: alb is missing by alice",
    ),
    "by a role: its session's name could be anybody's": (
        _incident(actors=(msgspec.structs.replace(ALICE, arn="arn:aws:sts::1:assumed-role/ops/alice"),)),
        "opened by ops/alice",
    ),
    "by root": (_incident(actors=(msgspec.structs.replace(ALICE, arn="arn:aws:iam::1:root"),)), "opened by root"),
    "by nobody known": (_incident(actors=()), "tcp/22 from 0.0.0.0/0, opened"),
}


@pytest.mark.parametrize(("incident", "words"), HEADLINES.values(), ids=HEADLINES)
def test_headline(incident: Incident, words: str) -> None:
    assert words in alert(incident).subject


def test_nobody_known_is_said_and_through_whom_it_was_noticed() -> None:
    assert f"not known: {CLOUDTRAIL} told of it" in alert(_incident(actors=())).text


def test_deleted_resource_is_said_to_be_deleted() -> None:
    guarded = Guarded()
    del guarded.cloud.things[guarded.group]
    incident = guarded.hold(ALICE)
    assert incident is not None
    told = alert(incident)
    assert told.subject == "[atlas] needs human: security group alb, deleted by alice"
    assert "it was deleted, and only a build may create" in told.text


def test_broken_promise_is_said_to_be_that_and_nobodys_deletion() -> None:
    trouble = NeedsHuman("security_groups/alb", "its promise breaks a guarantee: tcp/22", "find out who wrote it")
    told = alert(_incident(()).escalated(str(trouble)))
    assert told.subject == "[atlas] needs human: security group alb, its promise breaks a guarantee: tcp/22"
    assert "deleted" not in told.text
    assert "What to do: find out who wrote it" in told.text


@pytest.mark.parametrize("name", NASTY.values(), ids=NASTY)
def test_names_that_callers_choose_do_no_harm(name: str) -> None:
    """SNS refuses a subject that is longer or no ASCII ("Publish"), and an alert that is refused is never read."""
    nasty = msgspec.structs.replace(ALICE, arn=f"arn:aws:sts::1:assumed-role/r/{name}", user_agent=name)
    for told in (alert(_incident(actors=(nasty,))), digest("atlas", [_incident(actors=(nasty,))] * 3)):
        assert 0 < len(told.subject) <= SUBJECT_LIMIT
        assert told.subject.isascii()
        assert told.subject.isprintable()
        assert not [
            line for line in told.text.splitlines() if line.startswith(("Incident 0000", "What to do now: call"))
        ]
        assert json.loads(json.loads(told.message)["default"])["content"]["description"] == told.text


def test_what_is_not_hidden_is_not_changed() -> None:
    told = alert(_incident(actors=(msgspec.structs.replace(ALICE, user_agent='<b>"zoë🦊"</b>'),)))
    assert 'with <b>"zoë🦊"</b>,' in told.text, "the text is plain: what stands in it is what was sent"


def test_digest_lists_each() -> None:
    incidents = [
        msgspec.structs.replace(RESTORED, id=f"incident-{number}", physical_id=f"sg-{number:08x}")
        for number in range(30)
    ]
    told = digest("atlas", incidents)
    assert told.subject == "[atlas] digest: 30 more incidents in this minute"
    lines = told.text.splitlines()
    assert len(lines) == 30
    for incident, line in zip(incidents, lines, strict=True):
        for word in (incident.id, incident.physical_id, ALICE.arn, "restored", "tcp/22 from 0.0.0.0/0"):
            assert word in line


def test_digest_is_as_severe_as_its_worst() -> None:
    assert digest("atlas", [RESTORED]).attributes["severity"] == "warning"
    assert digest("atlas", [RESTORED, _incident().escalated("x")]).attributes["severity"] == "critical"


def test_no_secret_of_the_event_reaches_an_alert() -> None:
    secret = "hunter2"
    detail = {
        "userIdentity": {"arn": ALICE.arn, "accessKeyId": secret, "sessionContext": {"token": secret}},
        "requestParameters": {"groupId": "sg-12345678", "masterUserPassword": secret},
        "responseElements": {"credentials": secret},
        "additionalEventData": {"x": secret},
        "errorMessage": secret,
    }
    seen = sighted({"detail-type": CLOUDTRAIL, "detail": detail}, SECURITY_GROUPS.looks_like)
    assert seen.actor is not None
    incident = _incident(actors=(seen.actor,))
    assert not [part for part in (*_parts(alert(incident)), *_parts(digest("atlas", [incident]))) if secret in part]
