"""Dead letters are moved back as "Configure a dead-letter queue redrive" says (SQS developer guide)."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import Account, refused


class Queues:
    """A queue of the account's own and the one to which its dead letters go after one try."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.sqs = account.root("sqs")
        self.dead = self.sqs.create_queue(QueueName="dead")["QueueUrl"]
        self.grave = account.arn("sqs", "dead")
        policy = json.dumps({"deadLetterTargetArn": self.grave, "maxReceiveCount": "1"})
        self.live = self.sqs.create_queue(QueueName="live", Attributes={"RedrivePolicy": policy})["QueueUrl"]

    def received(self, url: str) -> list[dict[str, Any]]:
        answer = self.sqs.receive_message(
            QueueUrl=url, VisibilityTimeout=0, MaxNumberOfMessages=10, MessageSystemAttributeNames=["All"]
        )
        found: list[dict[str, Any]] = answer.get("Messages", [])
        return found

    def buried(self, body: str) -> str:
        """A message that was tried in vain; its id."""
        identity: str = self.sqs.send_message(QueueUrl=self.live, MessageBody=body)["MessageId"]
        assert [one["Body"] for one in self.received(self.live)] == [body]
        assert self.received(self.live) == []
        return identity


@pytest.fixture
def queues() -> Queues:
    return Queues(Account())


def test_what_was_tried_in_vain_goes_back_to_where_it_came_from(queues: Queues) -> None:
    before = queues.buried("once more")
    queues.sqs.start_message_move_task(SourceArn=queues.grave)
    assert queues.received(queues.dead) == []
    (message,) = queues.received(queues.live)
    assert (message["Body"], message["Attributes"]["ApproximateReceiveCount"]) == ("once more", "1")
    assert message["MessageId"] != before, "a moved message is a new one"
    (task,) = queues.sqs.list_message_move_tasks(SourceArn=queues.grave)["Results"]
    assert (task["Status"], task["ApproximateNumberOfMessagesMoved"]) == ("COMPLETED", 1)


def test_what_came_from_no_queue_stays_unless_it_is_told_where_to_go(queues: Queues) -> None:
    queues.sqs.send_message(QueueUrl=queues.dead, MessageBody="a batch of a stream")
    queues.sqs.start_message_move_task(SourceArn=queues.grave)
    (task,) = queues.sqs.list_message_move_tasks(SourceArn=queues.grave)["Results"]
    assert (task["Status"], task["FailureReason"]) == ("FAILED", "CouldNotDetermineMessageSource")
    queues.sqs.start_message_move_task(SourceArn=queues.grave, DestinationArn=queues.account.arn("sqs", "live"))
    assert [one["Body"] for one in queues.received(queues.live)] == ["a batch of a stream"]


def test_only_dead_letters_are_moved(queues: Queues) -> None:
    with pytest.raises(ClientError, match="must be configured as a Dead Letter Queue"):
        queues.sqs.start_message_move_task(SourceArn=queues.account.arn("sqs", "live"))
    with pytest.raises(ClientError, match="doesn't exist"):
        queues.sqs.start_message_move_task(SourceArn=queues.account.arn("sqs", "none"))


def test_who_moves_them_may_receive_delete_and_send(queues: Queues) -> None:
    starts = {"Action": ["sqs:StartMessageMoveTask", "sqs:GetQueueAttributes"], "Resource": "*"}
    moves = {"Action": ["sqs:ReceiveMessage", "sqs:DeleteMessage"], "Resource": queues.grave}
    sends = {"Action": "sqs:SendMessage", "Resource": queues.account.arn("sqs", "live")}
    assert "sqs:ReceiveMessage" in refused(
        queues.account.user(starts)("sqs").start_message_move_task, SourceArn=queues.grave
    )
    assert "sqs:SendMessage" in refused(
        queues.account.user(starts, moves)("sqs").start_message_move_task, SourceArn=queues.grave
    )
    queues.account.user(starts, moves, sends)("sqs").start_message_move_task(SourceArn=queues.grave)
