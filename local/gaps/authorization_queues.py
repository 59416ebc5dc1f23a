"""SQS: a batch is asked about as what it is a batch of, and who moves dead letters about all that this comes to.

Rests on "Amazon SQS API permissions: Actions and resource reference"
(AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html): SendMessageBatch asks for
sqs:SendMessage, and its like; and on "Required permissions for dead-letter queue redrive" of the same guide
(sqs-configure-dead-letter-queue-redrive.html).
"""

from typing import Final

from local.calls import Call
from local.gaps.authorization import Question
from local.gaps.sqs import homes_of

_MOVES: Final = ("StartMessageMoveTask", "ReceiveMessage", "DeleteMessage", "GetQueueAttributes")


def questions(call: Call, resource: str) -> list[Question]:
    if call.operation == "StartMessageMoveTask":
        source, named = call.parameters["SourceArn"], call.parameters.get("DestinationArn")
        moving = [Question(f"sqs:{action}", source, inherits=True) for action in _MOVES]
        homes = [named] if named else homes_of(source)
        return [*moving, *(Question("sqs:SendMessage", home, inherits=True) for home in homes)]
    if call.operation == "ListMessageMoveTasks":
        return [Question("sqs:ListMessageMoveTasks", call.parameters["SourceArn"], inherits=True)]
    return [Question(f"sqs:{call.operation.removesuffix('Batch')}", resource, inherits=True)]
