"""The kinds of Kubernetes objects that a layer may own: where they are found, what of them others may write.

All of an object's own fields are closed, its metadata is open: what somebody adds to a spec, to rules, subjects or data
is drift, also where we never said a word about it (``hostNetwork``, one more container, one more port). ``open`` lists
what controllers write there; ``closed`` what of the metadata is an order to a controller. Immutable fields are those
that the validation of an update refuses ("Kubernetes API Reference", kubernetes.io/docs/reference/kubernetes-api,
v1.36).
"""

import re
from typing import Final, NamedTuple

POD_TEMPLATE: Final = (
    r"spec\.template\.metadata\.(creationTimestamp|annotations\[kubectl\.kubernetes\.io/restartedAt\])"
)
"""A restart of its pods is everybody's right ("kubectl rollout restart"); a label is not, Services select by them."""
ANNOTATIONS: Final = r"metadata\.annotations[.\[](?!kubectl\.kubernetes\.io/|endpoints\.kubernetes\.io/).*"
"""Where controllers take orders from annotations; those of kubectl and of the endpoints controller are none."""
NOTHING: Final = r"(?!)"


class Kind(NamedTuple):
    """``open``, ``closed``: patterns of paths. ``immutable``: paths. ``replaceable``: deleting it costs nobody.

    ``holds``: what was in it does not come back when it is made again. ``audited``: changes of it are listened to.
    ``additive``: one more in a namespace allows more there, and changes none that stands ("Network Policies",
    kubernetes.io/docs/concepts/services-networking; "Using RBAC Authorization", .../docs/reference/access-authn-authz).
    """

    api_version: str
    kind: str
    plural: str
    namespaced: bool = True
    open: str = NOTHING
    closed: str = NOTHING
    immutable: tuple[str, ...] = ()
    replaceable: bool = False
    holds: bool = False
    audited: bool = True
    additive: bool = False

    @property
    def type_name(self) -> str:
        """As the manifest table calls it."""
        return f"Kubernetes::{self.kind}"

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    def collection(self, namespace: str) -> str:
        root = f"/apis/{self.api_version}" if self.group else f"/api/{self.api_version}"
        return f"{root}/namespaces/{namespace}/{self.plural}" if self.namespaced else f"{root}/{self.plural}"

    def is_closed(self, path: str) -> bool:
        """Whether what stands at ``path`` is drift if our manifest did not bring it about."""
        root = re.split(r"[.\[]", path, maxsplit=1)[0]
        if root in {"apiVersion", "kind", "metadata", "status"}:
            return re.match(self.closed, path) is not None
        return re.match(self.open, path) is None

    def is_fixed(self, path: str) -> bool:
        """Whether Kubernetes refuses a change there."""
        return any(re.match(rf"{re.escape(fixed)}($|[.\[])", path) for fixed in self.immutable)


_WORKLOAD: Final = ("spec.selector",)
_BINDING: Final = ("roleRef",)
_RBAC: Final = "rbac.authorization.k8s.io/v1"

_ALL: Final = (
    Kind("v1", "Namespace", "namespaces", namespaced=False, open=r"spec\.finalizers"),
    Kind("v1", "ServiceAccount", "serviceaccounts", open="secrets", closed=ANNOTATIONS),
    # Controllers keep locks in them and write every few seconds; no layer promises any.
    Kind("v1", "ConfigMap", "configmaps", audited=False),
    Kind("v1", "Secret", "secrets", immutable=("type",)),
    Kind(
        "v1",
        "Service",
        "services",
        open=r"spec\.(clusterIPs?|ipFamilies|ipFamilyPolicy|healthCheckNodePort|ports\[[^]]*\]\.nodePort)",
        closed=ANNOTATIONS,
    ),
    Kind("apps/v1", "Deployment", "deployments", open=rf"spec\.replicas|{POD_TEMPLATE}", immutable=_WORKLOAD),
    Kind("apps/v1", "DaemonSet", "daemonsets", open=POD_TEMPLATE, immutable=_WORKLOAD),
    Kind("networking.k8s.io/v1", "Ingress", "ingresses", closed=ANNOTATIONS),
    Kind(
        "networking.k8s.io/v1",
        "IngressClass",
        "ingressclasses",
        namespaced=False,
        closed=ANNOTATIONS,
        immutable=("spec.controller",),
    ),
    Kind("autoscaling/v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    Kind("policy/v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    Kind("networking.k8s.io/v1", "NetworkPolicy", "networkpolicies", additive=True),
    Kind(_RBAC, "Role", "roles", additive=True),
    Kind(_RBAC, "RoleBinding", "rolebindings", immutable=_BINDING, replaceable=True, additive=True),
    Kind(_RBAC, "ClusterRole", "clusterroles", namespaced=False),
    Kind(_RBAC, "ClusterRoleBinding", "clusterrolebindings", namespaced=False, immutable=_BINDING, replaceable=True),
    Kind(
        "storage.k8s.io/v1",
        "StorageClass",
        "storageclasses",
        namespaced=False,
        immutable=("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
        replaceable=True,
    ),
    Kind(
        "v1",
        "PersistentVolume",
        "persistentvolumes",
        namespaced=False,
        open=r"spec\.claimRef",
        immutable=("spec.csi", "spec.volumeMode"),
        holds=True,
    ),
    Kind(
        "v1",
        "PersistentVolumeClaim",
        "persistentvolumeclaims",
        open=r"spec\.volumeName",
        immutable=("spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeMode", "spec.volumeName"),
        holds=True,
    ),
    Kind(
        "scheduling.k8s.io/v1",
        "PriorityClass",
        "priorityclasses",
        namespaced=False,
        immutable=("value", "preemptionPolicy"),
        replaceable=True,
    ),
    Kind("v1", "ResourceQuota", "resourcequotas", immutable=("spec.scopes", "spec.scopeSelector")),
    Kind("v1", "LimitRange", "limitranges"),
)

KINDS: Final = {kind.kind: kind for kind in _ALL}
"""By Kubernetes's own name."""
ADDITIVE: Final = tuple(kind for kind in _ALL if kind.additive)


def identity(environment: str, kind: str, namespace: str, name: str) -> str:
    """What calls and events name an object by: unique among all environments. ``namespace`` may be empty."""
    return "/".join((environment, kind, namespace or "-", name))
