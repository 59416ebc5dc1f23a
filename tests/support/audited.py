"""Events of a cluster's audit log, in the shape in which EKS writes them."""

import base64
import gzip
import json
from typing import Any


def event(**other: Any) -> dict[str, Any]:
    """Alice scales the application; but for ``other``."""
    return {
        "kind": "Event",
        "apiVersion": "audit.k8s.io/v1",
        "level": "Metadata",
        "auditID": "0c5e",
        "stage": "ResponseComplete",
        "requestURI": "/apis/apps/v1/namespaces/application/deployments/application/scale",
        "verb": "patch",
        "user": {
            "username": "arn:aws:sts::123456789012:assumed-role/admin/alice",
            "groups": ["system:authenticated"],
            "extra": {
                "arn": ["arn:aws:sts::123456789012:assumed-role/admin/alice"],
                "canonicalArn": ["arn:aws:iam::123456789012:role/admin"],
                "sessionName": ["alice"],
            },
        },
        "sourceIPs": ["203.0.113.7"],
        "userAgent": "kubectl/v1.36.0",
        "objectRef": {
            "resource": "deployments",
            "namespace": "application",
            "name": "application",
            "apiGroup": "apps",
            "apiVersion": "v1",
            "subresource": "scale",
        },
        "responseStatus": {"metadata": {}, "code": 200},
        "requestReceivedTimestamp": "2026-01-01T10:00:07.250000Z",
        "stageTimestamp": "2026-01-01T10:00:07.300000Z",
        **other,
    }


def written(**other: Any) -> str:
    return json.dumps(event(**other))


def delivered(*messages: str, group: str = "/aws/eks/atlas/cluster", kind: str = "DATA_MESSAGE") -> dict[str, Any]:
    """As CloudWatch Logs hands them to a function ("Log group-level subscription filters", its user guide)."""
    batch = {
        "messageType": kind,
        "owner": "123456789012",
        "logGroup": group,
        "logStream": "kube-apiserver-audit-1",
        "subscriptionFilters": ["holdfast-audit"],
        "logEvents": [{"id": str(number), "timestamp": 1, "message": one} for number, one in enumerate(messages)],
    }
    return {"awslogs": {"data": base64.b64encode(gzip.compress(json.dumps(batch).encode())).decode()}}
