"""The sweep: a look at every guarded record, asked of each concern that holds one of its fields.

One message a record and concern: what cannot be looked at is delivered again alone. Page: "SendMessageBatch" (SQS API
reference), of which each entry is taken or refused by itself.
"""

import json
from collections.abc import Iterator, Mapping
from itertools import batched
from typing import TYPE_CHECKING, Final

from holdfast.core.concern import holders
from holdfast.core.event import look_at
from holdfast.core.manifest import Record, Records
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

NOTICED_BY: Final = "the sweep"
A_BATCH: Final = 10
"""Messages that one call takes."""


def sweep(records: Records, queues: Mapping[str, str], sqs: "SQSClient") -> int:
    """Ask for a look at all of ``records`` that are guarded; how many were asked for.

    ``queues``: the URL of each concern's queue. Raises ``ComeBackLater`` if SQS did not take all: asked twice, a
    resource is looked at twice, and nothing more.
    """
    count = 0
    for concern, queue in queues.items():
        for some in batched(_held_by(concern, records), A_BATCH, strict=False):
            answer = sqs.send_message_batch(
                QueueUrl=queue,
                Entries=[
                    {"Id": str(place), "MessageBody": json.dumps(look_at(one.environment, [one.path], NOTICED_BY))}
                    for place, one in enumerate(some)
                ],
            )
            if refused := answer.get("Failed"):
                raise ComeBackLater(f"SQS refused {len(refused)} looks of {concern}: {refused[0]['Code']}", 5)
            count += len(some)
    return count


def _held_by(concern: str, records: Records) -> Iterator[Record]:
    for record in records.values():
        if record.desired is not None and record.physical and concern in holders(record.kind):
            yield record
