"""Kubernetes objects as lines of a layer, each waiting for the namespace that it lies in."""

from collections.abc import Iterator, Mapping

from holdfast.core.manifest import Declared
from holdfast.kubernetes.manifests.pod import Manifest
from holdfast.kubernetes.objects import ObjectState


def declared(part: str, manifests: Mapping[str, Manifest], spaces: Mapping[str, str]) -> Iterator[Declared]:
    """A line an object, named after its ``part`` of the layer. ``spaces``: which line makes a namespace, by its name.

    A reference takes the namespace's name's place in what lies in it: nothing is applied into one that is not there.
    """
    for name, manifest in manifests.items():
        metadata = manifest["metadata"]
        if (home := metadata.get("namespace")) is not None:
            metadata = {**metadata, "namespace": f"${{{spaces[home]}.Name}}"}
        yield Declared(
            f"Kubernetes::{manifest['kind']}",
            f"{part}_{name}",
            ObjectState(manifest={**manifest, "metadata": metadata}),
        )
