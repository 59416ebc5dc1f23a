"""Somebody with kubectl in an environment's cluster: in the cluster's API, under their own name.

An access entry lets them in ("Grant IAM users access to Kubernetes with EKS access entries", EKS user guide). No
environment promises one for people, and whoever holds access entries takes it away again: they let themselves in anew.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Final

from botocore.exceptions import ReadTimeoutError

from holdfast.kubernetes.api import JSON, Answer
from holdfast.kubernetes.direct import DirectApi
from tests.local.accounts import REGION
from tests.support.cloud import Caller

ADMINISTRATOR: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
STRATEGIC: Final = "application/strategic-merge-patch+json"
"""What `kubectl edit` and `kubectl patch` send."""
SCALE: Final = "application/merge-patch+json"
TRIES: Final = 20


class InCluster:
    """``who`` may make access entries."""

    def __init__(self, who: Caller, cluster: str) -> None:
        self._who = who
        self._cluster = cluster
        self._api = DirectApi(who.session(), cluster, REGION)

    def patch(self, path: str, patch: Mapping[str, Any]) -> None:
        self._done(lambda: self._api.request("PATCH", path, body=patch, content_type=STRATEGIC))

    def scale(self, path: str, replicas: int) -> None:
        """As `kubectl scale` does it."""
        wanted = {"spec": {"replicas": replicas}}
        self._done(lambda: self._api.request("PATCH", f"{path}/scale", body=wanted, content_type=SCALE))

    def create(self, collection: str, manifest: Mapping[str, Any]) -> None:
        self._done(lambda: self._api.request("POST", collection, body=manifest, content_type=JSON))

    def delete(self, path: str) -> None:
        self._done(lambda: self._api.request("DELETE", path))

    def _done(self, ask: Callable[[], Answer]) -> None:
        for _ in range(TRIES):
            try:
                answer = ask()
            except ReadTimeoutError:
                continue  # DescribeCluster, for which a function would not wait longer: a person asks again
            if answer.status not in {401, 403}:
                assert answer.is_success, f"{answer.status}: {answer.why}"
                return
            self._enter()
        raise AssertionError(f"the cluster {self._cluster} lets {self._who.arn} in no more")

    def _enter(self) -> None:
        eks, mine = self._who.client("eks"), {"clusterName": self._cluster, "principalArn": self._who.arn}
        with suppress(eks.exceptions.ResourceInUseException):
            eks.create_access_entry(**mine)
        with suppress(eks.exceptions.ResourceNotFoundException):  # taken away in between
            eks.associate_access_policy(**mine, policyArn=ADMINISTRATOR, accessScope={"type": "cluster"})
