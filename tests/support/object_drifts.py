"""Drifts of what runs in the cluster, by the concern that holds it: made by somebody with kubectl."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from holdfast.kubernetes.kinds import KINDS
from tests.support.drifting import Broken, Hands

APPLICATION, BUDGET = "workloads/application_deployment", "workloads/application_disruption_budget"
PODS, CLAIM = "workloads/application_autoscaler", "workloads/application_claim"
NODES, ITS_BUDGET = "workloads/cluster_autoscaler_deployment", "workloads/cluster_autoscaler_disruption_budget"
WAY_IN, STORAGE = "ingress/ingress_controller_daemon_set", "workloads/shared_storage_class"
SPACE, EMPTIED = "workloads/cluster_autoscaler_namespace", "workloads/device_plugin_namespace"
WATCHED = "ingress/ingress_controller_watched_namespace"
CLOSED, POLICY = "workloads/application_deny_all", "workloads/application_network_policy"
SERVICE, INGRESS, CLASS = (
    "workloads/application_service",
    "workloads/application_ingress",
    "ingress/ingress_controller_ingress_class",
)
ACCOUNT = "workloads/application_service_account"
WIDE, WIDELY = "workloads/cluster_autoscaler_cluster_role", "workloads/cluster_autoscaler_cluster_role_binding"
NARROW, NARROWLY = "workloads/cluster_autoscaler_role", "workloads/cluster_autoscaler_role_binding"
RBAC: Final = "rbac.authorization.k8s.io"
EVERYTHING: Final = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
ADMINISTRATOR: Final = {"kind": "ClusterRole", "name": "cluster-admin", "apiGroup": RBAC}
SOMEBODY: Final = {"kind": "User", "name": "mallory", "apiGroup": RBAC}


def _patched(path: str, patch: Mapping[str, Any]) -> Callable[[Hands], None]:
    return lambda hands: hands.cluster.patch(hands.object(path), patch)


def _of_a_pod(container: str, change: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"spec": {"template": {"spec": {"containers": [{"name": container, **change}]}}}}


def _unlabelled(path: str) -> Broken:
    change = {"metadata": {"labels": {"holdfast.dev/layer": None}}}
    return Broken("a label of ours taken off", path, "metadata", _patched(path, change))


def _added(what: str, path: str, kind: str, **fields: Any) -> Broken:
    """An object of theirs in a namespace of ours."""

    def add(hands: Hands) -> None:
        space = hands.physical(path)["Name"]
        manifest = {"apiVersion": KINDS[kind].api_version, "kind": kind, "metadata": {"name": "mallory"}, **fields}
        hands.cluster.create(KINDS[kind].collection(space), manifest)

    return Broken(what, path, "Objects", add)


def _deleted(path: str) -> Broken:
    return Broken("deleted", path, "stands", lambda hands: hands.cluster.delete(hands.object(path)))


def _drifted(what: str, path: str, patch: Mapping[str, Any], field: str = "spec") -> Broken:
    return Broken(what, path, field, _patched(path, patch))


AUTOSCALING: Final = (
    _drifted("more pods than promised", PODS, {"spec": {"maxReplicas": 400}}),
    _drifted("fewer pods than promised", PODS, {"spec": {"minReplicas": 1}}),
    _unlabelled(PODS),
    _deleted(PODS),
    Broken(
        "the Cluster Autoscaler scaled to nothing",
        NODES,
        "spec",
        lambda hands: hands.cluster.scale(hands.object(NODES), 0),
    ),
    _drifted(
        "the Cluster Autoscaler told otherwise",
        NODES,
        _of_a_pod("cluster-autoscaler", {"args": ["--cloud-provider=aws", "--scale-down-enabled=false"]}),
    ),
    _drifted(
        "pods that are privileged",
        APPLICATION,
        _of_a_pod("application", {"securityContext": {"privileged": True, "allowPrivilegeEscalation": True}}),
    ),
    _drifted(
        "pods that may run as root",
        APPLICATION,
        {"spec": {"template": {"spec": {"securityContext": {"runAsNonRoot": False}}}}},
    ),
    _drifted("pods in the network of their node", APPLICATION, {"spec": {"template": {"spec": {"hostNetwork": True}}}}),
    _drifted("one more container", APPLICATION, _of_a_pod("miner", {"image": "registry.example/miner:1"})),
    _drifted("another image", NODES, _of_a_pod("cluster-autoscaler", {"image": "registry.example/mallory:1"})),
    _unlabelled(NODES),
    _deleted(APPLICATION),
    _drifted(
        "a way in with less to run on", WAY_IN, _of_a_pod("traefik", {"resources": {"limits": {"memory": "16Mi"}}})
    ),
    _unlabelled(WAY_IN),
    _deleted(WAY_IN),
    _drifted("every pod may be gone at once", BUDGET, {"spec": {"maxUnavailable": "100%"}}),
    _unlabelled(BUDGET),
    _deleted(ITS_BUDGET),
    _drifted("volumes that grow", STORAGE, {"allowVolumeExpansion": True}, "allowVolumeExpansion"),
    _unlabelled(STORAGE),
    _deleted(STORAGE),
    _unlabelled(CLAIM),
    _unlabelled(SPACE),
    _deleted(EMPTIED),
    _added(
        "one more policy, which lets everyone in", WATCHED, "NetworkPolicy", spec={"podSelector": {}, "ingress": [{}]}
    ),
    _added("one more role", SPACE, "Role", rules=EVERYTHING),
    _added("mallory bound to it", SPACE, "RoleBinding", roleRef=ADMINISTRATOR, subjects=[SOMEBODY]),
)

NETWORK: Final = (
    _drifted("open to every pod", POLICY, {"spec": {"ingress": [{}]}}),
    _unlabelled(POLICY),
    _deleted(CLOSED),
    _drifted("a Service on every node", SERVICE, {"spec": {"type": "NodePort"}}),
    _unlabelled(SERVICE),
    _deleted(SERVICE),
    _drifted("another host", INGRESS, {"spec": {"rules": [{"host": "mallory.example"}]}}),
    _unlabelled(INGRESS),
    _deleted(INGRESS),
    _drifted(
        "a class with parameters", CLASS, {"spec": {"parameters": {"apiGroup": "x.example", "kind": "X", "name": "x"}}}
    ),
    _unlabelled(CLASS),
    _deleted(CLASS),
)

IDENTITY: Final = (
    _drifted("its token in every pod", ACCOUNT, {"automountServiceAccountToken": True}, "automountServiceAccountToken"),
    _drifted(
        "another role in AWS",
        ACCOUNT,
        {"metadata": {"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::999999999999:role/mallory"}}},
        "metadata",
    ),
    _deleted(ACCOUNT),
    _drifted("may do everything", WIDE, {"rules": EVERYTHING}, "rules"),
    _unlabelled(WIDE),
    _deleted(WIDE),
    _drifted("mallory may too", WIDELY, {"subjects": [SOMEBODY]}, "subjects"),
    _unlabelled(WIDELY),
    _deleted(WIDELY),
    _drifted("may read secrets", NARROW, {"rules": [{"apiGroups": [""], "resources": ["*"], "verbs": ["*"]}]}, "rules"),
    _unlabelled(NARROW),
    _deleted(NARROW),
    _drifted("mallory may too", NARROWLY, {"subjects": [SOMEBODY]}, "subjects"),
    _unlabelled(NARROWLY),
    _deleted(NARROWLY),
)

OBJECT_DRIFTS: Final[Mapping[str, tuple[Broken, ...]]] = {
    "autoscaling": AUTOSCALING,
    "identity": IDENTITY,
    "network": NETWORK,
}
