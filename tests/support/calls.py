"""Every AWS call that a session makes, and calls that are answered before they are made."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.client import BaseClient
from botocore.compat import HTTPHeaders
from botocore.session import Session

if TYPE_CHECKING:
    from botocore.model import OperationModel

READS = ("Describe", "Get", "List")


class Killed(Exception):
    """A function of ours died between the effect of a call and its answer."""


class Calls:
    """The operations that clients made from ``session`` call, in order: ``ec2.CreateVpc``.

    While ``deadly``, nobody lives to see the answer of a call that changes something.
    """

    def __init__(self, session: Session) -> None:
        self._made: list[str] = []
        self.deadly = False
        session.register("before-call", self._record)
        session.register("after-call", self._kill)

    def _record(self, **event: Any) -> None:
        model: OperationModel = event["model"]
        self._made.append(f"{model.service_model.service_name}.{model.name}")

    def _kill(self, **event: Any) -> None:
        model: OperationModel = event["model"]
        if self.deadly and not model.name.startswith(READS):
            raise Killed(model.name)

    def note(self, call: str) -> None:
        """A call that took another way than this session, as it is made."""
        self._made.append(call)
        if self.deadly and not call.partition(".")[2].startswith(READS):
            raise Killed(call)

    @property
    def made(self) -> list[str]:
        return list(self._made)

    @property
    def mutating(self) -> list[str]:
        return [call for call in self._made if not call.partition(".")[2].startswith(READS)]

    def forget(self) -> None:
        self._made.clear()

    def begin(self) -> None:
        """As if nothing had ever been called."""
        self.forget()
        self.deadly = False


@contextmanager
def refusing(client: Any, operation: str, code: str, message: str, *, naming: str = "") -> Iterator[None]:
    """While it lasts, ``operation`` of ``client`` answers with AWS's error ``code``, and has no effect.

    ``naming``: only where the request says that.
    """
    assert isinstance(client, BaseClient)
    event = f"before-call.{client.meta.service_model.service_id.hyphenize()}.{operation}"

    def refuse(params: dict[str, Any], **_: object) -> tuple[AWSResponse, dict[str, Any]] | None:
        if naming not in str(params["body"]):
            return None
        answer = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}
        return AWSResponse("", 400, HTTPHeaders(), None), answer

    events: Any = client.meta.events
    events.register_first(event, refuse)
    try:
        yield
    finally:
        events.unregister(event, refuse)
