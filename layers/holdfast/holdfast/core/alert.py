"""The alert as on-call reads it at 3 a.m.: a subject that says it all, then the verdict, what, who, and what to do now.

Rests on "Publish" (SNS API reference) and "Custom notifications using Amazon Q Developer in chat applications"
(chatbot/latest/adminguide/custom-notifs.html). Emails are plain text; a chat renders markdown (see ``wording``).
"""

import json
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from holdfast.core.breaker import LONGEST_PAUSE
from holdfast.core.incident import DELETED, Actor, Incident, time
from holdfast.core.wording import Words, clean, cut, headline, in_a_title, in_chat, some, spoken, thing

SUBJECT_LIMIT = 100
"""Characters, and ASCII only: SNS ("Publish", parameter Subject) refuses the rest."""
DIGEST_LIMIT = 90_000
"""Bytes that the lines of a digest take in both bodies together, so that the message stays under 100 KB."""
LISTED = 30
"""Changes, actors and calls that one alert lists: SNS takes 256 KB ("Publish", parameter Message)."""
RUNBOOK = "docs/runbooks/{concern}.md"
SEVERITY = {
    "needs human": "critical",
    "contended": "critical",
    "observed": "warning",
    "restored": "warning",
    "guard": "warning",
    "excepted": "info",
    "open": "info",
}
"""Of an alert by the state of its incident, the worst first."""


class Alert(NamedTuple):
    """One publish: ``Subject``, the text for people, the same for AWS Chatbot, and what subscribers can filter by."""

    subject: str
    text: str
    chatbot: str
    attributes: dict[str, str]

    @property
    def message(self) -> str:
        """Body of a publish with ``MessageStructure: json``."""
        return json.dumps({"default": self.chatbot, "email": self.text}, ensure_ascii=False)


def alert(incident: Incident) -> Alert:
    """The alert of one incident."""
    return Alert(
        subject(_title(incident, str)),
        _text(incident, str),
        chatbot(clean(_title(incident, in_a_title)), _text(incident, in_chat)),
        attributes(incident.environment, incident.concern, incident.state),
    )


def digest(environment: str, incidents: Sequence[Incident]) -> Alert:
    """One alert for many: each incident of a storm on a line of its own, the worst first, as many as there is room."""
    listed = named(incidents)
    left = len(incidents) - len(listed)
    ending = [f"and {left} more, in the next digest"] if left else []
    ending += ["", *(_runbook(concern) for concern in sorted({incident.concern for incident in incidents}))]
    title = subject(f"[{environment}] digest: {len(incidents)} more incidents in this minute")
    text, chat = ("\n".join([*(_line(one, words) for one in listed), *ending]) for words in (str, in_chat))
    worst = listed[0].state if listed else "restored"
    return Alert(title, text, chatbot(title, chat), attributes(environment, "all", worst))


def named(incidents: Sequence[Incident]) -> list[Incident]:
    """Those of ``incidents`` that their digest names: the others are for the next one."""
    ranked = sorted(incidents, key=lambda incident: list(SEVERITY).index(incident.state))
    return ranked[: _room(ranked)]


def _room(incidents: Iterable[Incident]) -> int:
    """How many of them a digest has room for. A chat's text is JSON within JSON: quotes and breaks count twice."""
    left = DIGEST_LIMIT
    count = 0
    for incident in incidents:
        lines = [_line(incident, words) + "\n" for words in (str, in_chat)]
        left -= sum(
            len(json.dumps(json.dumps(line, ensure_ascii=False), ensure_ascii=False).encode()) for line in lines
        )
        if left < 0:
            break
        count += 1
    return count


def _line(incident: Incident, words: Words) -> str:
    who = ", ".join(some([words(actor.arn) for actor in incident.actors], 3)) or "nobody known"
    return clean(
        f"{incident.state}: {incident.resource} ({incident.physical_id}), {headline(incident, words)}, "
        f"by {who}, incident {incident.id}"
    )


def _text(incident: Incident, words: Words) -> str:
    whole = f"{incident.resource} ({incident.physical_id}) of {incident.environment}: {incident.state}."
    sections = (
        [whole, _verdict(incident)],
        _why(incident, words),
        ["What changed:", *_items(spoken(change, words) for change in incident.changes)] if incident.changes else [],
        ["Who:", *_who(incident, words)],
        _took_part(incident, words),
        _done(incident, words),
        [
            _runbook(incident.concern),
            "If the change was meant: the same page says how to keep it.",
            f"Incident {incident.id}",
        ],
    )
    return "\n\n".join("\n".join(map(clean, lines)) for lines in sections if lines)


def _verdict(incident: Incident) -> str:
    """One line: is it closed, and must somebody act at this moment?"""
    back = "Closed again" if incident.opened else "Put back" if incident.changes else "It holds again"
    match incident.state:
        case "restored":
            return f"{back}."
        case "contended":
            standing = f"{back} for now." if incident.restored_at else _standing(incident)
            pause = f"waits for up to {LONGEST_PAUSE // 60} min"
            return f"{standing} It drifts again and again: what opens access is undone at once, anything else {pause}."
        case "needs human":
            return f"{_standing(incident)} Do step 1 of the runbook now."
        case "observed":
            return f"{_standing(incident)} Nothing was changed: this concern is observed only."
        case "excepted":
            return "It stays: somebody answers for it."
        case "open":
            return "Being restored."


def _standing(incident: Incident) -> str:
    """How it stands where no proof says that it holds. Without changes nobody could look."""
    if DELETED in incident.why:
        return "It is gone: nothing is open by it, and what needs it does not work."
    if incident.changes and not incident.opened:
        return "Not put back: nothing was opened, but it is not as promised."
    return "MAY STILL BE OPEN."


def _why(incident: Incident, words: Words) -> list[str]:
    if not incident.why:
        return []
    if incident.state in {"observed", "excepted"}:
        return [f"Why it was left: {words(incident.why)}"]
    return [f"Why a person {'is' if incident.state == 'needs human' else 'was'} needed: {words(incident.why)}"]


def _who(incident: Incident, words: Words) -> list[str]:
    if incident.actors:
        told = [f"  (no event told: {words(incident.noticed_by)} found it, CloudTrail's history of its id names these)"]
        return [*_items(_actor(actor, words) for actor in incident.actors), *(told if incident.looked_up else [])]
    return [
        f"  not known (yet): {words(incident.noticed_by)} told of it, and CloudTrail's history does not name it; "
        "it is asked again in 15 min, then read the incident"
    ]


def _actor(actor: Actor, words: Words) -> str:
    address, agent, call, event = (
        words(cut(said)) or "(not told)"
        for said in (actor.source_address, actor.user_agent, actor.event_name, actor.event_id)
    )
    at = time(actor.at) if actor.at else "a time that was not told"
    return f"{words(actor.arn)} from {address} with {agent}, {call} at {at} (event {event})"


def _took_part(incident: Incident, words: Words) -> list[str]:
    if incident.state != "contended":
        return []
    everyone = ", ".join(map(words, incident.principals))
    return [f"All that took part: {everyone}", "The same drift is not told again."]


def _done(incident: Incident, words: Words) -> list[str]:
    calls = some([words(cut(call)) for call in incident.calls], LISTED)
    if incident.state == "observed":
        return [f"Would have been done: {'; '.join(calls)}"]
    if incident.state == "excepted":
        return [f"Done: {'; '.join(calls)}"] if calls else []
    if not incident.restored_at:
        return [f"Done so far: {'; '.join(calls)}"] if calls else []
    how = "as promised, but for what is excepted" if incident.excepting else "exactly as promised"
    return [
        f"Done: {'; '.join(calls) or 'nothing was left to do'}",
        f"Proof: read back at {time(incident.restored_at)}, {how}.",
        _stood(incident),
    ]


def _stood(incident: Incident) -> str:
    """For how long, where everybody's change is dated. AWS Config dates only the picture that it took afterwards."""
    word = "Exposed" if incident.opened else "Stood"
    if incident.actors and all(actor.at for actor in incident.actors):
        return f"{word} for at most {incident.seconds_exposed:.1f} s (CloudTrail dates in whole seconds)."
    since = f", no longer than since {time(incident.held_at)}" if incident.held_at else ""
    return f"{word} for an unknown time{since}: when it was changed was not told."


def _title(incident: Incident, words: Words) -> str:
    return f"[{incident.environment}] {incident.state}: {thing(incident)}, {headline(incident, words)}"


def _runbook(concern: str) -> str:
    return f"What to do now: {RUNBOOK.format(concern=concern)}"


def _items(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in some(list(lines), LISTED)]


def subject(text: str) -> str:
    plain = "".join(sign if " " <= sign <= "~" else "?" for sign in text)
    return plain if len(plain) <= SUBJECT_LIMIT else plain[: SUBJECT_LIMIT - 3] + "..."


def chatbot(title: str, text: str) -> str:
    """AWS Chatbot's custom notification: title and description both support markdown."""
    content = {"textType": "client-markdown", "title": title, "description": text}
    return json.dumps({"version": "1.0", "source": "custom", "content": content}, ensure_ascii=False)


def attributes(environment: str, concern: str, state: str) -> dict[str, str]:
    return {"environment": environment, "concern": concern, "state": state, "severity": SEVERITY[state]}
