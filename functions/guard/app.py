"""What people say of the guard: observe, pause, except, undo, list; and, once a day, what still counts of it.

Anybody who may invoke this function may say it; every word is announced. It changes nothing itself: it writes the word
down, and asks the restorers to look again.
"""

import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import msgspec
from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.looking import ask_for_looks, guarded
from holdfast.aws.settings import Settings
from holdfast.aws.tables.guard import GuardTable, Word
from holdfast.aws.tables.incidents import IncidentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.topic import tell
from holdfast.aws.trouble import telling
from holdfast.core import notice
from holdfast.core.concern import holder, holders
from holdfast.core.guard import ExceptionSaid
from holdfast.core.incident import Incident, environment_of
from holdfast.core.manifest import Record, Records, resolved
from holdfast.core.orders import ExceptOrder, GuardOrder, ListOrder, UndoOrder, WithdrawOrder, allowed, excepted, order
from holdfast.core.trouble import WrongInput

logger = Logger(service="guard")
REMIND = {"action": "remind"}
"""What the daily schedule says."""
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
    """All that it takes."""

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
    records = _guarded(asked.environment)
    word = asked.said(time.time(), by)
    if word.mode == "enforce":
        desk().guard.withdraw(asked.environment, word)
    else:
        desk().guard.put(asked.environment, word)
    paths = [path for path, record in records.items() if asked.concern in holders(record.kind)]
    return _announced(
        asked.environment, [word], _look(asked.environment, {asked.concern: paths}, "the guard was changed")
    )


def _except(asked: ExceptOrder, by: str) -> dict[str, Any]:
    if asked.incident:
        incident = _incident(asked.incident)
        return _said(incident.environment, incident.resource, excepted(incident, asked, time.time(), by))
    record, records = _standing(asked.environment, asked.resource, "resource")
    promised = resolved(record.desired or {}, records)
    word = allowed(asked, msgspec.convert(promised, dict[str, object]), time.time(), by)
    return _said(asked.environment, asked.resource, [word])


def _undo(asked: UndoOrder, by: str) -> dict[str, Any]:
    incident = _incident(asked.incident)
    now = time.time()
    is_young = now - incident.opened_at < notice.A_DAY
    words = excepted(incident, asked, now, by, put_back=is_young)
    return _said(incident.environment, incident.resource, words, undo=incident.id)


def _withdraw(asked: WithdrawOrder, by: str) -> dict[str, Any]:
    record, _ = _standing(asked.environment, asked.resource, "resource")
    said = desk().guard.said(asked.environment)
    ending = [word for word in said if isinstance(word, ExceptionSaid) and word.resource == asked.resource]
    if not ending:
        raise WrongInput("resource", f"nothing is excepted of {asked.resource!r} of {asked.environment!r}")
    for word in ending:
        desk().guard.withdraw(asked.environment, word)
    now = time.time()
    ended = [msgspec.structs.replace(word, by=by, reason=asked.reason, until=now, said_at=now) for word in ending]
    return _announced(asked.environment, ended, _look_at(record, ended, "an exception was withdrawn"))


def _said(environment: str, resource: str, words: Sequence[ExceptionSaid], undo: str = "") -> dict[str, Any]:
    record, _ = _standing(environment, resource, "incident")
    for word in words:
        desk().guard.put(environment, word)
    why = f"undo of {undo}" if undo else "an exception was made"
    return _announced(environment, words, _look_at(record, words, why, undo))


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


def _guarded(environment: str) -> Records:
    if records := guarded(desk().manifest.records(environment)):
        return records
    raise WrongInput("environment", f"there is no environment {environment!r} that is guarded")


def _standing(environment: str, resource: str, named: str) -> tuple[Record, Records]:
    """The record of a resource beside all others; ``named``: the field of the order that led to it."""
    records = _guarded(environment)
    if resource not in records:
        raise WrongInput(named, f"{environment} has no {resource!r} that is guarded (layer/name)")
    return records[resource], records


def _incident(identity: str) -> Incident:
    found = desk().incidents.incident(environment_of(identity), identity) if environment_of(identity) else None
    if found is None:
        raise WrongInput("incident", f"there is no incident {identity!r}; its id stands at the end of its alert")
    return found[0]


def _look_at(record: Record, words: Iterable[ExceptionSaid], why: str, undo: str = "") -> list[str]:
    """Ask whoever holds what the words are about to look again; the concerns that were asked."""
    concerns = {holder(record.kind, word.path) for word in words}
    return _look(record.environment, dict.fromkeys(concerns, (record.path,)), why, undo)


def _look(environment: str, concerns: Mapping[str, Sequence[str]], why: str, undo: str = "") -> list[str]:
    queues = msgspec.json.decode(desk().settings.queues, type=dict[str, str])
    for concern, paths in concerns.items():
        ask_for_looks(desk().clients.sqs, queues[concern], environment, paths, why, undo=undo)
    return sorted(concerns)


def _announced(environment: str, words: Sequence[Word], looked: list[str]) -> dict[str, Any]:
    _publish(environment, words, "was changed")
    logger.info("said", extra={"environment": environment, "words": msgspec.to_builtins(words)})
    return {"environment": environment, "said": msgspec.to_builtins(words), "looked": looked}


def _publish(environment: str, words: Sequence[Word], what: str) -> None:
    tell(desk().clients.sns, desk().settings.alerts_topic, notice.guard(environment, words, what))
