"""The alert as on-call reads it at 3 a.m.: nothing missing, nothing forged, nothing secret."""

import json
import re

import msgspec
import pytest

from holdfast.core.alert import SUBJECT_LIMIT, Alert, alert, digest
from holdfast.core.concerns.security_groups import SECURITY_GROUPS
from holdfast.core.event import CLOUDTRAIL, sighted
from holdfast.core.incident import DELETED, Actor, Incident, State
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
        opened=SECURITY_GROUPS.widens(drift),
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
    "where it stands in manifest and runbook": "security_groups/alb (sg-0123456789abcdef0) of atlas: restored.",
    "the verdict": "\nClosed again.\n",
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
    assert chatbot["content"]["title"] == told.subject
    assert chatbot["content"]["description"].replace("`", "") == told.text
    assert body["email"] == told.text


CLOSED: Drift = (Change(path="Rules", promised=tcp("ingress", 443, "::/0")),)
VERDICTS: dict[str, tuple[Incident, str]] = {
    "closed again": (RESTORED, "Closed again."),
    "put back": (_incident(CLOSED).proven(1767261608.6), "Put back."),
    "it holds, whoever mended it": (_incident(()).ended("needs human", "x").proven(1767261608.6), "It holds again."),
    "contended, closed": (_incident(state="contended").proven(1767261608.6), "Closed again for now."),
    "contended, open": (_incident(state="contended"), "MAY STILL BE OPEN. It drifts again and again: what opens"),
    "contended, closed by somebody": (_incident(CLOSED, state="contended"), "Not put back: nothing was opened"),
    "refused, open": (
        _incident().ended("needs human", "AWS refused"),
        "MAY STILL BE OPEN. Do step 1 of the runbook now.",
    ),
    "refused, nobody could look": (_incident(()).ended("needs human", "AWS refused"), "MAY STILL BE OPEN. Do step 1"),
    "refused, nothing opened": (
        _incident(CLOSED).ended("needs human", "AWS refused"),
        "Not put back: nothing was opened",
    ),
    "deleted": (_incident(()).ended("needs human", DELETED), "It is gone: nothing is open by it"),
}


@pytest.mark.parametrize(("incident", "verdict"), VERDICTS.values(), ids=VERDICTS)
def test_verdict_is_the_second_line(incident: Incident, verdict: str) -> None:
    assert alert(incident).text.splitlines()[1].startswith(verdict)


UNDATED = msgspec.structs.replace(ALICE, at=0.0)
EXPOSURES: dict[str, tuple[Incident, str]] = {
    "opened, and dated": (_incident(), "Exposed for at most 1.6 s"),
    "nothing opened": (_incident(CLOSED), "Stood for at most 1.6 s"),
    "nobody told who": (_incident(actors=()), "Exposed for an unknown time: when it was changed was not told."),
    "one of them is not dated": (
        _incident(actors=(ALICE, msgspec.structs.replace(UNDATED, event_id="another"))),
        "Exposed for an unknown time",
    ),
    "not dated": (_incident(CLOSED, actors=(UNDATED,)), "Stood for an unknown time"),
    "not dated, but seen to hold before": (
        msgspec.structs.replace(_incident(actors=()), held_at=1767261600.0),
        "for an unknown time, no longer than since 2026-01-01 10:00:00 UTC",
    ),
}


@pytest.mark.parametrize(("incident", "words"), EXPOSURES.values(), ids=EXPOSURES)
def test_exposure_is_told_as_far_as_it_is_known(incident: Incident, words: str) -> None:
    assert words in alert(incident.proven(1767261608.6)).text


def test_reason_is_told_once() -> None:
    text = alert(_incident(()).ended("needs human", "security_groups/alb: AWS refused: no. What to do: ask")).text
    assert text.count("AWS refused: no") == 1


STATES: dict[State, tuple[Incident, str, str]] = {
    "restored": (RESTORED, "warning", "exactly as promised"),
    "contended": (
        msgspec.structs.replace(_incident(state="contended"), principals=(ALICE.arn, "arn:of:our-role")),
        "critical",
        "All that took part: arn:aws:iam::123456789012:user/alice, arn:of:our-role",
    ),
    "needs human": (_incident().ended("needs human", "AWS refused"), "critical", "Why a person is needed: AWS refused"),
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


def test_a_proof_says_that_something_is_excepted() -> None:
    told = alert(RESTORED.proven(1767261608.6, excepting=True)).text
    assert "as promised, but for what is excepted." in told
    assert "exactly" not in told


def test_a_page_says_what_was_undone_before_a_person_was_needed() -> None:
    part = _incident().having_called(["RevokeSecurityGroupIngress"]).ended("needs human", "GroupName is another")
    assert "Done so far: RevokeSecurityGroupIngress" in alert(part).text
    assert "Done" not in alert(_incident().ended("needs human", "AWS refused")).text


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


def test_policy_of_a_role_is_told_by_its_name_and_not_by_its_text() -> None:
    written = {"PolicyName": "more", "PolicyDocument": {"Statement": [{"Action": "*", "Resource": "*"}]}}
    added, gone = (_incident((Change(path="Policies", **{side: written}),)) for side in ("found", "promised"))
    assert "inline policy more, added or rewritten by alice" in alert(added).subject
    assert "inline policy more, taken off or rewritten by alice" in alert(gone).subject


def test_nobody_known_is_said_and_through_whom_it_was_noticed() -> None:
    assert f"not known (yet): {CLOUDTRAIL} told of it" in alert(_incident(actors=())).text


def test_what_somebody_scheduled_for_deletion_says_until_when_it_would_have_stood() -> None:
    leaving = (Change(path="stands", promised=True, found="until 2026-12-26"),)
    subject = alert(_incident(leaving)).subject
    assert subject == "[atlas] restored: security group alb, to be deleted, stands until 2026-12-26 by alice"


def test_who_was_looked_up_is_told_as_such() -> None:
    looked_up = msgspec.structs.replace(_incident(), noticed_by="the sweep", looked_up=True)
    text = alert(looked_up).text
    assert ALICE.arn in text
    assert "no event told: the sweep found it, CloudTrail's history of its id names these" in text
    assert "no event told" not in alert(_incident()).text


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
    told = alert(_incident(()).ended("needs human", str(trouble)))
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
        said = json.loads(json.loads(told.message)["default"])["content"]["description"]
        assert len(said.splitlines()) == len(told.text.splitlines()), "a line of somebody else's"
        assert "<" not in said, "Slack would make a link or a mention of it"


MARKUP = {
    "a link": "<https://evil.example|the runbook>",
    "a bare link": "https://evil.example/runbook",
    "a mention": "<!channel>",
    "a mention by name": "@oncall",
    "a link in Teams": "[the runbook](https://evil.example)",
    "the end of the code": "x` <!channel> `y",
    "emphasis": "*restored*",
}


@pytest.mark.parametrize("words", MARKUP.values(), ids=MARKUP)
def test_chat_renders_nothing_of_what_callers_choose(words: str) -> None:
    """Whatever stands between two backticks is code, and Slack decodes the three entities there."""
    tag = Change(path="Tags.holdfast:name", promised="alb", found=words)
    hostile = _incident((tag,), (msgspec.structs.replace(ALICE, user_agent=words),))
    for incident in (hostile.proven(1767261608.6), hostile.ended("needs human", f"AWS refused: {words}")):
        for told in (alert(incident), digest("atlas", [incident])):
            content = json.loads(told.chatbot)["content"]
            for said in (content["title"], content["description"]):
                outside = "\n".join(line for line in said.splitlines() for line in line.split("`")[::2])
                assert not {"evil", "channel", "@oncall", "*"} & set(re.findall(r"@?\w+|\*", outside)), said
                assert "<" not in said
            assert not content["title"].count("`") % 2


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
    *lines, empty, runbook = told.text.splitlines()
    assert (empty, runbook) == ("", "What to do now: docs/runbooks/security_groups.md")
    for incident, line in zip(incidents, lines, strict=True):
        for word in (incident.id, incident.physical_id, ALICE.arn, "restored", "tcp/22 from 0.0.0.0/0"):
            assert word in line


def test_digest_is_as_severe_as_its_worst_and_begins_with_it() -> None:
    contended, refused = _incident(state="contended"), _incident().ended("needs human", "x")
    for incidents, worst, severity in (
        ([RESTORED], "restored", "warning"),
        ([RESTORED, contended], "contended", "critical"),
        ([RESTORED, contended, refused], "needs human", "critical"),
    ):
        told = digest("atlas", incidents)
        assert (told.attributes["state"], told.attributes["severity"]) == (worst, severity)
        assert told.text.startswith(f"{worst}: security_groups/alb (sg-0123456789abcdef0), ")


FLOOD = "🦊`<&>" * 1000


def test_digest_of_a_flood_can_be_published_and_says_how_many_more_there_were() -> None:
    """Publish takes 256 KB, and an incident that is not told is not seen."""
    tags = tuple(Change(path="Tags.holdfast:name", promised="alb", found=f"{n}{FLOOD}") for n in range(9))
    actors = tuple(msgspec.structs.replace(ALICE, arn=f"{ALICE.arn}{n}", event_id=f"{n}") for n in range(90))
    told = digest("atlas", [_incident(tags, actors)] * 500)
    assert len(told.message.encode()) < 100_000
    listed = sum(line.startswith("restored: ") for line in told.text.splitlines())
    assert listed > 9
    assert f"and {500 - listed} more, in the next digest" in told.text


def test_alert_of_a_flood_can_be_published() -> None:
    """What can be written down (``incident.FULL``) can be told."""
    tags = tuple(Change(path="Tags.holdfast:name", promised="alb", found=f"{n}{FLOOD}") for n in range(99))
    actors = tuple(msgspec.structs.replace(ALICE, user_agent=FLOOD, event_id=f"{n}") for n in range(99))
    told = alert(_incident(tags, actors).proven(1767261608.6))
    assert len(told.message.encode()) < 256 * 1024
    assert "and 69 more, all in the incident" in told.text


def test_no_secret_of_the_event_reaches_an_alert() -> None:
    secret = "hunter2"
    detail = {
        "userIdentity": {"arn": ALICE.arn, "accessKeyId": secret, "sessionContext": {"token": secret}},
        "requestParameters": {"groupId": "sg-12345678", "masterUserPassword": secret},
        "responseElements": {"credentials": secret},
        "additionalEventData": {"x": secret},
        "errorMessage": secret,
    }
    seen = sighted({"detail-type": CLOUDTRAIL, "detail": detail}, SECURITY_GROUPS)
    assert seen.actor is not None
    incident = _incident(actors=(seen.actor,))
    assert not [part for part in (*_parts(alert(incident)), *_parts(digest("atlas", [incident]))) if secret in part]
