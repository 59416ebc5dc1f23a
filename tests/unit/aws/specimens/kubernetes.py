"""Specimens of the objects in the cluster; what is done to them is done as by ``kubectl edit``."""

from collections.abc import Mapping
from typing import Any, Final

from holdfast.aws.clients import Clients
from holdfast.kubernetes.kinds import KINDS
from holdfast.kubernetes.namespaces import NamespaceState
from holdfast.kubernetes.objects import ObjectState
from tests.support.kubernetes import STRATEGIC
from tests.unit.aws.specimens.specimen import ADDRESS, Deed, Specimen

RBAC: Final = "rbac.authorization.k8s.io"
POD: Final = {
    "serviceAccountName": "app",
    "securityContext": {"runAsNonRoot": True},
    "volumes": [{"name": "tmp", "emptyDir": {}}, {"name": "settings", "configMap": {"name": "settings"}}],
    "containers": [
        {
            "name": "app",
            "image": "registry.example/app:1",
            "env": [{"name": "MODE", "value": "production"}],
            "ports": [{"containerPort": 8443, "name": "https"}],
            "resources": {"requests": {"cpu": "0.5", "memory": "1024Mi"}, "limits": {"memory": "1Gi"}},
            "securityContext": {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}},
            "readinessProbe": {"httpGet": {"path": "/ready", "port": "https", "scheme": "HTTPS"}},
            "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],
        }
    ],
}
WORKLOAD: Final = {
    "selector": {"matchLabels": {"app": "specimen"}},
    "template": {"metadata": {"labels": {"app": "specimen"}}, "spec": POD},
}
RULES: Final = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get"]}]
EVERYTHING: Final = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
SUBJECTS: Final = [{"kind": "ServiceAccount", "name": "app", "namespace": "default"}]
ADMINISTRATOR: Final = {"apiGroup": RBAC, "kind": "ClusterRole", "name": "cluster-admin"}
EVERYONE: Final = [*SUBJECTS, {"kind": "Group", "name": "system:authenticated", "apiGroup": RBAC}]
WEB: Final[Mapping[str, Any]] = {
    "host": "app.example",
    "http": {
        "paths": [
            {"path": "/", "pathType": "Prefix", "backend": {"service": {"name": "app", "port": {"name": "https"}}}}
        ]
    },
}
ADMIN: Final = {
    "path": "/admin",
    "pathType": "Prefix",
    "backend": {"service": {"name": "admin", "port": {"number": 80}}},
}

OBJECTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "Namespace": {"metadata": {"labels": {"pod-security.kubernetes.io/enforce": "restricted"}}},
    "ServiceAccount": {"automountServiceAccountToken": False},
    "ConfigMap": {"data": {"settings.yaml": "a: 1"}},
    "Secret": {"stringData": {"token": "first"}, "data": {"key": "c2Vjb25k"}},
    "Service": {
        "spec": {
            "type": "NodePort",
            "selector": {"app": "specimen"},
            "ports": [{"name": "https", "port": 443, "targetPort": "https", "nodePort": 30443}],
        }
    },
    "Deployment": {"spec": WORKLOAD},
    "DaemonSet": {"spec": WORKLOAD},
    "Ingress": {"spec": {"ingressClassName": "specimen", "rules": [WEB]}},
    "IngressClass": {"spec": {"controller": "traefik.io/ingress-controller"}},
    "HorizontalPodAutoscaler": {
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "app"},
            "minReplicas": 2,
            "maxReplicas": 10,
            "metrics": [
                {
                    "type": "Resource",
                    "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
                }
            ],
        }
    },
    "PodDisruptionBudget": {"spec": {"minAvailable": 1, "selector": {"matchLabels": {"app": "specimen"}}}},
    "NetworkPolicy": {
        "spec": {
            "podSelector": {},
            "policyTypes": ["Ingress", "Egress"],
            "ingress": [{"from": [{"podSelector": {"matchLabels": {"app": "traefik"}}}], "ports": [{"port": 8443}]}],
        }
    },
    "Role": {"rules": RULES},
    "RoleBinding": {"roleRef": {"apiGroup": RBAC, "kind": "Role", "name": "specimen"}, "subjects": SUBJECTS},
    "ClusterRole": {"rules": RULES},
    "ClusterRoleBinding": {
        "roleRef": {"apiGroup": RBAC, "kind": "ClusterRole", "name": "specimen"},
        "subjects": SUBJECTS,
    },
    "StorageClass": {
        "provisioner": "efs.csi.aws.com",
        "parameters": {"provisioningMode": "efs-ap", "fileSystemId": "fs-1"},
        "mountOptions": ["tls"],
    },
    "PersistentVolume": {
        "spec": {
            "capacity": {"storage": "1024Mi"},
            "accessModes": ["ReadWriteMany"],
            "csi": {"driver": "efs.csi.aws.com", "volumeHandle": "fs-1"},
        }
    },
    "PersistentVolumeClaim": {
        "spec": {
            "accessModes": ["ReadWriteMany"],
            "storageClassName": "specimen",
            "resources": {"requests": {"storage": "5Gi"}},
        }
    },
    "PriorityClass": {"value": 1000, "description": "A specimen"},
    "ResourceQuota": {"spec": {"hard": {"pods": "20", "limits.memory": "4096Mi"}}},
    "LimitRange": {"spec": {"limits": [{"type": "Container", "default": {"memory": "512Mi"}}]}},
}


def path(identity: str) -> str:
    """Where the API keeps the object of this id."""
    _, kind, namespace, name = identity.split("/")
    return f"{KINDS[kind].collection(namespace)}/{name}"


def _promised(kind: str) -> ObjectState:
    body, described = OBJECTS[kind], KINDS[kind]
    home = {"namespace": "default"} if described.namespaced else {}
    metadata = {"name": "specimen", **home, **body.get("metadata", {})}
    manifest = {"apiVersion": described.api_version, "kind": kind, **body, "metadata": metadata}
    state = NamespaceState(manifest=manifest, objects=frozenset()) if kind == "Namespace" else None
    return (state or ObjectState(manifest=manifest)).owned(ADDRESS)


def _edits(**patch: Any) -> Deed:
    return lambda clients, identity: _edit(clients, identity, patch)


def _edit(clients: Clients, identity: str, patch: Mapping[str, Any]) -> None:
    api = clients.kubernetes(ADDRESS.environment)
    answer = api.request("PATCH", path(identity), body=patch, content_type=STRATEGIC)
    assert answer.is_success, answer.why


def _adds(kind: str, **fields: Any) -> Deed:
    """Makes an object in the namespace."""

    def add(clients: Clients, identity: str) -> None:
        described, space = KINDS[kind], identity.rpartition("/")[2]
        body = {"apiVersion": described.api_version, "kind": kind, "metadata": {"name": "mallory"}, **fields}
        answer = clients.kubernetes(ADDRESS.environment).request("POST", described.collection(space), body=body)
        assert answer.is_success, answer.why

    return add


def _swaps(**fields: Any) -> Deed:
    """Deletes the object, and makes another one of its name."""

    def swap(clients: Clients, identity: str) -> None:
        api, here = clients.kubernetes(ADDRESS.environment), path(identity)
        stands = api.request("GET", here).body
        api.request("DELETE", here)
        kept = {key: stands["metadata"][key] for key in ("name", "namespace", "labels") if key in stands["metadata"]}
        answer = api.request("POST", here.rpartition("/")[0], body={**stands, **fields, "metadata": kept})
        assert answer.is_success, answer.why

    return swap


def _pod(**spec: Any) -> Deed:
    return _edits(spec={"template": {"spec": spec}})


def _container(**container: Any) -> Deed:
    return _pod(containers=[{"name": "app", **container}])


POD_DEEDS: Final[dict[str, Deed]] = {
    "adds a container": _pod(containers=[{"name": "miner", "image": "registry.example/miner"}]),
    "adds one that starts first": _pod(initContainers=[{"name": "miner", "image": "registry.example/miner"}]),
    "swaps the image": _container(image="registry.example/other:1"),
    "adds a variable": _container(env=[{"name": "LD_PRELOAD", "value": "/tmp/x.so"}]),
    "rewrites a variable": _container(env=[{"name": "MODE", "value": "debug"}]),
    "takes a variable away": _container(env=[{"name": "MODE", "$patch": "delete"}]),
    "mounts the host": _pod(volumes=[{"name": "host", "hostPath": {"path": "/"}}]),
    "enters the host's network": _pod(hostNetwork=True),
    "makes it privileged": _container(securityContext={"privileged": True, "allowPrivilegeEscalation": True}),
    "gives capabilities": _container(securityContext={"capabilities": {"add": ["SYS_ADMIN"]}}),
    "gives it more memory": _container(resources={"limits": {"memory": "2Gi"}}),
    "opens a port": _container(ports=[{"containerPort": 22, "hostPort": 22}]),
    "gives it another account": _pod(serviceAccountName="admin", serviceAccount="admin"),
    "lets it die at once": _pod(terminationGracePeriodSeconds=0),
    "labels its pods for another Service": _edits(spec={"template": {"metadata": {"labels": {"app2": "bank"}}}}),
}
METADATA_DEEDS: Final[dict[str, Deed]] = {
    "strips our label": _edits(metadata={"labels": {"holdfast.dev/environment": None}}),
    "claims it for another": _edits(metadata={"labels": {"app.kubernetes.io/managed-by": "Helm"}}),
}
DEEDS: Final[Mapping[str, Mapping[str, Deed]]] = {
    "Namespace": {
        "lets privileged pods in": _edits(metadata={"labels": {"pod-security.kubernetes.io/enforce": "privileged"}}),
        "lets everyone in": _adds("NetworkPolicy", spec={"podSelector": {}, "ingress": [{}]}),
        "binds everyone": _adds("RoleBinding", roleRef=ADMINISTRATOR, subjects=EVERYONE),
    },
    "ServiceAccount": {
        "mounts its token": _edits(automountServiceAccountToken=True),
        "gives it a role": _edits(
            metadata={"annotations": {"eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/admin"}}
        ),
    },
    "ConfigMap": {
        "adds a key": _edits(data={"more": "1"}),
        "rewrites a key": _edits(data={"settings.yaml": "a: 2"}),
        "takes a key away": _edits(data={"settings.yaml": None}),
    },
    "Secret": {
        "rewrites it": _edits(stringData={"token": "other"}),
        "adds a key": _edits(stringData={"more": "other"}),
        "takes a key away": _edits(data={"key": None}),
    },
    "Service": {
        "points it elsewhere": _edits(spec={"selector": {"app": "miner"}}),
        "opens a port": _edits(spec={"ports": [{"name": "ssh", "port": 22, "nodePort": 30022}]}),
        "moves the node port": _edits(spec={"ports": [{"port": 443, "nodePort": 31443}]}),
        "gives it outer addresses": _edits(spec={"externalIPs": ["198.51.100.1"]}),
        "orders its controller": _edits(metadata={"annotations": {"traefik.ingress.kubernetes.io/x": "y"}}),
    },
    "Deployment": {
        **POD_DEEDS,
        "stops its updates": _edits(spec={"paused": True}),
        "takes all down at an update": _edits(spec={"strategy": {"rollingUpdate": {"maxUnavailable": "100%"}}}),
    },
    "DaemonSet": POD_DEEDS,
    "Ingress": {
        "adds a path": _edits(spec={"rules": [{**WEB, "http": {"paths": [*WEB["http"]["paths"], ADMIN]}}]}),
        "adds a default": _edits(spec={"defaultBackend": {"service": {"name": "admin", "port": {"number": 80}}}}),
        "orders its controller": _edits(metadata={"annotations": {"traefik.ingress.kubernetes.io/x": "y"}}),
    },
    "IngressClass": {
        "makes it the default": _edits(
            metadata={"annotations": {"ingressclass.kubernetes.io/is-default-class": "true"}}
        )
    },
    "HorizontalPodAutoscaler": {
        "lowers the bounds": _edits(spec={"minReplicas": 1, "maxReplicas": 1}),
        "swaps the metric": _edits(
            spec={
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": "memory", "target": {"type": "Utilization", "averageUtilization": 90}},
                    }
                ]
            }
        ),
        "freezes it": _edits(spec={"behavior": {"scaleUp": {"selectPolicy": "Disabled"}}}),
        "points it elsewhere": _edits(spec={"scaleTargetRef": {"name": "miner"}}),
    },
    "PodDisruptionBudget": {"lets all be evicted": _edits(spec={"minAvailable": 0})},
    "NetworkPolicy": {
        "lets everyone in": _edits(spec={"ingress": [{}]}),
        "lets everything out": _edits(spec={"egress": [{}]}),
        "closes the way in": _edits(spec={"ingress": None}),
        "chooses other pods": _edits(spec={"podSelector": {"matchLabels": {"app": "nothing"}}}),
    },
    "Role": {"allows everything": _edits(rules=EVERYTHING), "allows nothing": _edits(rules=[])},
    "ClusterRole": {"allows everything": _edits(rules=[*RULES, *EVERYTHING])},
    "RoleBinding": {"binds everyone": _edits(subjects=EVERYONE), "unbinds all": _edits(subjects=None)},
    "ClusterRoleBinding": {"binds everyone": _edits(subjects=EVERYONE)},
    "StorageClass": {
        "makes it the default": _edits(metadata={"labels": {"holdfast.dev/name": "x"}}),
        "takes the encryption away": _edits(mountOptions=[]),
    },
    "PersistentVolume": {"lets it be deleted": _edits(spec={"persistentVolumeReclaimPolicy": "Delete"})},
    "PersistentVolumeClaim": {"asks for more": _edits(spec={"resources": {"requests": {"storage": "50Gi"}}})},
    "PriorityClass": {"describes it otherwise": _edits(description="Mine")},
    "ResourceQuota": {
        "raises it": _edits(spec={"hard": {"pods": "2000"}}),
        "adds another": _edits(spec={"hard": {"services": "0"}}),
    },
    "LimitRange": {"raises it": _edits(spec={"limits": [{"type": "Container", "default": {"memory": "64Gi"}}]})},
}
REPLACED: Final[Mapping[str, Deed]] = {
    "RoleBinding": _swaps(roleRef=ADMINISTRATOR),
    "ClusterRoleBinding": _swaps(roleRef=ADMINISTRATOR),
    "StorageClass": _swaps(parameters={"provisioningMode": "efs-ap", "fileSystemId": "fs-2"}),
    "PriorityClass": _swaps(value=1),
}
"""Deeds that can only be undone by another object of the same name."""


def _specimen(kind: str) -> Specimen:
    return Specimen(lambda _: _promised(kind), "kubernetes.Patch", {**METADATA_DEEDS, **DEEDS[kind]})


SPECIMENS: Final = {f"Kubernetes::{kind}": _specimen(kind) for kind in KINDS}
