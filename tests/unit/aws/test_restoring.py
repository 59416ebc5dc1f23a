"""What a restore function does with its messages where a resource must be looked at again."""

import json
from types import SimpleNamespace
from typing import Any

import pytest

from holdfast.aws.inbox import Look
from holdfast.aws.kinds import KINDS
from holdfast.aws.restorer import Restorer
from holdfast.aws.restoring import Restoring
from holdfast.core.concerns.security_groups import SECURITY_GROUPS
from holdfast.core.event import CLOUDTRAIL, Sighted
from holdfast.core.incident import Actor
from holdfast.core.manifest import Record
from holdfast.core.trouble import ComeBackLater

RECORD = Record(environment="atlas", layer="security_groups", name="alb", kind="AWS::EC2::SecurityGroup")


class _Later:
    """In the place of a restorer, of clients and of their queue: all is to come back later."""

    def __init__(self, *, told: bool) -> None:
        self.told = told
        self.sent: list[str] = []

    @property
    def sqs(self) -> "_Later":
        return self

    def look(self, *_: object) -> None:
        raise ComeBackLater("it is still open", 15, told=self.told)

    def send_message(self, **sent: Any) -> None:
        actor = json.loads(sent["MessageBody"])["detail"]["actor"]
        self.sent.append(actor["arn"])


@pytest.mark.parametrize(("told", "sent"), [(True, ["carol"]), (False, ["alice", "bob", "carol"])])
def test_what_stays_open_comes_back_once_after_who_did_it_is_written_down(told: bool, sent: list[str]) -> None:  # noqa: FBT001
    """Else each event about it would come for ever, and an interface that nobody can mend fill the queue."""
    later, restoring = _Later(told=told), Restoring(SECURITY_GROUPS)
    vars(restoring).update(_restorer=later, _clients=later, _queues={"security_groups": "its queue"})
    seen = [Sighted(frozenset({"sg-1"}), CLOUDTRAIL, Actor(arn=who)) for who in ("alice", "bob", "carol")]
    messages = [{"messageId": one.actor.arn} for one in seen if one.actor]
    assert restoring._hold(Look(RECORD, seen, messages)) == []
    assert later.sent == sent


def test_who_asks_for_an_undo_is_kept_beside_the_latest() -> None:
    later, restoring = _Later(told=True), Restoring(SECURITY_GROUPS)
    vars(restoring).update(_restorer=later, _clients=later, _queues={"security_groups": "its queue"})
    undo, *calls = (Sighted(frozenset(), CLOUDTRAIL, Actor(arn=who)) for who in ("alice", "bob", "carol"))
    seen = [undo._replace(undo="an incident"), *calls]
    assert restoring._hold(Look(RECORD, seen, [{"messageId": str(number)} for number in range(3)])) == []
    assert later.sent == ["alice", "carol"]


@pytest.mark.parametrize("kind", KINDS)
def test_of_what_was_deleted_it_is_said_what_would_be_done(kind: str) -> None:
    """While a concern is only observed. Not all that would make it again could be rehearsed: nothing stands."""
    restorer: Any = SimpleNamespace(rehearsal=dict, kinds=KINDS)
    gone: Any = SimpleNamespace(
        kind=kind,
        address=RECORD.address,
        desired=None,
        physical={},
        comes_back=KINDS[kind].comes_back,
        when_gone=KINDS[kind].when_gone,
    )
    ((does,), commands) = Restorer._rehearsed(restorer, gone, None, ())
    assert (does.startswith("make "), commands) == (KINDS[kind].comes_back, ())
