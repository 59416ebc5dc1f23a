"""Kubernetes APIs in this process: one cluster an environment, the laptop's own server without the wire."""

import json
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from holdfast.kubernetes.api import JSON, Answer
from local.kubernetes.cluster import Asked, Cluster

READS = frozenset({"GET"})


class InProcess:
    """``kubernetes.api.Api`` straight on a cluster. ``made`` are the requests so far: ``PATCH /api/v1/…``.

    ``agent`` is who asks where no field manager is named: whoever breaks the world by hand is ``kubectl``.
    """

    def __init__(self, cluster: Cluster, agent: str = "kubectl-edit") -> None:
        self.cluster = cluster
        self.agent = agent
        self.made: list[str] = []

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = {},
        body: object = None,
        content_type: str = JSON,
    ) -> Answer:
        if method not in READS and query.get("dryRun") != "All":
            self.made.append(f"{method} {path}")
        sent = json.loads(json.dumps(body))
        status, answer = self.cluster.answer(Asked(method, path, dict(query), sent, content_type, self.agent))
        return Answer(status, json.loads(json.dumps(answer)))

    def edit(self, path: str, **patch: Any) -> None:
        """Change an object by hand, as ``kubectl edit`` does. A change that is refused fails the test."""
        answer = self.request("PATCH", path, body=patch, content_type="application/strategic-merge-patch+json")
        assert answer.is_success, answer.why


class Clusters(defaultdict[str, InProcess]):
    """The cluster of each environment, there from the first question on; nobody needs a namespace of their own."""

    def __init__(self) -> None:
        super().__init__(lambda: InProcess(Cluster()))
