"""Kubernetes objects as lines of a layer, each waiting for the namespace that it lies in."""

from collections.abc import Iterable, Iterator, Mapping

from holdfast.core.manifest import Declared
from holdfast.kubernetes.kinds import ADDITIVE
from holdfast.kubernetes.manifests.pod import Manifest
from holdfast.kubernetes.namespaces import NamespaceState
from holdfast.kubernetes.objects import ObjectState


def declared(
    part: str, manifests: Mapping[str, Manifest], spaces: Mapping[str, str], later: Iterable[Manifest] = ()
) -> Iterator[Declared]:
    """A line an object, named after its ``part`` of the layer. ``spaces``: which line makes a namespace, by its name.

    A reference takes the namespace's name's place in what lies in it: nothing is applied into one that is not there.
    ``later``: what another layer puts into a namespace of these.
    """
    everything = (*manifests.values(), *later)
    for name, manifest in manifests.items():
        metadata = manifest["metadata"]
        if (home := metadata.get("namespace")) is not None:
            metadata = {**metadata, "namespace": f"${{{spaces[home]}.Name}}"}
        yield Declared(
            f"Kubernetes::{manifest['kind']}",
            f"{part}_{name}",
            _state({**manifest, "metadata": metadata}, everything),
        )


def _state(manifest: Manifest, everything: Iterable[Manifest]) -> ObjectState:
    """Of a namespace also, which of ``everything`` may lie in it."""
    if manifest["kind"] != "Namespace":
        return ObjectState(manifest=manifest)
    additive, name = {kind.kind for kind in ADDITIVE}, manifest["metadata"]["name"]
    inside = (one for one in everything if one["kind"] in additive and one["metadata"].get("namespace") == name)
    return NamespaceState(
        manifest=manifest, objects=frozenset(f"{one['kind']}/{one['metadata']['name']}" for one in inside)
    )
