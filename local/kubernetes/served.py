"""Which kinds are served, and where: the paths of "Kubernetes API Reference", v1.36, and the discovery documents."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

VERSION: Final = "v1.36.0"


class Served(NamedTuple):
    api_version: str
    kind: str
    plural: str
    namespaced: bool = True

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def resource(self) -> str:
        """As messages name it: `deployments.apps`."""
        return f"{self.plural}.{self.group}" if self.group else self.plural


class Place(NamedTuple):
    """What a path leads to; an empty name stands for all of the kind."""

    served: Served
    namespace: str
    name: str
    subresource: str


SERVED: Final = (
    Served("v1", "ConfigMap", "configmaps"),
    Served("v1", "Endpoints", "endpoints"),
    Served("v1", "Event", "events"),
    Served("v1", "LimitRange", "limitranges"),
    Served("v1", "Namespace", "namespaces", namespaced=False),
    Served("v1", "Node", "nodes", namespaced=False),
    Served("v1", "PersistentVolume", "persistentvolumes", namespaced=False),
    Served("v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    Served("v1", "Pod", "pods"),
    Served("v1", "ResourceQuota", "resourcequotas"),
    Served("v1", "Secret", "secrets"),
    Served("v1", "Service", "services"),
    Served("v1", "ServiceAccount", "serviceaccounts"),
    Served("apps/v1", "DaemonSet", "daemonsets"),
    Served("apps/v1", "Deployment", "deployments"),
    Served("apps/v1", "ReplicaSet", "replicasets"),
    Served("apps/v1", "StatefulSet", "statefulsets"),
    Served("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Served("batch/v1", "CronJob", "cronjobs"),
    Served("batch/v1", "Job", "jobs"),
    Served("coordination.k8s.io/v1", "Lease", "leases"),
    Served("discovery.k8s.io/v1", "EndpointSlice", "endpointslices"),
    Served("networking.k8s.io/v1", "Ingress", "ingresses"),
    Served("networking.k8s.io/v1", "IngressClass", "ingressclasses", namespaced=False),
    Served("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies"),
    Served("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Served("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles", namespaced=False),
    Served("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings", namespaced=False),
    Served("rbac.authorization.k8s.io/v1", "Role", "roles"),
    Served("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
    Served("scheduling.k8s.io/v1", "PriorityClass", "priorityclasses", namespaced=False),
    Served("storage.k8s.io/v1", "StorageClass", "storageclasses", namespaced=False),
)
_VERBS: Final = ["create", "delete", "get", "list", "patch", "update"]


def place(path: str) -> Place | None:
    """What `path` leads to; None where nothing is served."""
    match path.strip("/").split("/"):
        case ["api", "v1", *rest]:
            return _within("v1", rest)
        case ["apis", group, version, *rest]:
            return _within(f"{group}/{version}", rest)
        case _:
            return None


def _within(api_version: str, rest: list[str]) -> Place | None:
    kinds = {one.plural: one for one in SERVED if one.api_version == api_version}
    match rest:
        case ["namespaces", namespace, plural, *more] if plural in kinds and kinds[plural].namespaced:
            served = kinds[plural]
        case [plural, *more] if plural in kinds:
            namespace, served = "", kinds[plural]
            if served.namespaced and more:
                return None
        case _:
            return None
    name, subresource = (*more, "", "")[:2]
    return Place(served, namespace, name, subresource) if len(more) <= 2 else None


def discovery(path: str) -> dict[str, Any] | None:
    """The documents by which clients find their way ("API discovery")."""
    versions = sorted({one.api_version for one in SERVED if one.group})
    match path.strip("/").split("/"):
        case ["version"]:
            return {"major": "1", "minor": "36", "gitVersion": f"{VERSION}-holdfast-laptop", "platform": "laptop"}
        case ["api"]:
            return {"kind": "APIVersions", "versions": ["v1"]}
        case ["apis"]:
            groups = [_group(version) for version in versions]
            return {"kind": "APIGroupList", "apiVersion": "v1", "groups": groups}
        case ["api", "v1"]:
            return _resources("v1")
        case ["apis", group, version] if f"{group}/{version}" in versions:
            return _resources(f"{group}/{version}")
        case _:
            return None


def _group(api_version: str) -> dict[str, Any]:
    group, _, version = api_version.rpartition("/")
    one = {"groupVersion": api_version, "version": version}
    return {"name": group, "versions": [one], "preferredVersion": one}


def _resources(api_version: str) -> dict[str, Any]:
    return {"kind": "APIResourceList", "groupVersion": api_version, "resources": list(_listed(api_version))}


def _listed(api_version: str) -> Iterator[dict[str, Any]]:
    for one in SERVED:
        if one.api_version == api_version:
            singular = one.kind.lower()
            yield {
                "name": one.plural,
                "singularName": singular,
                "namespaced": one.namespaced,
                "kind": one.kind,
                "verbs": _VERBS,
            }
