"""The relay: each call to the laptop AWS becomes a CloudTrail record, and where a trail logs, an EventBridge event.

Promises: a call is in the history before its caller has the answer; its event goes out at once after the answer, in the
order of the answers, the AWS Config event of what it changed a while later (`CONFIG_LAG`). Every call is relayed, those
that failed or only read and Holdfast's own included, but for what no rule can match (`awaited`): to drop is the work of
the deployed patterns. Data events go to no bus. IAM's and Route 53's events go to us-east-1. Rests on "AWS service
events delivered via AWS CloudTrail" (eventbridge/latest/ref/event-delivery-level.html and
eb-service-event-cloudtrail.html).
Not seen: what CloudFormation and Step Functions do inside the emulator without an HTTP request.
"""

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import eventbridge

from local import config_items
from local.awaited import is_awaited
from local.calls import Call, Request, recognise
from local.cloudtrail import Answer, Record, Scene, record
from local.history import history
from local.trails import Trail, covers, logging_trails

type Message = MutableMapping[str, Any]
type Asgi = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


_BUS: Final = "default"


def relay(app: Asgi) -> Asgi:
    outbox: deque[_Relayed] = deque()

    async def relayed(scope: Message, receive: Callable[[], Awaitable[Message]], send: Any) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/_"):
            await app(scope, receive, send)
            return
        exchange = _Exchange(scope)

        async def receiving() -> Message:
            message = await receive()
            exchange.asked.append(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            exchange.hear(message)
            if message["type"] == "http.response.body" and not message.get("more_body"):
                outbox.extend(exchange.written_down())
            await send(message)

        await app(scope, receiving, sending)
        while outbox:
            await _deliver(outbox.popleft())

    return relayed


CONFIG_LAG = 4.0
"""Seconds after the call: AWS Config tells of a change some minutes later, CloudTrail before it."""


@dataclass(frozen=True, slots=True)
class _Relayed:
    call: Call
    answer: Answer
    record: Record
    text: str
    trails: tuple[Trail, ...]


@dataclass(slots=True)
class _Exchange:
    """`trails` are those that logged when the call came in: StopLogging is itself still logged."""

    scope: Message
    asked: list[bytes] = field(default_factory=list)
    answered: list[bytes] = field(default_factory=list)
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    trails: tuple[Trail, ...] = field(default_factory=logging_trails)

    def hear(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], _headers(message.get("headers", []))
        elif message["type"] == "http.response.body":
            self.answered.append(message.get("body", b""))

    def written_down(self) -> list[_Relayed]:
        call = recognise(self._request())
        if call is None:
            return []
        answer = Answer(self.status, self.headers, b"".join(self.answered))
        scene = self._scene()
        written = record(call, answer, scene)
        if written is None:
            return []
        entry = history.add(written, scene.at)
        return [_Relayed(call, answer, written, entry.text, self.trails)]

    def _request(self) -> Request:
        return Request(
            method=self.scope["method"],
            path=self.scope["path"],
            query=self.scope.get("query_string", b"").decode(),
            headers=_headers(self.scope["headers"]),
            body=b"".join(self.asked),
        )

    def _scene(self) -> Scene:
        address = (self.scope.get("client") or ("127.0.0.1",))[0]
        agent = _headers(self.scope["headers"]).get("user-agent", "")
        return Scene(get_account_id(), get_region(), address, agent, datetime.now(UTC))


def _headers(raw: list[tuple[bytes, bytes]]) -> dict[str, str]:
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in raw}


async def _deliver(relayed: _Relayed) -> None:
    written = relayed.record
    if covers((*relayed.trails, *logging_trails()), written):
        source = f"aws.{written['eventSource'].removesuffix('.amazonaws.com')}"
        _put_event(written, source, "AWS API Call via CloudTrail", relayed.text)
    if not relayed.answer.failed and not written["readOnly"]:
        for change in await config_items.changes(relayed.call, relayed.answer, written):
            told = (written, "aws.config", "Config Configuration Item Change", json.dumps(change))
            asyncio.get_running_loop().call_later(CONFIG_LAG, _put_event, *told, change["configurationItem"]["ARN"])


def _put_event(written: Record, source: str, kind: str, detail: str, *resources: str) -> None:
    with request_scope(written["recipientAccountId"], written["awsRegion"]):
        if not is_awaited(source, kind, written["eventSource"], written["eventName"]):
            return
        told = {"Source": source, "DetailType": kind, "Detail": detail, "Resources": [*resources]}
        eventbridge._put_events({"Entries": [{"EventBusName": _BUS, **told}]}, allow_aws_source=True)
