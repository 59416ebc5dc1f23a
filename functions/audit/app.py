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
    """The queue of each concern that restores Kubernetes objects."""

    autoscaling_queue: str
    identity_queue: str
    network_queue: str

    def of(self, concern: str) -> str:
        """Empty where nobody restores it."""
        return str(getattr(self, f"{concern}_queue", ""))


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
    looks = sum(map(_look, found.values()))
    logger.info("heard", extra={"cluster": of_a_cluster[1], "events": len(batch["logEvents"]), "looks": looks})
    return {"looks": looks}


def _heard(cluster: str, events: list[dict[str, Any]]) -> Iterator[Heard]:
    for event in events:
        try:
            told = json.loads(event["message"])
        except (ValueError, RecursionError):
            continue
        if one := heard(cluster, told):
            yield one


def _look(one: Heard) -> bool:
    """Ask for a look at it; whether there is somebody to ask."""
    queue = AuditSettings.read().of(HOME[one.kind.type_name])
    if queue:
        body = json.dumps(audited(one.kind.type_name, one.identity, one.actor))
        clients().sqs.send_message(QueueUrl=queue, MessageBody=body)
    return bool(queue)
