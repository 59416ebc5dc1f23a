"""What is promised of a Kubernetes object, and what was found of it."""

import base64
from collections.abc import Mapping
from typing import Any, Final, Self

import msgspec

from holdfast.core.fields import HIDDEN, IDENTITY, OTHERWISE, flat, put
from holdfast.core.resource import Address, Desired, Drift

LABEL_MANAGED_BY: Final = "app.kubernetes.io/managed-by"
LABEL_ENVIRONMENT: Final = "holdfast.dev/environment"
LABEL_LAYER: Final = "holdfast.dev/layer"
LABEL_NAME: Final = "holdfast.dev/name"


def labels(address: Address) -> dict[str, str]:
    """The labels that say whose an object is."""
    return {
        LABEL_MANAGED_BY: "holdfast",
        LABEL_ENVIRONMENT: address.environment,
        LABEL_LAYER: address.layer,
        LABEL_NAME: address.name,
    }


class ObjectState(Desired, frozen=True, kw_only=True):
    """``manifest`` is the object as we want it: apiVersion, kind, metadata (name, namespace, labels…), spec…"""

    manifest: dict[str, Any]

    def owned(self, address: Address) -> Self:
        metadata = self.manifest["metadata"]
        marked = {**metadata, "labels": {**metadata.get("labels", {}), **labels(address)}}
        return msgspec.structs.replace(self, manifest={**self.manifest, "metadata": marked})

    def compared(self) -> Mapping[str, object]:
        """Each leaf of the manifest by its path."""
        leaves = {path: value for path, value in flat(stored(self.manifest)).items() if path not in IDENTITY}
        return {path: HIDDEN if is_secret(self.manifest, path) else value for path, value in leaves.items()}


class FoundState(ObjectState, frozen=True, kw_only=True):
    """The promised ``manifest``, and by path what was ``found`` in other places or otherwise (None: missing).

    ``removable``: the JSON patch that takes away what was added, by its path.
    """

    found: dict[str, Any] = {}
    removable: dict[str, dict[str, Any]] = {}
    version: str = ""

    def compared(self) -> Mapping[str, object]:
        return {**super().compared(), **self.found}

    def but_for(self, drift: Drift, manifest: dict[str, Any]) -> dict[str, Any]:
        """``manifest`` with all that was found otherwise and is not in ``drift``: people may have allowed it."""
        undone = {change.path for change in drift}
        for path, value in self.found.items():
            if path not in undone and value != OTHERWISE:
                manifest = put(manifest, path, value)
        return manifest


def stored(manifest: Mapping[str, Any]) -> dict[str, Any]:
    """``manifest`` as the API keeps it: a Secret's ``stringData`` is only another way to write ``data``."""
    if manifest.get("kind") != "Secret" or "stringData" not in manifest:
        return dict(manifest)
    written = {key: base64.b64encode(value.encode()).decode() for key, value in manifest["stringData"].items()}
    rest = {field: value for field, value in manifest.items() if field != "stringData"}
    return {**rest, "data": {**manifest.get("data", {}), **written}}


def is_secret(manifest: Mapping[str, Any], path: str) -> bool:
    """Whether the value at ``path`` must never be told."""
    return manifest.get("kind") == "Secret" and path.startswith("data")
