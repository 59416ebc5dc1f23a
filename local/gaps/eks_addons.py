"""EKS add-ons: which versions there are, and what it takes to have one.

Promises: DescribeAddonVersions answers for the add-ons below; an add-on is made only in an active cluster, in a version
that there is; it is CREATING or UPDATING for a scaled while, and refuses another update meanwhile. Pages:
DescribeAddonVersions, CreateAddon, UpdateAddon (eks/latest/APIReference/API_CreateAddon.html and its like); the version
of CoreDNS is that of "Manage CoreDNS for DNS in Amazon EKS clusters" for the Kubernetes named, the form of the others
that of their pages. An account's own answer will name newer ones: nothing leans on the numbers.
"""

import time
from collections.abc import Mapping
from typing import Any, Final

from ministack.services import eks

from local.gaps import eks_updates
from local.gaps.eks_clusters import Answer, Record, answered, busy
from local.laptop import WAIT_SCALE

CREATING: Final = 35
_KUBERNETES: Final = ("1.35", "1.36")
# Name → its type, and for each Kubernetes above its default version.
_VERSIONS: Final[Mapping[str, tuple[str, tuple[str, str]]]] = {
    "amazon-cloudwatch-observability": ("observability", ("v6.2.0-eksbuild.1", "v6.2.0-eksbuild.1")),
    "aws-efs-csi-driver": ("storage", ("v3.0.1-eksbuild.1", "v3.0.1-eksbuild.1")),
    "coredns": ("networking", ("v1.14.3-eksbuild.3", "v1.14.3-eksbuild.3")),
    "eks-pod-identity-agent": ("security", ("v1.3.10-eksbuild.2", "v1.3.10-eksbuild.2")),
    "kube-proxy": ("networking", ("v1.35.3-eksbuild.2", "v1.36.0-eksbuild.2")),
    "metrics-server": ("observability", ("v0.8.1-eksbuild.1", "v0.8.1-eksbuild.1")),
    "vpc-cni": ("networking", ("v1.21.1-eksbuild.3", "v1.21.1-eksbuild.3")),
}

# And one that came before: DescribeAddonVersions lists those too.
_EARLIER: Final = {"coredns": "v1.14.2-eksbuild.4"}

_handle = eks._handle_request_sync
_create, _describe, _update = eks._create_addon, eks._describe_addon, eks._update_addon


def close() -> None:
    global _handle  # noqa: PLW0603  (what stands in front of the emulator by now)
    _handle = eks._handle_request_sync
    eks._handle_request_sync = _handled
    eks._create_addon, eks._describe_addon, eks._update_addon = _created, _described, _updated


def _handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
    if path == "/addons/supported-versions" and method == "GET":
        return _supported({name: value[0] if isinstance(value, list) else value for name, value in query.items()})
    answer: Answer = _handle(method, path, headers, body, query)
    return answer


def _supported(query: Mapping[str, str]) -> Answer:
    named, kubernetes = query.get("addonName"), query.get("kubernetesVersion")
    shown = [_addon(name, kubernetes) for name in _VERSIONS if named in {None, name}]
    return answered({"addons": [addon for addon in shown if addon["addonVersions"]]})


def _addon(name: str, kubernetes: str | None) -> Record:
    kind, defaults = _VERSIONS[name]
    compatible: dict[str, list[Record]] = {}
    for cluster, version in zip(_KUBERNETES, defaults, strict=True):
        if kubernetes in {None, cluster}:
            entry = {"clusterVersion": cluster, "platformVersions": ["*"], "defaultVersion": True}
            compatible.setdefault(version, []).append(entry)
            if name in _EARLIER:
                compatible.setdefault(_EARLIER[name], []).append({**entry, "defaultVersion": False})
    versions = [
        {"addonVersion": version, "architecture": ["amd64", "arm64"], "compatibilities": entries}
        for version, entries in compatible.items()
    ]
    return {"addonName": name, "type": kind, "publisher": "eks", "owner": "aws", "addonVersions": versions}


def _created(cluster_name: str, body: Record) -> Answer:
    cluster = eks._clusters.get(cluster_name)
    if cluster is not None and busy(cluster):
        return _refused("InvalidRequestException", f"Cluster {cluster_name} is not ACTIVE")
    if cluster is not None and (fault := _fault(cluster, body["addonName"], body.get("addonVersion"))):
        return _refused("InvalidParameterException", fault)
    status, headers, answer = _create(cluster_name, body)
    if status != 200:
        return status, headers, answer
    addon = eks._addons[f"{cluster_name}/{body['addonName']}"]
    addon["_state"], addon["_until"] = "CREATING", time.monotonic() + CREATING * WAIT_SCALE
    return answered({"addon": _shown(addon)})


def _described(cluster_name: str, name: str) -> Answer:
    addon = eks._addons.get(f"{cluster_name}/{name}")
    answer: Answer = _describe(cluster_name, name) if addon is None else answered({"addon": _shown(addon)})
    return answer


def _updated(cluster_name: str, name: str, body: Record) -> Answer:
    cluster, addon = eks._clusters.get(cluster_name), eks._addons.get(f"{cluster_name}/{name}")
    if cluster is not None and addon is not None:
        if busy(addon) or busy(cluster):
            return _refused("ResourceInUseException", f"Addon {name} or its cluster is being updated", 409)
        if "addonVersion" in body and (fault := _fault(cluster, name, body["addonVersion"])):
            return _refused("InvalidParameterException", fault)
        addon["_state"], addon["_until"] = "UPDATING", time.monotonic() + CREATING * WAIT_SCALE
        addon["configurationValues"] = addon["serviceAccountRoleArn"] = ""  # what an update is not told it takes away
    status, headers, answer = _update(cluster_name, name, body)
    if status != 200 or addon is None:
        return status, headers, answer
    return answered({"update": eks_updates.begun(addon, "AddonUpdate")})


def _fault(cluster: Record, name: str, version: str | None) -> str:
    if name not in _VERSIONS:
        return f"Addon {name} specified is not supported"
    offered = {one["addonVersion"] for one in _addon(name, cluster["version"])["addonVersions"]}
    if version is None or version in offered:
        return ""
    return f"Addon version specified is not supported in {cluster['version']} kubernetes version"


def _shown(addon: Record) -> Record:
    shown = {key: value for key, value in addon.items() if not key.startswith("_") and value != ""}
    shown["tags"] = dict(eks._tags.get(addon["addonArn"], {}))
    return {**shown, "status": addon["_state"]} if busy(addon) else shown


def _refused(code: str, message: str, status: int = 400) -> Answer:
    answer: Answer = eks._error(status, code, message)
    return answer
