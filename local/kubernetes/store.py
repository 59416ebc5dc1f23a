"""The objects of a cluster as they are kept: each change under a number of its own, what is the same kept as it was."""

import copy
import itertools
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from local.kubernetes.served import Served

type Object = dict[str, Any]

_AT_FIRST: Final = ("default", "kube-node-lease", "kube-public", "kube-system")
_COUNTED: Final = {
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
    "Ingress",
    "NetworkPolicy",
    "PodDisruptionBudget",
}
"""Kinds whose `generation` counts the changes of their spec."""


class Store:
    def __init__(self) -> None:
        self._objects: dict[tuple[str, str, str], Object] = {}
        self._versions = itertools.count(1)
        self._last = 0
        for name in _AT_FIRST:
            metadata = {"name": name, "labels": {"kubernetes.io/metadata.name": name}}
            spec, status = {"finalizers": ["kubernetes"]}, {"phase": "Active"}
            namespace: Object = {"metadata": metadata, "spec": spec, "status": status}
            self.put("namespaces", self.begun({"apiVersion": "v1", "kind": "Namespace", **namespace}))

    @property
    def version(self) -> str:
        return str(self._last)

    def get(self, resource: str, namespace: str, name: str) -> Object | None:
        found = self._objects.get((resource, namespace, name))
        return copy.deepcopy(found) if found else None

    def all(self, served: Served, namespace: str) -> list[Object]:
        """Of one namespace, or of all, in the order of their names."""
        keys = sorted(key for key in self._objects if key[0] == served.resource and namespace in {"", key[1]})
        return [copy.deepcopy(self._objects[key]) for key in keys]

    def begun(self, obj: Object) -> Object:
        """A new object with what makes it one."""
        obj["metadata"] |= {"uid": str(uuid4()), "creationTimestamp": now()}
        if obj["kind"] in _COUNTED:
            obj["metadata"]["generation"] = 1
        return obj

    def changed(self, before: Object, after: Object) -> bool:
        """Whether anything but times differs; where the spec does, `after` counts one more."""
        if before["kind"] in _COUNTED and before.get("spec") != after.get("spec"):
            after["metadata"]["generation"] = before["metadata"].get("generation", 1) + 1
        return _timeless(before) != _timeless(after)

    def put(self, resource: str, obj: Object) -> Object:
        self._last = next(self._versions)
        obj["metadata"]["resourceVersion"] = self.version
        metadata = obj["metadata"]
        self._objects[resource, metadata.get("namespace", ""), metadata["name"]] = copy.deepcopy(obj)
        return obj

    def remove(self, resource: str, namespace: str, name: str) -> None:
        """And, with a namespace, all that is in it."""
        del self._objects[resource, namespace, name]
        if resource == "namespaces":
            for key in [key for key in self._objects if key[1] == name]:
                del self._objects[key]

    def node_ports(self, but: str) -> Iterator[int]:
        """Those taken by all Services but the one of this uid."""
        for (resource, _, _), obj in self._objects.items():
            if resource == "services" and obj["metadata"]["uid"] != but:
                yield from (port["nodePort"] for port in obj["spec"].get("ports", ()) if "nodePort" in port)

    def addresses(self) -> set[str]:
        """Cluster addresses that are taken."""
        services = [obj for (resource, _, _), obj in self._objects.items() if resource == "services"]
        return {str(obj["spec"].get("clusterIP")) for obj in services}


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _timeless(obj: Object) -> Object:
    metadata = {key: value for key, value in obj["metadata"].items() if key != "resourceVersion"}
    if "managedFields" in metadata:
        metadata["managedFields"] = [{**entry, "time": ""} for entry in metadata["managedFields"]]
    return {**obj, "metadata": metadata}
