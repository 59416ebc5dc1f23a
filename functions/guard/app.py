"""What people say of the guard: observe, pause, except, undo, list; and, once a day, what still counts of it.

Anybody who may invoke this function may say it; every word is announced. It changes nothing itself: it writes the word
down, and asks the restorers to look again.
"""

import json
import time
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.settings import Settings
from holdfast.aws.tables.guard import GuardTable, Word
from holdfast.aws.tables.incidents import IncidentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.trouble import telling
from holdfast.core import notice
from holdfast.core.concern import HOME, holder
from holdfast.core.event import look_at
from holdfast.core.guard import ExceptionSaid
from holdfast.core.incident import Incident, environment_of
from holdfast.core.manifest import Record, resolved
from holdfast.core.orders import ExceptOrder, GuardOrder, ListOrder, UndoOrder, WithdrawOrder, allowed, excepted, order
from holdfast.core.trouble import WrongInput

logger = Logger(service="guard")
REMIND = {"action": "remind"}
"""What the daily schedule says."""
A_LOOK = 50
"""Records that one message asks to look at."""
NEWEST = 50
"""Incidents that a list shows."""


class GuardSettings(Settings, frozen=True, kw_only=True):
    """Where the tables are, whom to tell, and the queue of each concern (JSON)."""

    manifest_table: str
    incidents_table: str
    guard_table: str
    alerts_topic: str
    queues: str


class Desk(NamedTuple):
    """All that it takes. ``by`` is how the request is found in CloudTrail, which says who made it."""

    clients: Clients
    settings: GuardSettings
    manifest: ManifestTable
    incidents: IncidentsTable
    guard: GuardTable


@cache
def desk() -> Desk:
    clients, settings = Clients(), GuardSettings.read()
    return Desk(
        clients,
        settings,
        ManifestTable(clients.dynamodb, settings.manifest_table),
        IncidentsTable(clients.dynamodb, settings.incidents_table),
        GuardTable(clients.dynamodb, settings.guard_table),
    )


@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """``event``: an order (docs/runbooks/guard.md). Answers with what was said, and what was asked to be looked at."""
    with telling("the guard"):
        if event == REMIND:
            return _remind()
        asked = order(event)
        by = f"the request {context.aws_request_id}"
        match asked:
            case GuardOrder():
                return _guard(asked, by)
            case ExceptOrder():
                return _except(asked, by)
            case UndoOrder():
                return _undo(asked, by)
            case WithdrawOrder():
                return _withdraw(asked, by)
            case ListOrder():
                return _list(asked)


def _guard(asked: GuardOrder, by: str) -> dict[str, Any]:
    guarded = _guarded(asked.environment)
    word = asked.said(time.time(), by)
    if word.mode == "enforce":
        desk().guard.withdraw(asked.environment, word)
    else:
        desk().guard.put(asked.environment, word)
    paths = [path for path, record in guarded.items() if asked.concern in _concerns(record)]
    return _announced(
        asked.environment, [word], _look(asked.environment, {asked.concern: paths}, "the guard was changed")
    )


def _except(asked: ExceptOrder, by: str) -> dict[str, Any]:
    if asked.incident:
        incident = _incident(asked.incident)
        return _said(incident.environment, incident.resource, excepted(incident, asked, time.time(), by))
    guarded = _guarded(asked.environment)
    if asked.resource not in guarded:
        raise WrongInput("resource", f"{asked.environment} has no {asked.resource!r} that is guarded (layer/name)")
    promised = resolved(guarded[asked.resource].desired or {}, guarded)
    word = allowed(asked, msgspec.convert(promised, dict[str, object]), time.time(), by)
    return _said(asked.environment, asked.resource, [word])


def _undo(asked: UndoOrder, by: str) -> dict[str, Any]:
    incident = _incident(asked.incident)
    now = time.time()
    is_young = now - incident.opened_at < notice.A_DAY
    words = excepted(incident, asked, now, by, put_back=is_young)
    return _said(incident.environment, incident.resource, words, undo=incident.id)


def _withdraw(asked: WithdrawOrder, by: str) -> dict[str, Any]:
    said = desk().guard.said(asked.environment)
    ending = [word for word in said if isinstance(word, ExceptionSaid) and word.resource == asked.resource]
    if not ending:
        raise WrongInput("resource", f"nothing is excepted of {asked.resource!r} of {asked.environment!r}")
    for word in ending:
        desk().guard.withdraw(asked.environment, word)
    now = time.time()
    ended = [msgspec.structs.replace(word, by=by, reason=asked.reason, until=now, said_at=now) for word in ending]
    kind = _guarded(asked.environment)[asked.resource].kind
    concerns = {holder(kind, word.path) for word in ending}
    looked = _look(asked.environment, {one: [asked.resource] for one in concerns}, "an exception was withdrawn")
    return _announced(asked.environment, ended, looked)


def _said(environment: str, resource: str, words: Sequence[ExceptionSaid], undo: str = "") -> dict[str, Any]:
    guarded = _guarded(environment)
    if resource not in guarded:
        raise WrongInput("incident", f"{environment} has no {resource} any more that is guarded")
    record = guarded[resource]
    for word in words:
        desk().guard.put(environment, word)
    concerns = {holder(record.kind, word.path) for word in words}
    why = f"undo of {undo}" if undo else "an exception was made"
    return _announced(environment, words, _look(environment, {concern: [resource] for concern in concerns}, why, undo))


def _list(asked: ListOrder) -> dict[str, Any]:
    return {
        "environment": asked.environment,
        "said": msgspec.to_builtins(desk().guard.said(asked.environment)),
        "incidents": msgspec.to_builtins(desk().incidents.newest(asked.environment, NEWEST)),
    }


def _remind() -> dict[str, Any]:
    """Once a day: what is observed only, paused or excepted, so that nobody forgets it."""
    reminded = desk().guard.everything()
    for environment, words in reminded.items():
        _publish(environment, words, "still counts")
    return {"environments": sorted(reminded)}


def _guarded(environment: str) -> dict[str, Record]:
    records = desk().manifest.records(environment)
    guarded = {path: record for path, record in records.items() if record.desired is not None}
    if not guarded:
        raise WrongInput("environment", f"there is no environment {environment!r} that is guarded")
    return guarded


def _concerns(record: Record) -> set[str]:
    return {holder(record.kind, field) for field in record.desired or {}} | {HOME.get(record.kind, "")}


def _incident(identity: str) -> Incident:
    found = desk().incidents.incident(environment_of(identity), identity) if environment_of(identity) else None
    if found is None:
        raise WrongInput("incident", f"there is no incident {identity!r}; its id stands at the end of its alert")
    return found[0]


def _look(environment: str, concerns: dict[str, list[str]], why: str, undo: str = "") -> list[str]:
    """Ask the restorers to look; the concerns that were asked."""
    queues = json.loads(desk().settings.queues)
    for concern, paths in concerns.items():
        for begins in range(0, len(paths), A_LOOK):
            body = json.dumps(look_at(environment, paths[begins : begins + A_LOOK], why, undo))
            desk().clients.sqs.send_message(QueueUrl=queues[concern], MessageBody=body)
    return sorted(concerns)


def _announced(environment: str, words: Sequence[Word], looked: list[str]) -> dict[str, Any]:
    _publish(environment, words, "was changed")
    logger.info("said", extra={"environment": environment, "words": msgspec.to_builtins(words)})
    return {"environment": environment, "said": msgspec.to_builtins(words), "looked": looked}


def _publish(environment: str, words: Sequence[Word], what: str) -> None:
    told = notice.guard(environment, words, what)
    desk().clients.sns.publish(
        TopicArn=desk().settings.alerts_topic,
        Subject=told.subject,
        Message=told.message,
        MessageStructure="json",
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value} for name, value in told.attributes.items()
        },
    )
