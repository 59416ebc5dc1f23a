"""Every version that Holdfast chooses, in one place, each with the day it was looked up and the page it is from."""

from typing import Final

KUBERNETES: Final = "1.36"
"""The newest minor version in EKS standard support: 2026-11-26, "Manage CoreDNS for DNS in Amazon EKS clusters"
(eks/latest/userguide/managing-coredns.html), whose table of add-on versions begins with it.
"""
TLS_POLICY: Final = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3 and 1.2, forward secrecy and AEAD ciphers only, post-quantum key exchange for clients that know it.

What AWS recommends. Looked up 2026-11-26: "Security policies for your Application Load Balancer"
(elasticloadbalancing/latest/application/describe-ssl-policies.html).
"""

# Images, by tag and digest wherever public text names the digest (looked up 2026-11-26): a tag can be moved, a digest
# cannot. The layers that use them have no way to ask a registry.

TRAEFIK: Final = (
    "docker.io/library/traefik:v3.7.13@sha256:f86a2cab1b5c649070c49f883c743dd32d8485a56e3368c5f93b9e91f1e91259"
)
"""2026-11-26, github.com/traefik/traefik/releases; the digest is that of the image's index."""
WHOAMI: Final = (
    "docker.io/traefik/whoami:v1.11.0@sha256:200689790a0a0ea48ca45992e0450bc26ccab5307375b41c84dfc4f2475937ab"
)
"""2026-11-26, github.com/traefik/whoami/releases."""
OPENSSL: Final = (
    "docker.io/alpine/openssl:3.5.4@sha256:42c7389ef077aed0eb4e96d0abbd094083d701bbaff1313073b061c0c9cd8278"
)
"""2026-11-26, hub.docker.com/r/alpine/openssl; OpenSSL 3.5 has long-term support."""
NVIDIA_DEVICE_PLUGIN: Final = "nvcr.io/nvidia/k8s-device-plugin:v0.17.4"
"""2026-11-26, "Install Kubernetes device plugin for GPUs" (EKS user guide). By tag: no public text names its digest."""
CLUSTER_AUTOSCALERS: Final = {
    "1.36": "v1.36.1@sha256:461388d03eb5b55db58941ee7a81d9a619dd15302b01cbab9f5a9946715994b4",
    "1.35": "v1.35.2@sha256:aac369dc283927a623deb1af54696efcc722ae79255aa07788422e495bab887d",
}
"""By Kubernetes' minor version, which must be its own; 2026-11-26, github.com/kubernetes/autoscaler/releases."""


def cluster_autoscaler(kubernetes: str) -> str:
    """The Cluster Autoscaler's image; of a minor version that nobody has looked up its first release, by tag."""
    return f"registry.k8s.io/autoscaling/cluster-autoscaler:{CLUSTER_AUTOSCALERS.get(kubernetes, f'v{kubernetes}.0')}"


POSTGRESQL: Final = "17"
"""Major version of the database's engine; RDS takes minor ones by itself.

That RDS offers it was seen on 2026-11-26 in its notice on minor versions of May 2026 (17.7 and later); how long it is
in standard support was not: "Release calendars for Amazon RDS for PostgreSQL" (AmazonRDS/latest/PostgreSQLReleaseNotes)
says so. A higher one here is asked of every standing database, and refused: a person upgrades it (docs/decisions.md).
"""
RDS_CERTIFICATE_AUTHORITY: Final = "rds-ca-rsa2048-g1"
"""The one that AWS names first, seen on 2026-11-26 in "Rotating your SSL/TLS certificate" (AmazonRDS user guide)."""
