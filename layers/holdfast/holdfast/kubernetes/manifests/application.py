"""The application, as an environment's file asks for it: what runs, how it grows, who may speak to it.

Which objects there are never depends on the file, only what they say: a build removes nothing.
"""

from typing import Final, NamedTuple

from holdfast.core.spec_parts import ApplicationSpec
from holdfast.kubernetes.manifests import network_policy as network
from holdfast.kubernetes.manifests import pod, storage
from holdfast.kubernetes.manifests.application_pod import CLAIM, LABELS, NAME, PORT, pod_spec
from holdfast.kubernetes.manifests.ingress_controller import CLASS
from holdfast.kubernetes.manifests.ingress_controller import LABELS as CONTROLLER
from holdfast.kubernetes.manifests.ingress_controller import SPACE as CONTROLLERS
from holdfast.kubernetes.manifests.pod import Manifest

SPACE: Final = "application"
ACCOUNT: Final = (SPACE, NAME)
POSTGRESQL: Final = 5432


class Surroundings(NamedTuple):
    """What the environment gives the application: ``role`` (ARN), ``host``, the range of its VPC, and variables."""

    role: str
    host: str
    vpc: str
    variables: dict[str, str]


def objects(wanted: ApplicationSpec, given: Surroundings) -> dict[str, Manifest]:
    """By name. Its namespace is the ingress controller's to make, whose rights end in it."""
    return {
        "service_account": pod.service_account(*ACCOUNT, given.role),
        "claim": storage.claim(SPACE, CLAIM),
        "deny_all": network.deny_all(SPACE),
        "network_policy": _network_policy(wanted, given),
        "deployment": _deployment(wanted, given),
        "disruption_budget": _disruption_budget(),
        "autoscaler": _autoscaler(wanted),
        "service": _service(wanted),
        "ingress": _ingress(given.host),
    }


def _network_policy(wanted: ApplicationSpec, given: Surroundings) -> Manifest:
    """Only the ingress controller comes in. The file system is mounted by the node, and needs no way out of the pod."""
    database = [{"to": [network.block(given.vpc)], "ports": network.tcp(POSTGRESQL)}] if wanted.access.database else []
    return network.policy(
        SPACE,
        NAME,
        LABELS,
        ingress=[{"from": [network.pods(CONTROLLERS, CONTROLLER)], "ports": network.tcp(wanted.port)}],
        egress=[network.to_dns(), network.to_the_internet(), *database],
    )


def _deployment(wanted: ApplicationSpec, given: Surroundings) -> Manifest:
    """Without ``replicas``: how many there are is the HorizontalPodAutoscaler's affair."""
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": SPACE, "labels": LABELS},
        "spec": {
            "selector": {"matchLabels": LABELS},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "progressDeadlineSeconds": 900,
            "revisionHistoryLimit": 5,
            "template": {
                "metadata": {"labels": LABELS},
                "spec": pod_spec(wanted, given.variables),
            },
        },
    }


def _disruption_budget() -> Manifest:
    """Pods that are not well anyway may always be moved: they must not keep a node from being drained."""
    return {
        "apiVersion": "policy/v1",
        "kind": "PodDisruptionBudget",
        "metadata": {"name": NAME, "namespace": SPACE},
        "spec": {
            "maxUnavailable": 1,
            "selector": {"matchLabels": LABELS},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
        },
    }


def _autoscaler(wanted: ApplicationSpec) -> Manifest:
    """Quick to grow, by up to all that is there; slow to shrink, by a tenth a minute once five were quiet."""
    return {
        "apiVersion": "autoscaling/v2",
        "kind": "HorizontalPodAutoscaler",
        "metadata": {"name": NAME, "namespace": SPACE},
        "spec": {
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": NAME},
            "minReplicas": wanted.replicas.min,
            "maxReplicas": wanted.replicas.max,
            "metrics": [_target("cpu", wanted.cpu_target_percent), _target("memory", wanted.memory_target_percent)],
            "behavior": {
                "scaleUp": {
                    "stabilizationWindowSeconds": 0,
                    "selectPolicy": "Max",
                    "policies": [
                        {"type": "Percent", "value": 100, "periodSeconds": 30},
                        {"type": "Pods", "value": 4, "periodSeconds": 30},
                    ],
                },
                "scaleDown": {
                    "stabilizationWindowSeconds": 300,
                    "selectPolicy": "Max",
                    "policies": [
                        {"type": "Percent", "value": 10, "periodSeconds": 60},
                        {"type": "Pods", "value": 1, "periodSeconds": 60},
                    ],
                },
            },
        },
    }


def _target(resource: str, percent: int) -> Manifest:
    target = {"type": "Utilization", "averageUtilization": percent}
    return {"type": "Resource", "resource": {"name": resource, "target": target}}


def _service(wanted: ApplicationSpec) -> Manifest:
    """``serversscheme`` is how Traefik speaks to the pods ("Kubernetes Ingress: on Service", doc.traefik.io)."""
    scheme = {"traefik.ingress.kubernetes.io/service.serversscheme": wanted.protocol.lower()}
    number = 443 if wanted.protocol == "HTTPS" else 80
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME, "namespace": SPACE, "annotations": scheme},
        "spec": {
            "type": "ClusterIP",
            "selector": LABELS,
            "ports": [{"name": PORT, "port": number, "targetPort": PORT, "protocol": "TCP"}],
        },
    }


def _ingress(host: str) -> Manifest:
    backend = {"service": {"name": NAME, "port": {"name": PORT}}}
    path = {"path": "/", "pathType": "Prefix", "backend": backend}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": NAME, "namespace": SPACE},
        "spec": {"ingressClassName": CLASS, "rules": [{"host": host, "http": {"paths": [path]}}]},
    }
