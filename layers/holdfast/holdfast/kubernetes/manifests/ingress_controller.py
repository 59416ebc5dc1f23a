"""The ingress controller: Traefik on every node, spoken to over HTTPS on one node port, for plain Ingress objects.

    load balancer ──HTTPS 30443──▶ the node's own Traefik (8443) ──HTTPS──▶ pods

- On every node: the load balancer's targets are the nodes, and ``externalTrafficPolicy: Local`` keeps the client's
  address, spares a hop, and makes a node whose Traefik is not well fail its health check.
- It serves a certificate that it makes itself at start: an ALB does not check its targets' ("Target groups for your
  Application Load Balancers"), and it does not check those of the pods behind it: ``insecureSkipVerify``, which a plain
  Ingress can say only for all ("ServersTransport", doc.traefik.io; CRDs would be needed for one). Traffic between them
  is encrypted; that it reaches the right machine is for the security groups and network policies.
- ``/ping`` on the same port is its health: the path ``/ping`` of the application is therefore not to be reached.
- It needs to list secrets, or its caches never fill (pkg/provider/kubernetes/ingress/client.go). So it watches one
  namespace, and its rights there end there: certificates for hosts come from ACM, no secret is expected in it.
"""

from typing import Final

from holdfast.core.versions import TRAEFIK
from holdfast.kubernetes.manifests import network_policy as network
from holdfast.kubernetes.manifests import pod
from holdfast.kubernetes.manifests.pod import Manifest

SPACE: Final = "ingress-controller"
NAME: Final = "traefik"
CLASS: Final = "traefik"
PORT: Final = 8443
NODE_PORT: Final = 30443
LABELS: Final = {"app.kubernetes.io/name": NAME}
ACCOUNT: Final = (SPACE, NAME)
DRAIN: Final = 15
"""Seconds in which those who still come are served before it stops: as long as kube-proxy takes to hear of it."""


def objects(watched: str, vpc: str) -> dict[str, Manifest]:
    """By name. ``watched`` is the namespace whose Ingress objects it serves, ``vpc`` the range of the load balancer."""
    return {
        "namespace": pod.namespace(SPACE),
        "service_account": pod.service_account(*ACCOUNT),
        "cluster_role": pod.role(NAME, None, [pod.may("get list watch", "nodes"), _ingress("ingressclasses")]),
        "cluster_role_binding": pod.bound("ClusterRole", NAME, None, ACCOUNT),
        "watched_namespace": pod.namespace(watched),
        "role": pod.role(NAME, watched, _rules()),
        "role_binding": pod.bound("Role", NAME, watched, ACCOUNT),
        "ingress_class": {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "IngressClass",
            "metadata": {"name": CLASS},
            "spec": {"controller": "traefik.io/ingress-controller"},
        },
        "deny_all": network.deny_all(SPACE),
        "network_policy": network.policy(
            SPACE,
            NAME,
            LABELS,
            ingress=[{"from": [network.block(vpc)], "ports": network.tcp(PORT)}],
            egress=[network.to_dns(), network.to_kubernetes(), {"to": [_everyone_in(watched)]}],
        ),
        "daemon_set": _daemon_set(watched, vpc),
        "service": _service(),
    }


def _ingress(resources: str) -> Manifest:
    return pod.may("get list watch", resources, "networking.k8s.io")


def _rules() -> list[Manifest]:
    return [
        pod.may("get list watch", "services secrets"),
        pod.may("list watch", "endpointslices", "discovery.k8s.io"),
        _ingress("ingresses"),
    ]


def _everyone_in(space: str) -> Manifest:
    return {"namespaceSelector": {"matchLabels": {network.SPACE_NAME: space}}}


def _daemon_set(watched: str, vpc: str) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "DaemonSet",
        "metadata": {"name": NAME, "namespace": SPACE, "labels": LABELS},
        "spec": {
            "selector": {"matchLabels": LABELS},
            "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "serviceAccountName": NAME,
                    "automountServiceAccountToken": True,
                    "enableServiceLinks": False,
                    "priorityClassName": "system-node-critical",
                    "tolerations": [{"operator": "Exists"}],
                    "nodeSelector": {"kubernetes.io/os": "linux"},
                    "terminationGracePeriodSeconds": 90,
                    "securityContext": pod.security(),
                    "containers": [_container(watched, vpc)],
                },
            },
        },
    }


def _container(watched: str, vpc: str) -> Manifest:
    health: Manifest = {"httpGet": {"path": "/ping", "port": "https", "scheme": "HTTPS"}, "timeoutSeconds": 2}
    return {
        "name": NAME,
        "image": TRAEFIK,
        "args": _arguments(watched, vpc),
        "ports": [{"name": "https", "containerPort": PORT, "protocol": "TCP"}],
        "readinessProbe": {**health, "periodSeconds": 5, "failureThreshold": 2},
        "livenessProbe": {**health, "periodSeconds": 10, "failureThreshold": 3, "initialDelaySeconds": 5},
        "lifecycle": {"preStop": {"sleep": {"seconds": DRAIN}}},
        "resources": pod.resources("200m", "256Mi"),
        "securityContext": pod.container_security(),
    }


def _arguments(watched: str, vpc: str) -> list[str]:
    entry = "--entrypoints.websecure"
    return [
        "--global.checknewversion=false",
        "--global.sendanonymoususage=false",
        "--log.format=json",
        f"{entry}.address=:{PORT}",
        f"{entry}.http.tls=true",
        # Who the client is, says the load balancer; nobody outside the VPC is believed.
        f"{entry}.forwardedheaders.trustedips={vpc}",
        # Uploads take longer than the 60 s that it gives a request by itself.
        f"{entry}.transport.respondingtimeouts.readtimeout=600s",
        f"{entry}.transport.lifecycle.gracetimeout=60s",
        "--ping=true",
        "--ping.entrypoint=websecure",
        "--providers.kubernetesingress=true",
        f"--providers.kubernetesingress.ingressclass={CLASS}",
        f"--providers.kubernetesingress.namespaces={watched}",
        "--serverstransport.insecureskipverify=true",
    ]


def _service() -> Manifest:
    port = {"name": "https", "port": 443, "targetPort": "https", "nodePort": NODE_PORT, "protocol": "TCP"}
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME, "namespace": SPACE, "labels": LABELS},
        "spec": {
            "type": "NodePort",
            "externalTrafficPolicy": "Local",
            "selector": LABELS,
            "ports": [port],
        },
    }
