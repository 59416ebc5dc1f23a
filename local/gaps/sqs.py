"""SQS: dead letters can be moved back.

Promises: StartMessageMoveTask moves all messages of a dead-letter queue to the queues that they came from, or to one
that is named; what did not come from a queue stays, and the task fails over it. A moved message is a new one.
ListMessageMoveTasks shows the newest ten tasks of a queue. Here a task has ended when its start is answered. Pages:
StartMessageMoveTask and ListMessageMoveTasks (AWSSimpleQueueService/latest/APIReference/), "Configure a dead-letter
queue redrive" (AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-configure-dead-letter-queue-redrive.html).
"""

import json
import time
from collections import defaultdict
from typing import Any, Final
from uuid import uuid4

from ministack.core.concurrency import esm_wake
from ministack.services import sqs

type Queue = dict[str, Any]
type Task = dict[str, Any]

_SHOWN: Final = 10
_tasks: Final = defaultdict[str, list[Task]](list)


def close() -> None:
    sqs._HANDLERS |= {"StartMessageMoveTask": _start, "ListMessageMoveTasks": _list}


def homes_of(source: str) -> list[str]:
    """The ARNs of the queues whose dead letters go to the queue `source`."""
    return [one["attributes"]["QueueArn"] for one in sqs._queues.values() if source == _redrives_to(one)]


def _start(asked: dict[str, Any], _: str) -> dict[str, str]:
    source, destination = asked["SourceArn"], asked.get("DestinationArn", "")
    queue = _queue(source)
    if not homes_of(source):
        raise sqs._Err("InvalidParameterValue", "Source queue must be configured as a Dead Letter Queue.")
    handle = str(uuid4())
    task: Task = {
        "TaskHandle": handle,
        "Status": "COMPLETED",
        "SourceArn": source,
        **({"DestinationArn": destination} if destination else {}),
        "ApproximateNumberOfMessagesToMove": len(queue["messages"]),
        "ApproximateNumberOfMessagesMoved": 0,
        "StartedTimestamp": int(time.time() * 1000),
    }
    for message in list(queue["messages"]):
        home = destination or message.get("sys", {}).get("DeadLetterQueueSourceArn", "")
        if not home:
            task |= {"Status": "FAILED", "FailureReason": "CouldNotDetermineMessageSource"}
            break
        _queue(home)["messages"].append(_renewed(message))
        queue["messages"].remove(message)
        task["ApproximateNumberOfMessagesMoved"] += 1
    esm_wake.set()
    _tasks[source].insert(0, task)
    return {"TaskHandle": handle}


def _list(asked: dict[str, Any], _: str) -> dict[str, list[Task]]:
    _queue(asked["SourceArn"])
    shown = _tasks[asked["SourceArn"]][: min(_SHOWN, asked.get("MaxResults", 1))]
    # The handle is shown of a running task alone.
    return {"Results": [{name: value for name, value in task.items() if name != "TaskHandle"} for task in shown]}


def _queue(arn: str) -> Queue:
    found: Queue | None = sqs._queue_by_arn(arn)
    if found is None:
        raise sqs._Err("ResourceNotFoundException", f"The resource {arn} doesn't exist.", 404)
    return found


def _redrives_to(queue: Queue) -> str:
    policy = json.loads(queue["attributes"].get("RedrivePolicy") or "{}")
    return str(policy.get("deadLetterTargetArn", ""))


def _renewed(message: dict[str, Any]) -> dict[str, Any]:
    """As it is received from then on: with an id and a time of its own, and as if for the first time."""
    now = time.time()
    told = {name: value for name, value in message.get("sys", {}).items() if name != "DeadLetterQueueSourceArn"}
    return {
        **message,
        "id": str(uuid4()),
        "sent_at": now,
        "visible_at": now,
        "receive_count": 0,
        "first_receive_at": None,
        "receipt_handle": None,
        "sys": {**told, "SentTimestamp": str(int(now * 1000))},
    }
