"""What the audit function makes of a batch of CloudWatch Logs: a look at each object of ours, in the right queue."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from functions.audit import app
from holdfast.aws.clients import Clients
from holdfast.core.concern import HOME
from holdfast.core.concerns.autoscaling import AUTOSCALING
from holdfast.core.concerns.identity import IDENTITY
from holdfast.core.event import AUDIT, sighted
from tests.support.audited import delivered, event, written

HOLDING = ("autoscaling", "identity", "network")
TRIVIA = ["no JSON", "[]", "null", "{}", '{"objectRef": 1}', "[" * 100_000]


@pytest.fixture
def queue(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    queues = {concern: clients.sqs.create_queue(QueueName=concern)["QueueUrl"] for concern in HOLDING}
    monkeypatch.setenv("QUEUES", json.dumps(queues))
    app.clients.cache_clear()
    yield queues["autoscaling"]
    app.clients.cache_clear()


def _sent(clients: Clients, queue: str) -> list[dict[str, Any]]:
    messages = clients.sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return [json.loads(message["Body"]) for message in messages]


def test_a_concern_is_told_where_to_look_and_who_it_was(clients: Clients, queue: str) -> None:
    assert app.handler(delivered(written()), None) == {"looks": 1}
    seen = sighted(_sent(clients, queue)[0], AUTOSCALING)
    assert (seen.noticed_by, sorted(seen.ids)) == (AUDIT, ["atlas/Deployment/application/application"])
    assert seen.kinds == {"Kubernetes::Deployment"}
    assert seen.actor is not None
    assert (seen.actor.arn, seen.actor.at) == ("arn:aws:sts::123456789012:assumed-role/admin/alice", 1767261607.25)


def test_an_object_is_looked_at_by_who_holds_it(clients: Clients, queue: str) -> None:
    role = event(objectRef={"resource": "clusterroles", "apiGroup": "rbac.authorization.k8s.io", "name": "traefik"})
    assert app.handler(delivered(json.dumps(role)), None) == {"looks": 1}
    assert _sent(clients, queue) == []
    (sent,) = _sent(clients, clients.sqs.get_queue_url(QueueName="identity")["QueueUrl"])
    assert sorted(sighted(sent, IDENTITY).ids) == ["atlas/ClusterRole/-/traefik"]


def test_every_concern_that_holds_objects_has_its_queue() -> None:
    holders = {home for kind, home in HOME.items() if kind.startswith("Kubernetes::")}
    assert holders == set(HOLDING), "tests/static/test_audit.py sees that template.yaml names the same"


def test_an_object_that_somebody_writes_often_is_one_look(clients: Clients, queue: str) -> None:
    other = written(user={"username": "system:serviceaccount:default:pod"})
    assert app.handler(delivered(written(), written(), other), None) == {"looks": 2}
    assert len(_sent(clients, queue)) == 2


def test_what_nobody_restores_is_left_out(clients: Clients, queue: str) -> None:
    policy = event(objectRef={"resource": "limitranges", "namespace": "application", "name": "a"})
    unknown = event(objectRef={"resource": "pods", "namespace": "application", "name": "a"})
    assert app.handler(delivered(json.dumps(policy), json.dumps(unknown)), None) == {"looks": 1}
    assert len(_sent(clients, queue)) == 1


def test_what_cannot_be_read_keeps_nothing_else_back(clients: Clients, queue: str) -> None:
    assert app.handler(delivered(*TRIVIA, written()), None) == {"looks": 1}
    assert len(_sent(clients, queue)) == 1


@pytest.mark.parametrize("how", [{"kind": "CONTROL_MESSAGE"}, {"group": "/aws/eks/cluster"}, {"group": "/mallory"}])
def test_only_what_a_cluster_logged_leads_anywhere(clients: Clients, queue: str, how: dict[str, str]) -> None:
    assert app.handler(delivered(written(), **how), None) == {"looks": 0}
    assert _sent(clients, queue) == []
