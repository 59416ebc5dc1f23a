"""The alert as on-call reads it at 3 a.m.: a subject that says it all, then who, what, and what to do now."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import msgspec

from holdfast.core.incident import DELETED, Incident
from holdfast.core.resource import Change
from holdfast.core.security_group import Rule

SUBJECT_LIMIT = 100
"""Characters, and ASCII only: SNS ("Publish", parameter Subject) refuses the rest."""
RUNBOOK = "docs/runbooks/{concern}.md"
_NOUN = {"AWS::EC2::SecurityGroup": "security group"}
_SEVERITY = {"restored": "warning", "contended": "critical", "needs human": "critical", "open": "info"}


class Alert(NamedTuple):
    """One publish: ``Subject``, the text for people, the same for AWS Chatbot, and what subscribers can filter by."""

    subject: str
    text: str
    chatbot: str
    attributes: dict[str, str]

    @property
    def message(self) -> str:
        """Body of a publish with ``MessageStructure: json``."""
        return json.dumps({"default": self.chatbot, "email": self.text})


def alert(incident: Incident) -> Alert:
    """The alert of one incident."""
    subject = _subject(f"[{incident.environment}] {incident.state}: {_thing(incident)}, {_headline(incident)}")
    text = "\n".join(map(_clean, _lines(incident)))
    return Alert(
        subject, text, _chatbot(subject, text), _attributes(incident.environment, incident.concern, incident.state)
    )


def digest(environment: str, incidents: Sequence[Incident]) -> Alert:
    """One alert for many: each incident of a storm on a line of its own."""
    subject = _subject(f"[{environment}] digest: {len(incidents)} more incidents in this minute")
    text = "\n".join(
        _clean(
            f"{incident.state}: {_thing(incident)} ({incident.physical_id}), {_headline(incident)}, "
            f"by {', '.join(actor.arn for actor in incident.actors) or 'nobody known'}, incident {incident.id}"
        )
        for incident in incidents
    )
    worst = "contended" if any(incident.state != "restored" for incident in incidents) else "restored"
    return Alert(subject, text, _chatbot(subject, text), _attributes(environment, "all", worst))


def _lines(incident: Incident) -> list[str]:
    lines = [
        f"{_thing(incident)} ({incident.physical_id}) of {incident.environment}: {incident.state}.",
        "",
        "What changed:",
        *(f"  {change}" for change in [*map(_spoken, incident.changes)] or [_reason(incident)]),
        "",
        "Who:",
        *(
            f"  {actor.arn} from {actor.source_address} with {actor.user_agent}, "
            f"{actor.event_name} at {_time(actor.at)} (event {actor.event_id})"
            for actor in incident.actors
        ),
    ]
    if not incident.actors:
        lines.append(f"  not known: {incident.noticed_by} told of it, CloudTrail did not")
    if incident.state == "contended":
        lines += ["", "It drifts again and again. All that took part: " + ", ".join(incident.principals)]
        lines.append("What widens access is still undone at once; the same drift is not told again.")
    if incident.restored_at:
        lines += ["", "Done: " + ("; ".join(incident.calls) or "nothing was left to do")]
        lines.append(f"Proof: read back at {_time(incident.restored_at)}, exactly as promised.")
        lines.append(f"Exposed for at most {incident.seconds_exposed:.1f} s (CloudTrail dates in whole seconds).")
    if incident.why:
        lines += ["", f"Why a person is needed: {incident.why}"]
    lines += ["", f"What to do now: {RUNBOOK.format(concern=incident.concern)}"]
    lines.append("If the change was meant: the same page says how to keep it.")
    lines.append(f"Incident {incident.id}")
    return lines


def _headline(incident: Incident) -> str:
    """``tcp/22 from 0.0.0.0/0, opened by alice``, and how many more changes there were."""
    if not incident.changes and DELETED not in incident.why:
        return _reason(incident)
    what = _spoken(incident.changes[0]) if incident.changes else "deleted"
    by = f" by {_short(incident.actors[0].arn)}" if incident.actors else ""
    more = f" (and {len(incident.changes) - 1} more)" if len(incident.changes) > 1 else ""
    return f"{what}{by}{more}"


def _reason(incident: Incident) -> str:
    """Where nothing differs: not what somebody did, but why a person is needed."""
    return incident.why.removeprefix(f"{incident.resource}: ").partition(". What to do: ")[0]


def _short(arn: str) -> str:
    """``alice``, ``root``, or role and session: a session's name alone could be anybody's."""
    return arn.rpartition(":")[2].removeprefix("user/").removeprefix("assumed-role/")


def _spoken(change: Change) -> str:
    """A change as on-call says it. In an incident, a rule is the JSON of one."""
    match change.promised, change.found:
        case None, {"Direction": _}:
            return f"{msgspec.convert(change.found, Rule)}, opened"
        case {"Direction": _}, None:
            return f"{msgspec.convert(change.promised, Rule)}, closed"
        case _:
            return str(change)


def _thing(incident: Incident) -> str:
    return f"{_NOUN.get(incident.kind, incident.kind)} {incident.resource.partition('/')[2]}"


def _subject(text: str) -> str:
    plain = "".join(sign if " " <= sign <= "~" else "?" for sign in text)
    return plain if len(plain) <= SUBJECT_LIMIT else plain[: SUBJECT_LIMIT - 3] + "..."


def _clean(line: str) -> str:
    """What callers can choose (a user agent, a session's name) must not write lines of its own into an alert."""
    return "".join(sign if sign.isprintable() else " " for sign in line)


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _chatbot(title: str, text: str) -> str:
    """AWS Chatbot's custom notification ("Custom notifications", Amazon Q Developer in chat applications)."""
    content = {"textType": "client-markdown", "title": title, "description": text}
    return json.dumps({"version": "1.0", "source": "custom", "content": content})


def _attributes(environment: str, concern: str, state: str) -> dict[str, str]:
    return {"environment": environment, "concern": concern, "state": state, "severity": _SEVERITY[state]}
