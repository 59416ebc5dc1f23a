"""What a server refuses to store: what the schema does not have, what contradicts itself, what cannot be changed.

Statuses and words are those that a 1.36 server was seen to answer with; `tests/kubernetes/` holds both to them.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from local.kubernetes.refusal import Refusal, invalid
from local.kubernetes.schema import Schema, misshapen, undeclared
from local.kubernetes.served import Served

_LABEL: Final = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
_SUBDOMAIN: Final = re.compile(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")
_AS_LABELS: Final = {"Namespace", "Service"}
_ANY_NAME: Final = {"ClusterRole", "ClusterRoleBinding", "Role", "RoleBinding"}

_IMMUTABLE: Final[Mapping[str, tuple[str, ...]]] = {
    "ClusterRoleBinding": ("roleRef",),
    "DaemonSet": ("spec.selector",),
    "Deployment": ("spec.selector",),
    "IngressClass": ("spec.controller",),
    "PersistentVolume": ("spec.csi",),
    "PersistentVolumeClaim": ("spec.accessModes", "spec.storageClassName", "spec.volumeMode"),
    "PriorityClass": ("value", "preemptionPolicy"),
    "ResourceQuota": ("spec.scopes",),
    "RoleBinding": ("roleRef",),
    "Secret": ("type",),
    "StorageClass": ("parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"),
}
"""Fields whose change the validation of an update refuses ("field is immutable" and its kin)."""


def refuse_undeclared_when_applied(obj: Mapping[str, Any], served: Served) -> None:
    """Server-side apply has no other status for it than 500."""
    for path in undeclared(obj, Schema.of(served.api_version, served.kind)):
        metadata = obj["metadata"]
        name = "/".join(filter(None, (metadata.get("namespace"), metadata.get("name"))))
        kind = f"{served.api_version}, Kind={served.kind}"
        typed = f"failed to create typed patch object ({name}; {kind})"
        raise Refusal(500, f"{typed}: {path}: field not declared in schema")


def refuse_undeclared_when_strict(obj: Mapping[str, Any], served: Served) -> None:
    unknown = [path.lstrip(".") for path in undeclared(obj, Schema.of(served.api_version, served.kind))]
    if unknown:
        named = ", ".join(f'unknown field "{path}"' for path in unknown)
        version = served.api_version.rpartition("/")[2]
        cannot = f'{served.kind} in version "{version}" cannot be handled as a {served.kind}'
        raise Refusal(400, f"{cannot}: strict decoding error: {named}")


def refuse_invalid(obj: Mapping[str, Any], before: Mapping[str, Any] | None, served: Served) -> None:
    for field, why in _objections(obj, before, served):
        raise invalid(served.kind, served.group, str(obj["metadata"].get("name", "")), field, why)


def _objections(obj: Mapping[str, Any], before: Mapping[str, Any] | None, served: Served) -> Iterator[tuple[str, str]]:
    yield from _names(obj)
    for rule, where, why in misshapen(obj, served.api_version, served.kind):
        if rule != "additionalProperties":
            yield where or "<root>", f"Required value: {why}" if rule == "required" else f"Invalid value: {why}"
    if before is None:
        yield from _contradictions(obj)
        return
    for path in _IMMUTABLE.get(served.kind, ()):
        if _at(obj, path) != _at(before, path):
            fixed = "cannot change roleRef" if path == "roleRef" else "field is immutable"
            yield path, f"Invalid value: {fixed}"
    yield from _contradictions(obj)


def _names(obj: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    name = str(obj["metadata"].get("name", ""))
    rule = _LABEL if obj["kind"] in _AS_LABELS else _SUBDOMAIN
    if obj["kind"] in _ANY_NAME:
        rule = re.compile(r"(?!\.{1,2}$)[^/%]+")
    if not rule.fullmatch(name):
        yield "metadata.name", f"Invalid value: {name!r} must consist of lower case alphanumeric characters or '-'"


def _contradictions(obj: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    spec = obj.get("spec", {})
    match obj["kind"]:
        case "Deployment" | "DaemonSet":
            chosen = spec["selector"].get("matchLabels", {})
            labels = spec["template"].get("metadata", {}).get("labels", {})
            if not chosen.items() <= labels.items():
                yield "spec.template.metadata.labels", "Invalid value: `selector` does not match template `labels`"
            yield from _mounts(spec["template"]["spec"])
        case "HorizontalPodAutoscaler" if spec["maxReplicas"] < spec.get("minReplicas", 1):
            yield "spec.maxReplicas", "Invalid value: must be greater than or equal to `minReplicas`"
        case "PodDisruptionBudget" if {"minAvailable", "maxUnavailable"} <= spec.keys():
            yield "spec", "Invalid value: minAvailable and maxUnavailable cannot be both set"
        case _:
            return


def _mounts(pod: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    volumes = {volume["name"] for volume in pod.get("volumes", ())}
    for kind in ("initContainers", "containers"):
        for place, container in enumerate(pod.get(kind, ())):
            for mount in container.get("volumeMounts", ()):
                if mount["name"] not in volumes:
                    yield f"spec.template.spec.{kind}[{place}].volumeMounts", f'Not found: "{mount["name"]}"'


def _at(obj: Mapping[str, Any], path: str) -> Any:
    value: Any = obj
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value
