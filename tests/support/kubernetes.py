"""Kubernetes APIs in this process: one cluster an environment, the laptop's own server without the wire."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from holdfast.kubernetes.api import JSON, Answer
from local.kubernetes.cluster import Asked, Cluster

STRATEGIC: Final = "application/strategic-merge-patch+json"


class InProcess:
    """``kubernetes.api.Api`` straight on a cluster. Each request that changes something is ``told``: as it is made, as
    ``kubernetes.Patch``. Who names no field manager is ``kubectl-edit``.
    """

    def __init__(self, told: Callable[[str], None] = lambda _: None) -> None:
        self.cluster = Cluster()
        self._told = told

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = {},
        body: object = None,
        content_type: str = JSON,
    ) -> Answer:
        sent = json.loads(json.dumps(body))
        asked = Asked(method, path, dict(query), sent, content_type, "kubectl-edit")
        status, answer = self.cluster.answer(asked)
        reads = method == "GET" or asked.is_dry
        self._told(f"kubernetes.{'Get' if reads else method.capitalize()}")
        return Answer(status, json.loads(json.dumps(answer)))

    def edit(self, path: str, patch: Mapping[str, Any]) -> None:
        """Change an object by hand, as ``kubectl edit`` does. A change that is refused fails the test."""
        answer = self.request("PATCH", path, body=patch, content_type=STRATEGIC)
        assert answer.is_success, answer.why


class Clusters(dict[str, InProcess]):
    """The cluster of each environment, there from the first question on."""

    def __init__(self, told: Callable[[str], None] = lambda _: None) -> None:
        super().__init__()
        self._told = told

    def __missing__(self, environment: str) -> InProcess:
        self[environment] = InProcess(self._told)
        return self[environment]
