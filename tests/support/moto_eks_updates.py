"""What moto lacks of EKS's updates: their list, and how each ended (ListUpdates, DescribeUpdate, EKS API reference).

What moto changes it changes at once; a test says with ``end`` that EKS took a change and how that ended.
"""

import time
from typing import Any, Final

import pytest
from moto.core.responses import ActionResult
from moto.eks import urls
from moto.eks.models import EKSBackend, eks_backends
from moto.eks.responses import EKSResponse
from moto.moto_api._internal import mock_random

PATHS: Final = (
    "{0}/clusters/(?P<name>[^/]+)/updates$",
    "{0}/clusters/(?P<name>[^/]+)/updates/(?P<updateId>[^/]+)$",
)

type Of = tuple[str, str]
"""The cluster, and the node group or add-on that the update is of; empty if it is of the cluster itself."""


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in PATHS:
        monkeypatch.setitem(urls.url_paths, path, urls.response.dispatch)
    monkeypatch.setattr(EKSResponse, "list_updates", _list, raising=False)
    monkeypatch.setattr(EKSResponse, "describe_update", _describe, raising=False)


def end(status: str, error: str = "", *, of: str = "", ago: float = 0) -> None:
    """Of the cluster ``atlas``, or of what is called ``of`` in it, an update that was begun so many seconds ago."""
    told = {"errorCode": "Unknown", "errorMessage": error, "resourceIds": ["i-0123456789abcdef0"]}
    identity = str(mock_random.uuid4())
    _updates(eks_backends["123456789012"]["eu-west-1"])[identity] = (
        ("atlas", of),
        {
            "id": identity,
            "status": status,
            "type": "VersionUpdate",
            "createdAt": time.time() - ago,
            "errors": [told] if error else [],
        },
    )


def _updates(backend: EKSBackend) -> dict[str, tuple[Of, dict[str, Any]]]:
    updates: dict[str, tuple[Of, dict[str, Any]]] = backend.__dict__.setdefault("updates", {})
    return updates


def _of(response: EKSResponse) -> Of:
    return response._get_param("name"), response._get_param("nodegroupName") or response._get_param("addonName") or ""


def _list(response: EKSResponse) -> ActionResult:
    mine = [identity for identity, (of, _) in _updates(response.eks_backend).items() if of == _of(response)]
    return ActionResult({"updateIds": mine})


def _describe(response: EKSResponse) -> ActionResult:
    of, update = _updates(response.eks_backend)[response._get_param("updateId")]
    assert of == _of(response), "EKS finds an update only beside what it is of"
    return ActionResult({"update": update})
