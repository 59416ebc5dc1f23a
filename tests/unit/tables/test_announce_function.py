"""What on-call is told of a storm, and of an incident that nobody was seen to make, whenever the function dies.

The queue is the test's own, with SQS's delays on a clock of the test's: a batch that the function died over comes back
when its visibility timeout is over.
"""

import json
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, Final

import msgspec
import pytest
from botocore.stub import Stubber

from functions.announce import app
from holdfast.aws.clients import Clients
from holdfast.aws.tables.storm import LIMIT
from holdfast.core.breaker import Watch
from holdfast.core.incident import Actor, Incident
from holdfast.core.resource import Change
from holdfast.core.security_group import tcp
from tests.unit.tables.conftest import INCIDENTS, Tables

BEGAN: Final = 1_767_261_600.0
VISIBILITY: Final = 360.0
BATCH: Final = 10
MANY: Final = 30
SNS_TAKES: Final = 256 * 1024
"""Bytes ("Publish", SNS API reference, parameter Message)."""
ALICE: Final = Actor(arn="arn:aws:iam::123456789012:user/alice", event_id="1", at=BEGAN - 60)


pytestmark = pytest.mark.filterwarnings("ignore:No application metrics to publish")


class Died(BaseException):
    """No ``Exception``: nothing in a function hears of its own end."""


class Context:
    aws_request_id = function_name = memory_limit_in_mb = invoked_function_arn = "announce"


class OnCall:
    """The function, its queue and its clock; ``published`` is when, and what, on-call was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = BEGAN
        self.published: list[tuple[float, dict[str, Any]]] = []
        self.calls = 0
        self.dies_after = 0
        self._waiting: list[tuple[float, str]] = []
        monkeypatch.setattr("functions.announce.app.time", SimpleNamespace(time=lambda: self.now))
        clients = app.voice().clients
        for client in (clients.dynamodb, clients.sns, clients.sqs, clients.events):
            client.meta.events.register("after-call", self._called)
        clients.sns.meta.events.register("provide-client-params.sns.Publish", self._publish)
        clients.sqs.meta.events.register("provide-client-params.sqs.SendMessage", self._send)

    def hear(self, incidents: list[Incident]) -> None:
        """The stream tells of ``incidents``, each batch until the function has lived through it."""
        for start in range(0, len(incidents), 100):
            batch = [
                {
                    "eventSource": "aws:dynamodb",
                    "dynamodb": {
                        "SequenceNumber": one.id,
                        "Keys": {"environment": {"S": one.environment}, "id": {"S": one.id}},
                    },
                }
                for one in incidents[start : start + 100]
            ]
            self._survived({"Records": batch})
            self._survived({"Records": batch})  # a stream tells at least once

    def wait(self) -> None:
        """Until the queue is empty."""
        while self._waiting:
            self._waiting.sort()
            self.now = max(self.now, self._waiting[0][0])
            due = [one for one in self._waiting[:BATCH] if one[0] <= self.now]
            del self._waiting[: len(due)]
            records = [
                {"messageId": str(number), "eventSource": "aws:sqs", "body": body}
                for number, (_, body) in enumerate(due)
            ]
            self.now += 0.1
            try:
                answer = app.handler({"Records": records}, Context())
            except Died:
                failed = [*range(len(due))]
            else:
                failed = [int(one["itemIdentifier"]) for one in answer["batchItemFailures"]]
            self._waiting += [(self.now + VISIBILITY, due[number][1]) for number in failed]

    def texts(self) -> list[str]:
        return [json.loads(one["Message"])["email"] for _, one in self.published]

    def _survived(self, event: dict[str, Any]) -> None:
        try:
            app.handler(event, Context())
        except Died:
            app.handler(event, Context())

    def _called(self, **_: object) -> None:
        self.calls += 1
        if self.calls == self.dies_after:
            raise Died

    def _publish(self, params: dict[str, Any], **_: object) -> None:
        self.published.append((self.now, params))

    def _send(self, params: dict[str, Any], **_: object) -> None:
        self._waiting.append((self.now + params["DelaySeconds"], params["MessageBody"]))


@pytest.fixture
def make(tables: Tables, clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], OnCall]]:
    monkeypatch.setenv("INCIDENTS_TABLE", INCIDENTS)
    monkeypatch.setenv("QUEUE_URL", clients.sqs.create_queue(QueueName="announcements")["QueueUrl"])
    monkeypatch.setenv("ALERTS_TOPIC", clients.sns.create_topic(Name="alerts")["TopicArn"])
    monkeypatch.setenv("OUR_ROLES", "arn:aws:iam::123456789012:role/holdfast-")
    app.voice.cache_clear()

    def made() -> OnCall:
        app.voice.cache_clear()
        return OnCall(monkeypatch)

    yield made
    app.voice.cache_clear()


def _storm(tables: Tables, count: int, name: str = "storm") -> list[Incident]:
    incidents = [_incident(f"atlas-{name}-{number:04}", (ALICE,)) for number in range(count)]
    for one in incidents:
        tables.incidents.write(one, Watch())
    return incidents


def _incident(identity: str, actors: tuple[Actor, ...]) -> Incident:
    opened = Incident(
        id=identity,
        environment="atlas",
        resource=f"security_groups/{identity}",
        kind="AWS::EC2::SecurityGroup",
        physical_id=f"sg-{identity}",
        concern="security_groups",
        noticed_by="the sweep",
        opened_at=BEGAN - 60,
    )
    drift = (Change(path="Rules", found=tcp("ingress", 22, "0.0.0.0/0")),)
    return opened.taking_in(drift, actors, BEGAN - 60).proven(BEGAN - 50)


def _unnamed(incidents: list[Incident], told: list[str]) -> list[str]:
    whole = "\n".join(told)
    return [one.id for one in incidents if one.id not in whole]


def test_of_a_storm_each_is_named_in_few_alerts_that_sns_takes(
    make: Callable[[], OnCall], tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A digest has room for some of them only, as it has of a storm of a thousand."""
    monkeypatch.setattr("holdfast.core.alert.DIGEST_LIMIT", 2_500)
    incidents, oncall = _storm(tables, MANY), make()
    oncall.hear(incidents)
    oncall.wait()
    assert _unnamed(incidents, oncall.texts()) == []
    by_minute: dict[int, int] = {}
    for at, one in oncall.published:
        assert len(one["Message"].encode()) < SNS_TAKES
        if "digest" not in one["Subject"]:
            by_minute[int(at // 60)] = by_minute.get(int(at // 60), 0) + 1
    assert set(by_minute.values()) == {LIMIT}
    digests = [one for one in oncall.texts() if not one.startswith("security_groups/")]
    assert 1 < len(digests) <= LIMIT
    lines = [line for text in digests for line in text.splitlines() if line.startswith("restored: ")]
    assert len(lines) == len(set(lines)) == MANY - sum(by_minute.values()), "told twice, or not"


def test_whatever_call_it_dies_after_nothing_is_lost(
    make: Callable[[], OnCall], tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two over a limit of one; each time the function is cut off one call later, until it is not cut off any more."""
    for module in ("functions.announce.app", "holdfast.aws.tables.storm"):
        monkeypatch.setattr(f"{module}.LIMIT", 1)
    died, dies_after = True, 1
    while died:
        incidents, oncall = _storm(tables, 3, f"s{dies_after}"), make()
        oncall.now = BEGAN + dies_after * 3600  # a minute of its own
        oncall.dies_after = dies_after
        oncall.hear(incidents)
        oncall.wait()
        assert _unnamed(incidents, oncall.texts()) == [], f"it died after call {dies_after}"
        died = oncall.calls >= dies_after
        dies_after += 1
    assert dies_after > 3 * 5, "an incident takes more calls than that"


def test_nobody_was_seen_so_cloudtrail_is_asked_and_asked_again(make: Callable[[], OnCall], tables: Tables) -> None:
    (incident, oncall) = (_incident("atlas-sweep-1", ()), make())
    tables.incidents.write(incident, Watch())
    record = {"eventID": "1", "eventName": "x", "eventTime": "2026-01-01T09:59:00Z", "userIdentity": {"arn": ALICE.arn}}
    with Stubber(app.voice().clients.cloudtrail) as history:
        history.add_client_error("lookup_events", "ThrottlingException")
        history.add_response("lookup_events", {"Events": [{"CloudTrailEvent": json.dumps(record)}]})
        oncall.hear([incident])
        oncall.wait()
        history.assert_no_pending_responses()
    (told,) = oncall.texts()
    assert "not known (yet)" in told
    found = tables.incidents.incident("atlas", incident.id)
    assert found is not None
    assert (found[0].looked_up, [one.arn for one in found[0].actors]) == (True, [ALICE.arn])
    assert msgspec.structs.replace(found[0], looked_up=False, actors=()) == incident
