"""NVIDIA's device plugin: without it no pod can ask for a GPU.

EKS's AL2023 images for NVIDIA bring driver and runtime but not the plugin ("Install Kubernetes device plugin for GPUs",
EKS user guide). It runs on nodes of the group ``gpu`` only: where there are none, it is an object without pods. It
registers with the kubelet through a socket that belongs to root, so that its namespace admits what ours do not.
"""

from typing import Final

from holdfast.core.versions import NVIDIA_DEVICE_PLUGIN
from holdfast.kubernetes.manifests import network_policy as network
from holdfast.kubernetes.manifests import pod
from holdfast.kubernetes.manifests.pod import Manifest

SPACE: Final = "nvidia-device-plugin"
NAME: Final = "nvidia-device-plugin"
LABELS: Final = {"app.kubernetes.io/name": NAME}
SOCKETS: Final = "/var/lib/kubelet/device-plugins"
RESOURCE: Final = "nvidia.com/gpu"


def objects() -> dict[str, Manifest]:
    """By name."""
    return {
        "namespace": pod.namespace(SPACE, pod.PRIVILEGED),
        "service_account": pod.service_account(SPACE, NAME),
        "deny_all": network.deny_all(SPACE),
        "daemon_set": _daemon_set(),
    }


def toleration() -> Manifest:
    """Of the taint that keeps everybody else off the nodes with GPUs."""
    return {"key": RESOURCE, "operator": "Exists", "effect": "NoSchedule"}


def _daemon_set() -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": SPACE, "labels": LABELS},
        "spec": {
            "selector": {"matchLabels": LABELS},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "serviceAccountName": NAME,
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "priorityClassName": "system-node-critical",
                    "nodeSelector": {"holdfast/group": "gpu"},
                    "tolerations": [toleration()],
                    "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
                    "containers": [_container()],
                    "volumes": [{"name": "sockets", "hostPath": {"path": SOCKETS, "type": "Directory"}}],
                },
            },
        },
    }


def _container() -> Manifest:
    return {
        "name": NAME,
        "image": NVIDIA_DEVICE_PLUGIN,
        "env": [{"name": "FAIL_ON_INIT_ERROR", "value": "true"}],
        "resources": pod.resources("50m", "128Mi"),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "privileged": False,
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "sockets", "mountPath": SOCKETS}],
    }
