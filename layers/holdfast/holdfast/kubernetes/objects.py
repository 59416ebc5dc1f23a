"""Kubernetes objects as resources of ours (interface first; the verbs follow)."""

from typing import Any, Self

import msgspec

from holdfast.core.resource import Address, Desired

LABEL_MANAGED_BY = "app.kubernetes.io/managed-by"
LABEL_ENVIRONMENT = "holdfast.dev/environment"
LABEL_LAYER = "holdfast.dev/layer"
LABEL_NAME = "holdfast.dev/name"


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
