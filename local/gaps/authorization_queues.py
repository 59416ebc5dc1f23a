"""SQS: a batch is asked about as what it is a batch of.

Rests on "Amazon SQS API permissions: Actions and resource reference"
(AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html): SendMessageBatch asks for
sqs:SendMessage, and its like.
"""

from local.calls import Call
from local.gaps.authorization import Question


def questions(call: Call, resource: str) -> list[Question]:
    return [Question(f"sqs:{call.operation.removesuffix('Batch')}", resource, inherits=True)]
