"""What EKS would write into the log group of its control plane: an `audit.k8s.io/v1` event for each request.

"Auditing" (kubernetes.io/docs/tasks/debug/debug-cluster/audit), as EKS shapes it: "Send control plane logs to
CloudWatch Logs" (eks/latest/userguide/control-plane-logs.html). Whom IAM knows stands in `user.extra` as the
authenticator has it (github.com/kubernetes-sigs/aws-iam-authenticator, pkg/arn: a role without its path).
"""

from collections import deque
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import uuid4

from local.kubernetes.access import User
from local.kubernetes.served import Place

_KEPT: Final = 10_000
_VERBS: Final = {"GET": "get", "POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Heard(NamedTuple):
    """A request as it came: `uri` with its query."""

    method: str
    uri: str
    agent: str


NAMESPACE_CONTROLLER: Final = User("system:serviceaccount:kube-system:namespace-controller", ("system:authenticated",))
"""Who empties a namespace that is deleted ("Garbage collection", kubernetes.io/docs/concepts/architecture)."""


def verb(method: str, there: Place) -> str:
    if there.name:
        return _VERBS.get(method, method.lower())
    return {"GET": "list", "DELETE": "deletecollection"}.get(method, _VERBS.get(method, method.lower()))


class AuditLog:
    """The newest events; `deque` may be read while others write."""

    def __init__(self, told: Callable[[dict[str, Any]], None]) -> None:
        self.events: deque[dict[str, Any]] = deque(maxlen=_KEPT)
        self._told = told

    def write(self, user: User, heard: Heard, there: Place, status: int) -> None:
        at = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        served = there.served
        group = {"apiGroup": served.group} if served.group else {}
        place = {"namespace": there.namespace} if there.namespace else {}
        name = {"name": there.name} if there.name else {}
        sub = {"subresource": there.subresource} if there.subresource else {}
        version = {"apiVersion": served.api_version.rpartition("/")[2]}
        event = {
            "kind": "Event",
            "apiVersion": "audit.k8s.io/v1",
            "level": "Metadata",
            "auditID": str(uuid4()),
            "stage": "ResponseComplete",
            "requestURI": heard.uri,
            "verb": verb(heard.method, there),
            "user": _user(user),
            "sourceIPs": ["127.0.0.1"],
            "userAgent": heard.agent,
            "objectRef": {"resource": served.plural, **place, **name, **group, **version, **sub},
            "responseStatus": {"metadata": {}, "code": status},
            "requestReceivedTimestamp": at,
            "stageTimestamp": at,
        }
        self.events.append(event)
        self._told(event)


def _user(user: User) -> dict[str, Any]:
    known = {"username": user.name, "groups": list(user.groups)}
    return {**known, "extra": _extra(user.arn)} if user.arn else known


def _extra(arn: str) -> dict[str, list[str]]:
    if ":assumed-role/" not in arn:
        return {"arn": [arn], "canonicalArn": [arn], "sessionName": [""]}
    account, (role, session) = arn.split(":")[4], arn.partition(":assumed-role/")[2].split("/")
    return {"arn": [arn], "canonicalArn": [f"arn:aws:iam::{account}:role/{role}"], "sessionName": [session]}
