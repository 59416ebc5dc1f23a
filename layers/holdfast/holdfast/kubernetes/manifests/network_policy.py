"""Who may speak to whom in the cluster: nobody, but for what is said here.

The VPC CNI enforces it, if told to ("Limit Pod traffic with Kubernetes network policies", EKS user guide). What comes
from the pod's own node, such as the kubelet's probes, always passes.
"""

from collections.abc import Iterable
from typing import Final

from holdfast.core.spec_parts import PRIVATE
from holdfast.kubernetes.manifests.pod import Manifest

SPACE_NAME: Final = "kubernetes.io/metadata.name"
"""The label that every namespace has, with its name."""


def policy(space: str, name: str, labels: dict[str, str], **rules: Iterable[Manifest]) -> Manifest:
    """For the pods with ``labels`` in ``space``; ``ingress`` and ``egress`` list what is allowed, and no more is."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": space},
        "spec": {
            "podSelector": {"matchLabels": labels} if labels else {},
            "policyTypes": [direction.capitalize() for direction in rules],
            **{direction: list(allowed) for direction, allowed in rules.items()},
        },
    }


def deny_all(space: str) -> Manifest:
    """Every pod of ``space``, also one that nobody thought of."""
    return policy(space, "deny-all", {}, ingress=[], egress=[])


def pods(space: str, labels: dict[str, str]) -> Manifest:
    """The pods with ``labels`` in ``space``, as a peer."""
    return {
        "namespaceSelector": {"matchLabels": {SPACE_NAME: space}},
        "podSelector": {"matchLabels": labels},
    }


def block(cidr: str) -> Manifest:
    """A range of addresses, as a peer."""
    return {"ipBlock": {"cidr": cidr}}


def tcp(*numbers: int) -> list[Manifest]:
    return [{"protocol": "TCP", "port": number} for number in numbers]


def to_dns() -> Manifest:
    """The cluster's CoreDNS, which EKS labels ``k8s-app: kube-dns``."""
    both = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    return {"to": [pods("kube-system", {"k8s-app": "kube-dns"})], "ports": both}


def to_kubernetes() -> Manifest:
    """The Kubernetes API: its address in the cluster and its interfaces in the VPC are private, whichever they are."""
    return {"to": [block(str(cidr)) for cidr in PRIVATE], "ports": tcp(443)}


def to_the_internet() -> Manifest:
    """HTTPS anywhere, AWS's own endpoints included. The instance metadata service does not answer there."""
    return {"to": [block("0.0.0.0/0")], "ports": tcp(443)}
