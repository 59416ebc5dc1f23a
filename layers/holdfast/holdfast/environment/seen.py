"""What a probe reads in a cluster, put into words. It shares nothing with those who write there."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from holdfast.core.trouble import NeedsHuman
from holdfast.kubernetes.api import Api

type Found = dict[str, Any]

NOBODY: Final = "nobody"
APPS, NETWORKING, RBAC = "/apis/apps/v1", "/apis/networking.k8s.io/v1", "/apis/rbac.authorization.k8s.io/v1"


def read_object(api: Api, path: str) -> Found:
    """The object at ``path``; empty if there is none."""
    answer = api.request("GET", path)
    if answer.status not in {200, 404}:
        raise NeedsHuman(path, f"Kubernetes refused: {answer.why}", "look at the access entry of the function's role")
    return answer.body if answer.is_success else {}


def read_objects(api: Api, path: str) -> list[Found]:
    """The objects of the collection at ``path``."""
    found: list[Found] = read_object(api, path).get("items", [])
    return found


def value_at(found: Mapping[str, Any], path: str, otherwise: Any = None) -> Any:
    """What ``found`` has at a dotted path."""
    here: Any = found
    for step in path.split("."):
        here = here.get(step) if isinstance(here, Mapping) else None
    return otherwise if here is None else here


def conditions(found: Found, *types: str) -> list[Found]:
    """Those of its status that are of one of the ``types``."""
    return [one for one in value_at(found, "status.conditions", []) if one.get("type") in types]


def pod_spec(found: Found) -> Found:
    spec: Found = value_at(found, "spec.template.spec", {})
    return spec


def containers(found: Found) -> list[Found]:
    spec = pod_spec(found)
    return [*spec.get("containers", []), *spec.get("initContainers", [])]


def liberties(found: Found) -> list[str]:
    """What its containers may do that the profile "Restricted" of the Pod Security Standards takes from them."""
    return sorted(f"{one['name']} {liberty}" for one in containers(found) for liberty in _liberties(found, one))


def _liberties(found: Found, container: Found) -> Iterator[str]:
    pod, own = pod_spec(found).get("securityContext", {}), container.get("securityContext", {})
    if own.get("runAsUser", pod.get("runAsUser")) in {None, 0} or not own.get("runAsNonRoot", pod.get("runAsNonRoot")):
        yield "may run as root"
    if own.get("privileged") or own.get("allowPrivilegeEscalation", True):
        yield "may gain privileges"
    if value_at(own, "capabilities.drop") != ["ALL"] or value_at(own, "capabilities.add"):
        yield "has capabilities"
    if not own.get("readOnlyRootFilesystem"):
        yield "may write to its own image"
    if value_at(own, "seccompProfile.type", value_at(pod, "seccompProfile.type")) != "RuntimeDefault":
        yield "may make any system call"
    if any(pod_spec(found).get(shared) for shared in ("hostNetwork", "hostPID", "hostIPC")):
        yield "shares its node's network or processes"
    if "memory" not in value_at(container, "resources.limits", {}):
        yield "may take all memory"


def rights(role: Found) -> list[str]:
    """What a Role or ClusterRole allows: ``get, list secrets``."""
    return sorted(
        f"{', '.join(sorted(rule.get('verbs', [])))} {resource}"
        for rule in role.get("rules", [])
        for resource in rule.get("resources", [])
    )


def traffic(policies: list[Found]) -> list[str]:
    """Who may speak to whom by these NetworkPolicies: ``into application from …: TCP 8443``."""
    return sorted(line for policy in policies for line in _traffic(policy))


def _traffic(policy: Found) -> Iterator[str]:
    selected = _labels(value_at(policy, "spec.podSelector", {})) or "every pod"
    for direction, word, peers in (("ingress", "into", "from"), ("egress", "out of", "to")):
        if direction.capitalize() not in value_at(policy, "spec.policyTypes", []):
            continue
        rules = value_at(policy, f"spec.{direction}", [])
        for rule in rules:
            whom = ", ".join(_peer(peer) for peer in rule.get(peers, [])) or "everybody"
            yield f"{word} {selected} {peers} {whom}: {_ports(rule)}"
        if not rules:
            yield f"{word} {selected} {peers} {NOBODY}"


def _peer(peer: Found) -> str:
    if cidr := value_at(peer, "ipBlock.cidr"):
        return str(cidr)
    pods, space = _labels(peer.get("podSelector", {})), _labels(peer.get("namespaceSelector", {}))
    return f"{pods or 'every pod'} in {space or 'its own namespace'}"


def _labels(selector: Found) -> str:
    return " ".join(value for _, value in sorted(selector.get("matchLabels", {}).items()))


def _ports(rule: Found) -> str:
    return ", ".join(f"{port.get('protocol', 'TCP')} {port.get('port')}" for port in rule.get("ports", [])) or "any"
