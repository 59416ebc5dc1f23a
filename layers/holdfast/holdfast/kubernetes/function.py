"""The function inside an environment's private subnets that speaks to its cluster, and does nothing else.

Event ``{"method", "path", "query", "body", "content_type"}``, answer ``{"status", "body"}``. Which cluster, says the
variable ``CLUSTER``. It is asked by whoever may invoke it; what it may do in the cluster, says its access entry.
"""

from functools import cache
from typing import Any

import msgspec

from holdfast.kubernetes.api import JSON
from holdfast.kubernetes.direct import DirectApi


class Request(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is asked of the Kubernetes API."""

    method: str
    path: str
    query: dict[str, str] = {}
    body: Any = None
    content_type: str = JSON


@cache
def _api() -> DirectApi:
    return DirectApi.from_environment()


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:  # noqa: ARG001  (Lambda hands it over)
    """One request to the cluster's API. Raises ``ComeBackLater`` if it cannot be reached."""
    asked = msgspec.convert(event, Request)
    answer = _api().request(
        asked.method, asked.path, query=asked.query, body=asked.body, content_type=asked.content_type
    )
    return {"status": answer.status, "body": answer.body}
