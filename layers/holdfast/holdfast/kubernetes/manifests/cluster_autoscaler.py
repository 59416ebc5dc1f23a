"""The Cluster Autoscaler: it asks for nodes when pods find no room, and gives them back. No add-on of EKS.

It finds the groups by the tags that EKS puts on them ("Autoscaling", EKS user guide; cluster-autoscaler/cloudprovider/
aws/README.md). Its minor version is the cluster's own. Two run, one leads.
"""

from typing import Final

from holdfast.core.versions import cluster_autoscaler
from holdfast.kubernetes.manifests import network_policy as network
from holdfast.kubernetes.manifests import pod
from holdfast.kubernetes.manifests.pod import Manifest

SPACE: Final = "cluster-autoscaler"
NAME: Final = "cluster-autoscaler"
LABELS: Final = {"app.kubernetes.io/name": NAME}
ACCOUNT: Final = (SPACE, NAME)
PORT: Final = 8085
READ: Final = "get list watch"
ENABLED: Final = "k8s.io/cluster-autoscaler/enabled"


def discovery_tags(cluster: str) -> dict[str, str]:
    """The tags by which it finds its groups, as EKS sets them on those of managed node groups."""
    return {ENABLED: "true", f"k8s.io/cluster-autoscaler/{cluster}": "owned"}


def objects(cluster: str, version: str, region: str, role: str) -> dict[str, Manifest]:
    """By name. ``version`` is Kubernetes' minor version, ``role`` the ARN of the IAM role that it acts by."""
    return {
        "namespace": pod.namespace(SPACE),
        "service_account": pod.service_account(*ACCOUNT, role),
        "cluster_role": pod.role(NAME, None, _cluster_rules()),
        "cluster_role_binding": pod.bound("ClusterRole", NAME, None, ACCOUNT),
        "role": pod.role(NAME, SPACE, _own_rules()),
        "role_binding": pod.bound("Role", NAME, SPACE, ACCOUNT),
        "deny_all": network.deny_all(SPACE),
        "network_policy": network.policy(
            SPACE,
            NAME,
            LABELS,
            egress=[network.to_dns(), network.to_kubernetes(), network.to_the_internet()],
        ),
        "disruption_budget": {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": {"name": NAME, "namespace": SPACE},
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": LABELS}},
        },
        "deployment": _deployment(cluster, version, region),
    }


def _cluster_rules() -> list[Manifest]:
    """As the chart of its project has it for AWS, without what other clouds and its retired Endpoints lock need."""
    return [
        pod.may("create patch", "events"),
        pod.may("create", "pods/eviction"),
        pod.may("update", "pods/status"),
        pod.may(f"{READ} update", "nodes"),
        pod.may(READ, "namespaces persistentvolumeclaims persistentvolumes pods podtemplates"),
        pod.may(READ, "replicationcontrollers services"),
        pod.may(READ, "daemonsets replicasets statefulsets", "apps"),
        pod.may(READ, "cronjobs jobs", "batch"),
        pod.may("list watch", "poddisruptionbudgets", "policy"),
        pod.may(READ, "deviceclasses resourceclaims resourceslices", "resource.k8s.io"),
        pod.may(READ, "csidrivers csinodes csistoragecapacities storageclasses volumeattachments", "storage.k8s.io"),
    ]


def _own_rules() -> list[Manifest]:
    """Its lock and its status, in its own namespace. What is created has no name yet that a rule could give."""
    return [
        pod.may("create", "leases", "coordination.k8s.io"),
        pod.may("get update", "leases", "coordination.k8s.io", only=NAME),
        pod.may("create list watch", "configmaps"),
        pod.may("delete get update", "configmaps", only="cluster-autoscaler-status"),
    ]


def _deployment(cluster: str, version: str, region: str) -> Manifest:
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": NAME, "namespace": SPACE, "labels": LABELS},
        "spec": {
            "replicas": 2,
            "selector": {"matchLabels": LABELS},
            "strategy": {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0}},
            "template": {
                "metadata": {"labels": LABELS},
                "spec": {
                    "serviceAccountName": NAME,
                    "automountServiceAccountToken": True,
                    "enableServiceLinks": False,
                    "priorityClassName": "system-cluster-critical",
                    "nodeSelector": {"holdfast/group": "general"},
                    "topologySpreadConstraints": pod.spread(LABELS),
                    "securityContext": pod.security(),
                    "containers": [_container(cluster, version, region)],
                },
            },
        },
    }


def _container(cluster: str, version: str, region: str) -> Manifest:
    health = {"httpGet": {"path": "/health-check", "port": "http", "scheme": "HTTP"}, "timeoutSeconds": 5}
    return {
        "name": NAME,
        "image": cluster_autoscaler(version),
        "command": ["./cluster-autoscaler"],
        "args": _arguments(cluster),
        "env": [{"name": "AWS_REGION", "value": region}],
        "ports": [{"name": "http", "containerPort": PORT, "protocol": "TCP"}],
        "livenessProbe": {**health, "periodSeconds": 10, "failureThreshold": 6, "initialDelaySeconds": 30},
        "resources": pod.resources("100m", "600Mi"),
        "securityContext": pod.container_security(),
    }


def _arguments(cluster: str) -> list[str]:
    return [
        "--cloud-provider=aws",
        f"--node-group-auto-discovery=asg:tag={','.join(discovery_tags(cluster))}",
        # Where its lock and its status are kept.
        f"--namespace={SPACE}",
        "--leader-elect=true",
        "--balance-similar-node-groups=true",
        "--expander=least-waste",
        # An emptyDir in memory holds each pod's certificate: it would keep every node for ever.
        "--skip-nodes-with-local-storage=false",
        # CoreDNS and metrics-server have budgets of their own, and may move.
        "--skip-nodes-with-system-pods=false",
        "--stderrthreshold=info",
        "--v=4",
    ]
