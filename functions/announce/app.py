"""Tell on-call of an incident, once, when a second has passed without another drift of its resource.

And of a build's end, at once, as the build's state machine asks for it.

The incidents table's stream says that there is something to tell; it is put into a queue with a delay, and told when it
comes out of there. What is told is read anew from the table, so that nothing depends on the order of messages.
"""

import json
import time
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.batch import BatchProcessor, EventType, process_partial_response
from aws_lambda_powertools.utilities.data_classes.dynamo_db_stream_event import DynamoDBRecord
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from holdfast.aws.clients import Clients
from holdfast.aws.history import LATE, who_changed
from holdfast.aws.settings import Settings
from holdfast.aws.tables.incidents import TELLING, IncidentsTable
from holdfast.aws.tables.storm import LIMIT, StormTable
from holdfast.aws.topic import tell
from holdfast.aws.trouble import telling
from holdfast.core.alert import SEVERITY, Alert, alert, digest, named
from holdfast.core.canary import is_song
from holdfast.core.ending import Ending
from holdfast.core.incident import QUIET, Incident, witnessed
from holdfast.core.trouble import Trouble

if TYPE_CHECKING:
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

logger = Logger(service="announce")
metrics = Metrics(namespace="Holdfast", service="announce")
A_MINUTE = 60


class AnnounceSettings(Settings, frozen=True, kw_only=True):
    """Where incidents are, the function's own queue, whom to tell; how the ARNs of our own roles begin."""

    incidents_table: str
    queue_url: str
    alerts_topic: str
    our_roles: str


class Word(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message of our own queue: an incident to tell, or (``minute`` since the epoch) a digest.

    ``again``: it was told, and CloudTrail is asked once more who it was.
    """

    environment: str
    incident: str = ""
    minute: int = 0
    again: bool = False


class Voice(NamedTuple):
    """All that telling takes."""

    settings: AnnounceSettings
    clients: Clients
    incidents: IncidentsTable
    storm: StormTable


@cache
def voice() -> Voice:
    settings, clients = AnnounceSettings.read(), Clients()
    table = settings.incidents_table
    return Voice(settings, clients, IncidentsTable(clients.dynamodb, table), StormTable(clients.dynamodb, table))


@metrics.log_metrics
@logger.inject_lambda_context
def handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """``event``: a batch of the stream or of the queue; answers with the items to deliver again.

    Or, from the build's state machine, how it ended: told at once, and twice if the workflow has to ask twice.
    """
    if "Records" not in event:
        _publish(msgspec.convert(event, Ending).alert)
        return None
    if event["Records"][0]["eventSource"] == "aws:dynamodb":
        streams = BatchProcessor(event_type=EventType.DynamoDBStreams)
        return process_partial_response(event, noted, streams, context)
    return process_partial_response(event, told, BatchProcessor(event_type=EventType.SQS), context)


def noted(record: DynamoDBRecord) -> None:
    """An incident has something to tell: come back to it when a second has passed."""
    keys = record.dynamodb.keys if record.dynamodb else {}
    _later(Word(keys["environment"], incident=keys["id"]), QUIET)


def told(record: SQSRecord) -> None:
    """Tell one incident, or one digest."""
    word = msgspec.json.decode(record.body, type=Word)
    if word.minute:
        _tell_digest(word)
    elif found := voice().incidents.incident(word.environment, word.incident):
        if word.again:
            _witnessed(found[0])
        else:
            _tell(*found)


def _tell(incident: Incident, last_told: str) -> None:
    now = time.time()
    if incident.state in {"open", last_told}:
        return
    if now - incident.last_drift_at < QUIET:
        _later(Word(incident.environment, incident=incident.id), QUIET)
        return
    if not voice().incidents.claim(incident, now):
        _later(Word(incident.environment, incident=incident.id), TELLING)
        return
    if is_song(incident):
        voice().incidents.told(incident)
        return
    incident = _witnessed(incident)
    if not incident.actors:
        _later(Word(incident.environment, incident=incident.id, again=True), LATE)
    minute = int(now // A_MINUTE)
    count = voice().storm.counted(incident.environment, minute, SEVERITY[incident.state], incident.id)
    if count <= LIMIT:
        _publish(alert(incident))
    else:  # each asks for the digest: were it the 21st alone, nobody would after a crash
        _later(Word(incident.environment, minute=minute), A_MINUTE)
    _put_event(incident)
    voice().incidents.told(incident)
    metrics.add_metric("Incidents", MetricUnit.Count, 1)
    metrics.add_metric("SecondsExposed", MetricUnit.Seconds, incident.seconds_exposed)
    logger.info("told", extra={"incident": incident.id, "state": incident.state, "alert": count})


def _witnessed(incident: Incident) -> Incident:
    """The incident with whom CloudTrail's history names, if no event told who it was; kept so."""
    if incident.actors or not incident.somebodys:
        return incident
    try:
        with telling("CloudTrail"):
            found = who_changed(voice().clients, incident, voice().settings.our_roles)
    except Trouble:
        logger.exception("CloudTrail does not answer", extra={"incident": incident.id})
        return incident
    named = msgspec.structs.replace(incident, actors=witnessed((), found), looked_up=True)
    return named if found and voice().incidents.complete(incident, named) else incident


def _tell_digest(word: Word) -> None:
    """Tell the digest of a minute, unless another of the words that ask for it does or did; of a large one, a part.

    Should that one die over it, the queue delivers its word again when its claim is over.
    """
    storm = voice().storm
    if not storm.claim(word.environment, word.minute, time.time()):
        return
    listed = storm.digested(word.environment, word.minute)
    found = [voice().incidents.incident(word.environment, one) for one in listed]
    incidents = [incident for incident, _ in filter(None, found)]
    _publish(digest(word.environment, incidents))
    left = {one.id for one in incidents} - {one.id for one in named(incidents)}
    if left:
        _later(word, A_MINUTE)
    storm.told(word.environment, word.minute, [one for one in listed if one not in left])


def _later(word: Word, seconds: float) -> None:
    body = msgspec.json.encode(word).decode()
    voice().clients.sqs.send_message(QueueUrl=voice().settings.queue_url, MessageBody=body, DelaySeconds=int(seconds))


def _publish(told: Alert) -> None:
    tell(voice().clients.sns, voice().settings.alerts_topic, told)


def _put_event(incident: Incident) -> None:
    """Our own event, for whoever wants to act on incidents: ``source: holdfast``, the incident as its detail."""
    detail = json.dumps(msgspec.to_builtins(incident) | {"seconds_exposed": incident.seconds_exposed})
    entry: PutEventsRequestEntryTypeDef = {
        "Source": "holdfast",
        "DetailType": f"Incident {incident.state}",
        "Detail": detail,
    }
    answer = voice().clients.events.put_events(Entries=[entry])
    if answer["FailedEntryCount"]:
        logger.error("event was refused", extra={"entries": answer["Entries"]})
