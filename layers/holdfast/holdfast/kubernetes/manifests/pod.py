"""What every pod of ours has in common: no root, no capabilities, nothing that it can write to but what it is given.

It satisfies the profile "Restricted" of the Pod Security Standards (kubernetes.io/docs/concepts/security/
pod-security-standards), which the namespaces of ours enforce.
"""

from typing import Any, Final

type Manifest = dict[str, Any]
"""A Kubernetes object, or a part of one, as JSON."""

USER: Final = 65532
"""The user that distroless images call ``nonroot``; any but root would do, files and volumes are given to it."""
PRIVILEGED, RESTRICTED = "privileged", "restricted"


def namespace(name: str, level: str = RESTRICTED) -> Manifest:
    """A namespace that admits only pods of this Pod Security level, whichever version the cluster has."""
    modes = ("enforce", "audit", "warn")
    labels = {f"pod-security.kubernetes.io/{mode}": level for mode in modes}
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}


def service_account(space: str, name: str, role: str | None = None) -> Manifest:
    """``role``: the ARN of the IAM role that its pods act by ("IAM roles for service accounts", EKS user guide).

    With its regional endpoint: the global one is in us-east-1, and no zone of ours may depend on that.
    """
    given = {"eks.amazonaws.com/role-arn": role, "eks.amazonaws.com/sts-regional-endpoints": "true"} if role else {}
    metadata: Manifest = {"name": name, "namespace": space, **({"annotations": given} if given else {})}
    return {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata, "automountServiceAccountToken": False}


def security() -> Manifest:
    """A pod's security context."""
    return {
        "runAsNonRoot": True,
        "runAsUser": USER,
        "runAsGroup": USER,
        "fsGroup": USER,
        "fsGroupChangePolicy": "OnRootMismatch",
        "seccompProfile": {"type": "RuntimeDefault"},
    }


def container_security() -> Manifest:
    """A container's security context."""
    return {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
        "runAsNonRoot": True,
    }


def resources(cpu: str, memory: str) -> Manifest:
    """What is asked for. Memory is also the limit; processor time that nobody else wants may be had beyond it."""
    return {"requests": {"cpu": cpu, "memory": memory}, "limits": {"memory": memory}}


def spread(labels: dict[str, str]) -> list[Manifest]:
    """Evenly over the zones that have nodes which can take the pod, and over nodes as far as it goes.

    A zone that is down has only tainted nodes: ``Honor`` leaves it out, and its pods start elsewhere ("Pod Topology
    Spread Constraints", kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints).
    """
    common: Manifest = {
        "maxSkew": 1,
        "labelSelector": {"matchLabels": labels},
        "matchLabelKeys": ["pod-template-hash"],
        "nodeTaintsPolicy": "Honor",
    }
    return [
        {**common, "topologyKey": "topology.kubernetes.io/zone", "whenUnsatisfiable": "DoNotSchedule"},
        {**common, "topologyKey": "kubernetes.io/hostname", "whenUnsatisfiable": "ScheduleAnyway"},
    ]


def bound(kind: str, name: str, space: str | None, account: tuple[str, str]) -> Manifest:
    """The binding of the Role or ClusterRole ``name`` to the service account ``account`` (namespace, name)."""
    home = {"namespace": space} if space else {}
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": f"{kind}Binding",
        "metadata": {"name": name, **home},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name},
        "subjects": [{"kind": "ServiceAccount", "namespace": account[0], "name": account[1]}],
    }


def role(name: str, space: str | None, rules: list[Manifest]) -> Manifest:
    """A Role in ``space``, or a ClusterRole."""
    kind, home = ("Role", {"namespace": space}) if space else ("ClusterRole", {})
    return {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": {"name": name, **home},
        "rules": rules,
    }


def may(verbs: str, resources: str, group: str = "", only: str = "") -> Manifest:
    """A rule: ``verbs`` on ``resources`` (words) of an API group, on those of the name ``only`` if it says so."""
    rule: Manifest = {"apiGroups": [group], "resources": resources.split(), "verbs": verbs.split()}
    return {**rule, "resourceNames": only.split()} if only else rule
