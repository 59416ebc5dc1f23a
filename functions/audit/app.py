"""Hears what is written in the clusters, and leads it to the queue of the concern that holds what was written.

A batch of a log group comes as ``awslogs.data``, gzip and Base64 ("Log group-level subscription filters", CloudWatch
Logs user guide). Which cluster it is of says the group's name. Whoever may invoke this function can make concerns look,
and no more.
"""

import base64
import gzip
import json
import logging
import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import msgspec

from holdfast.aws.clients import Clients, small_session
from holdfast.aws.settings import Settings
from holdfast.core.concern import HOME
from holdfast.core.event import audited
from holdfast.kubernetes.audit import Heard, heard

logger = logging.getLogger("audit")
logger.setLevel(logging.INFO)
LOG_GROUP: Final = re.compile(r"/aws/eks/([a-z0-9-]+)/cluster")
""""Send control plane logs to CloudWatch Logs", EKS user guide."""


class AuditSettings(Settings, frozen=True, kw_only=True):
    """The URL of the queue of each concern that holds Kubernetes objects, by the concern's name, as JSON."""

    queues: str


@cache
def clients() -> Clients:
    return Clients(small_session())


def handler(event: dict[str, Any], _context: object) -> dict[str, int]:
    """``event``: ``awslogs``. Answers with how many looks it asked for: one for each object and who wrote it."""
    batch = json.loads(gzip.decompress(base64.b64decode(event["awslogs"]["data"])))
    of_a_cluster = LOG_GROUP.fullmatch(batch["logGroup"])
    if batch["messageType"] != "DATA_MESSAGE" or of_a_cluster is None:
        return {"looks": 0}
    found = {(one.identity, one.kind, one.actor.arn): one for one in _heard(of_a_cluster[1], batch["logEvents"])}
    queues = msgspec.json.decode(AuditSettings.read().queues, type=dict[str, str])
    for one in found.values():
        body = json.dumps(audited(one.kind.type_name, one.identity, one.actor))
        clients().sqs.send_message(QueueUrl=queues[HOME[one.kind.type_name]], MessageBody=body)
    logger.info("heard", extra={"cluster": of_a_cluster[1], "events": len(batch["logEvents"]), "looks": len(found)})
    return {"looks": len(found)}


def _heard(cluster: str, events: list[dict[str, Any]]) -> Iterator[Heard]:
    for event in events:
        try:
            told = json.loads(event["message"])
        except (ValueError, RecursionError):
            continue
        yield from heard(cluster, told)
