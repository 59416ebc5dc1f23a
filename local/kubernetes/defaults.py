"""What a server fills in: of its many defaults those of the kinds that we apply.

They are the "Defaults to …" of each field in "Kubernetes API Reference", v1.36, and stand in objects that are read
back. Only what is absent is filled in.
"""

import base64
from collections.abc import Callable
from typing import Any, Final

from local.kubernetes.quantity import canonical
from local.kubernetes.schema import ANYTHING, Schema

type Object = dict[str, Any]

_PROBES: Final = ("livenessProbe", "readinessProbe", "startupProbe")
_FILES: Final = ("configMap", "secret", "downwardAPI", "projected")


def spelled(value: Any, schema: Schema) -> Any:
    """`value` with each quantity in its canonical spelling, and without nulls and such lists as may be left out."""
    if schema.is_quantity:
        return canonical(value)
    match value:
        case dict():
            members = {key: (member, schema.member(key) or ANYTHING) for key, member in value.items()}
            kept = {key: found for key, found in members.items() if found[0] is not None}
            needed = schema.node.get("required", ())
            return {key: spelled(*found) for key, found in kept.items() if found[0] != [] or key in needed}
        case list():
            return [spelled(member, schema.items) for member in value]
        case _:
            return value


def fill_in(obj: Object) -> None:
    """Fill in, in place, what an object of its kind leaves out."""
    if fill := _OF_KIND.get(obj["kind"]):
        fill(obj)


def _absent(obj: Object, **values: Any) -> None:
    for key, value in values.items():
        obj.setdefault(key, value)


def _pod_template(spec: Object) -> None:
    _pod_spec(spec.setdefault("template", {}).setdefault("spec", {}))


def _pod_spec(pod: Object) -> None:
    _absent(
        pod,
        restartPolicy="Always",
        dnsPolicy="ClusterFirst",
        schedulerName="default-scheduler",
        terminationGracePeriodSeconds=30,
        securityContext={},
    )
    if "serviceAccountName" in pod:
        pod["serviceAccount"] = pod["serviceAccountName"]
    for container in (*pod.get("initContainers", ()), *pod.get("containers", ())):
        _container(container)
    for volume in pod.get("volumes", ()):
        for source in _FILES:
            if source in volume:
                _absent(volume[source], defaultMode=0o644)
        if volume.keys() == {"name"}:
            volume["emptyDir"] = {}
        for projected in volume.get("projected", {}).get("sources", ()):
            if "serviceAccountToken" in projected:
                _absent(projected["serviceAccountToken"], expirationSeconds=3600)


def _container(container: Object) -> None:
    image = str(container.get("image", ""))
    tag = image.rpartition("/")[2].partition("@")
    latest = not tag[1] and (":" not in tag[0] or tag[0].endswith(":latest"))
    _absent(
        container,
        imagePullPolicy="Always" if latest else "IfNotPresent",
        terminationMessagePath="/dev/termination-log",
        terminationMessagePolicy="File",
        resources={},
    )
    for port in container.get("ports", ()):
        _absent(port, protocol="TCP")
    for variable in container.get("env", ()):
        if "fieldRef" in variable.get("valueFrom", {}):
            _absent(variable["valueFrom"]["fieldRef"], apiVersion="v1")
    for name in _PROBES:
        if name in container:
            _probe(container[name])
    limits = container["resources"].get("limits", {})
    if missing := {
        key: value for key, value in limits.items() if key not in container["resources"].get("requests", {})
    }:
        container["resources"]["requests"] = {**container["resources"].get("requests", {}), **missing}


def _probe(probe: Object) -> None:
    _absent(probe, timeoutSeconds=1, periodSeconds=10, successThreshold=1, failureThreshold=3)
    if "httpGet" in probe:
        _absent(probe["httpGet"], path="/", scheme="HTTP")


def _deployment(obj: Object) -> None:
    spec = obj["spec"]
    _absent(spec, replicas=1, revisionHistoryLimit=10, progressDeadlineSeconds=600, strategy={})
    _absent(spec["strategy"], type="RollingUpdate")
    if spec["strategy"]["type"] == "RollingUpdate":
        _absent(spec["strategy"].setdefault("rollingUpdate", {}), maxSurge="25%", maxUnavailable="25%")
    _pod_template(spec)


def _daemon_set(obj: Object) -> None:
    spec = obj["spec"]
    _absent(spec, revisionHistoryLimit=10, updateStrategy={})
    _absent(spec["updateStrategy"], type="RollingUpdate")
    if spec["updateStrategy"]["type"] == "RollingUpdate":
        _absent(spec["updateStrategy"].setdefault("rollingUpdate", {}), maxSurge=0, maxUnavailable=1)
    _pod_template(spec)


def _service(obj: Object) -> None:
    spec = obj["spec"]
    _absent(spec, type="ClusterIP", sessionAffinity="None", ipFamilyPolicy="SingleStack", ipFamilies=["IPv4"])
    _absent(spec, internalTrafficPolicy="Cluster")
    if spec["type"] in {"NodePort", "LoadBalancer"}:
        _absent(spec, externalTrafficPolicy="Cluster")
    for port in spec.get("ports", ()):
        _absent(port, protocol="TCP")
        _absent(port, targetPort=port["port"])


def _network_policy(obj: Object) -> None:
    spec = obj.setdefault("spec", {})
    _absent(spec, policyTypes=["Ingress", *(["Egress"] if spec.get("egress") else [])])
    for rule in (*spec.get("ingress", ()), *spec.get("egress", ())):
        for port in rule.get("ports", ()):
            _absent(port, protocol="TCP")


def _binding(obj: Object) -> None:
    _absent(obj["roleRef"], apiGroup="rbac.authorization.k8s.io")
    for subject in obj.get("subjects", ()):
        if subject["kind"] in {"User", "Group"}:
            _absent(subject, apiGroup="rbac.authorization.k8s.io")


def _secret(obj: Object) -> None:
    _absent(obj, type="Opaque")
    for key, value in obj.pop("stringData", {}).items():
        obj.setdefault("data", {})[key] = base64.b64encode(value.encode()).decode()


def _namespace(obj: Object) -> None:
    obj["metadata"].setdefault("labels", {})["kubernetes.io/metadata.name"] = obj["metadata"]["name"]
    obj.setdefault("spec", {}).setdefault("finalizers", ["kubernetes"])
    obj.setdefault("status", {"phase": "Active"})


def _scaler(obj: Object) -> None:
    _absent(obj["spec"], minReplicas=1)
    for direction in obj["spec"].get("behavior", {}).values():
        _absent(direction, selectPolicy="Max")


def _volume(obj: Object) -> None:
    _absent(obj["spec"], persistentVolumeReclaimPolicy="Retain", volumeMode="Filesystem")
    obj.setdefault("status", {"phase": "Pending"})


def _claim(obj: Object) -> None:
    _absent(obj["spec"], volumeMode="Filesystem")
    obj.setdefault("status", {"phase": "Pending"})


def _storage_class(obj: Object) -> None:
    _absent(obj, reclaimPolicy="Delete", volumeBindingMode="Immediate")


def _priority_class(obj: Object) -> None:
    _absent(obj, preemptionPolicy="PreemptLowerPriority")


_OF_KIND: Final[dict[str, Callable[[Object], None]]] = {
    "ClusterRoleBinding": _binding,
    "DaemonSet": _daemon_set,
    "Deployment": _deployment,
    "HorizontalPodAutoscaler": _scaler,
    "Namespace": _namespace,
    "NetworkPolicy": _network_policy,
    "PersistentVolume": _volume,
    "PersistentVolumeClaim": _claim,
    "Pod": lambda obj: _pod_spec(obj["spec"]),
    "PriorityClass": _priority_class,
    "RoleBinding": _binding,
    "Secret": _secret,
    "Service": _service,
    "StorageClass": _storage_class,
}
