"""Looks that are asked of a concern: by a sweep of everything, by the guard, by a restorer that made something again.

One message a record and concern: what cannot be looked at is delivered again alone. Page: "SendMessageBatch" (SQS API
reference), of which each entry is taken or refused by itself.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import batched
from typing import TYPE_CHECKING, Final

from holdfast.core.concern import holders
from holdfast.core.event import look_at
from holdfast.core.manifest import Records
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

SWEEP: Final = "the sweep"
A_BATCH: Final = 10
"""Messages that one call takes."""


def sweep(records: Records, queues: Mapping[str, str], sqs: "SQSClient", noticed_by: str = SWEEP) -> int:
    """Ask for a look at all of an environment's ``records`` that are guarded; how many were asked for.

    Whoever holds a field of one is asked. ``queues``: the URL of each concern's. Raises as ``ask_for_looks`` does.
    """
    count = 0
    for concern, queue in queues.items():
        held = [one for one in guarded(records).values() if concern in holders(one.kind)]
        if held:
            ask_for_looks(sqs, queue, held[0].environment, [one.path for one in held], noticed_by)
        count += len(held)
    return count


def guarded(records: Records) -> Records:
    """Those of which something is promised, and that stand or stood."""
    return {path: one for path, one in records.items() if one.desired is not None and one.physical}


def ask_for_looks(
    sqs: "SQSClient", queue: str, environment: str, paths: Iterable[str], noticed_by: str, *, undo: str = ""
) -> None:
    """Ask the concern of ``queue`` (its URL) for a look at each of ``paths``; see ``core.event.look_at``.

    Raises ``ComeBackLater`` if SQS did not take all: asked twice, a resource is looked at twice, and nothing more.
    """
    for some in batched(paths, A_BATCH, strict=False):
        answer = sqs.send_message_batch(
            QueueUrl=queue,
            Entries=[
                {"Id": str(place), "MessageBody": json.dumps(look_at(environment, [path], noticed_by, undo))}
                for place, path in enumerate(some)
            ],
        )
        if refused := answer.get("Failed"):
            raise ComeBackLater(f"SQS refused {len(refused)} looks of {environment}: {refused[0]['Code']}", 5)
