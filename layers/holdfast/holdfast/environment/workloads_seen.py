"""What the probe of the workloads asks of the cluster and of Auto Scaling, and never of what built them."""

from collections.abc import Iterator
from typing import Final

from holdfast.aws.clients import Clients
from holdfast.core.evidence import Finding
from holdfast.core.resource import Address
from holdfast.core.spec import Spec
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from holdfast.environment import node_groups, seen
from holdfast.environment.tagged import arn_of
from holdfast.kubernetes.api import Api

SETTLING: Final = 15
"""Seconds between two looks at pods that start."""
TOO_LATE: Final = "ProgressDeadlineExceeded"
DESCRIBE: Final = (
    "`kubectl describe pods --namespace` with the first of its two names says what its pods lack: an image, room on "
    "a node, their own health; mend that, and start the build again"
)
DEPLOYMENTS: Final = f"{seen.APPS}/namespaces"
AUTOSCALERS: Final = 2
"""One acts, and another takes over from it."""
BY_TAG: Final = frozenset({"nvcr.io/nvidia/k8s-device-plugin:v0.17.4"})
"""An image whose digest no public text names."""


def application_runs(clients: Clients, spec: Spec) -> Iterator[Finding]:
    api, wanted = clients.kubernetes(spec.name), spec.application
    deployment = seen.read_object(api, f"{DEPLOYMENTS}/application/deployments/application")
    scaler = seen.read_object(api, "/apis/autoscaling/v2/namespaces/application/horizontalpodautoscalers/application")
    yield _up(deployment, "How many pods of the application are up?", wanted.replicas.min)
    yield Finding.of(
        "Within which bounds does the application grow, and from which load on?",
        saw=_growth(scaler),
        expected={
            "target": "Deployment application",
            "pods": f"{wanted.replicas.min} to {wanted.replicas.max}",
            "above": [f"{wanted.cpu_target_percent} % of cpu", f"{wanted.memory_target_percent} % of memory"],
        },
    )
    yield _able_to_scale(scaler)
    yield Finding.of("What may its pods do that they need not?", saw=seen.liberties(deployment), expected=[])
    images = [one["image"] for one in seen.containers(deployment)]
    yield Finding.of(
        "Which images does it run, and are they sure to be the same tomorrow?",
        saw=[image for image in images if "@sha256:" not in image],
        expected=[image for image in (wanted.image,) if image is not None and "@sha256:" not in image],
    )
    yield _way_to_the_pods(api, spec)
    budget = seen.read_object(api, "/apis/policy/v1/namespaces/application/poddisruptionbudgets/application")
    yield Finding.of(
        "How many of its pods may be away at once, by our own doing?",
        saw=[seen.value_at(budget, "spec.maxUnavailable"), seen.value_at(budget, "spec.minAvailable")],
        expected=[1, None],
    )
    yield from _network(api, spec)


def _up(deployment: seen.Found, question: str, least: int) -> Finding:
    """("Deployment status", kubernetes.io/docs/concepts/workloads/controllers/deployment/)"""
    if not deployment:
        return Finding(question=question, saw="there is no Deployment", verdict="broken")
    status, name = deployment.get("status", {}), seen.value_at(deployment, "metadata.name")
    if "observedGeneration" not in status:
        return Finding(question=question, saw="nobody runs pods in this cluster", verdict="not shown here")
    if status["observedGeneration"] < seen.value_at(deployment, "metadata.generation", 0):
        raise ComeBackLater(f"the cluster has not seen the newest {name} yet", SETTLING)
    ready, updated = status.get("readyReplicas", 0), status.get("updatedReplicas", 0)
    if ready >= least and updated >= least:
        return Finding(question=question, saw=ready, verdict="holds")
    said = f"{ready} of {least} pods of {name} are ready, {updated} are up to date"
    if late := next((one for one in seen.conditions(deployment, "Progressing") if one.get("reason") == TOO_LATE), None):
        raise NeedsHuman(
            f"{seen.value_at(deployment, 'metadata.namespace')}/{name}", f"{said}: {late['message']}", DESCRIBE
        )
    raise ComeBackLater(said, SETTLING)


def _able_to_scale(scaler: seen.Found) -> Finding:
    """ScalingActive: it can read the load; AbleToScale: it can write how many pods there are.

    ("Autoscaler status conditions", kubernetes.io/docs/tasks/run-application/horizontal-pod-autoscale-walkthrough/)
    """
    question = "Can its autoscaler read the load, and act on it?"
    if not scaler:
        return Finding(question=question, saw="there is no HorizontalPodAutoscaler", verdict="broken")
    found = {one["type"]: one for one in seen.conditions(scaler, "ScalingActive", "AbleToScale")}
    if not found:
        return Finding(question=question, saw="nobody scales pods in this cluster", verdict="not shown here")
    if unable := [one for one in found.values() if one["status"] != "True"]:
        raise ComeBackLater("; ".join(f"{one['type']}: {one.get('message')}" for one in unable), SETTLING)
    return Finding.of(question, saw=sorted(found), expected=["AbleToScale", "ScalingActive"])


def _growth(scaler: seen.Found) -> dict[str, object]:
    target = seen.value_at(scaler, "spec.scaleTargetRef", {})
    metrics = [one.get("resource", {}) for one in seen.value_at(scaler, "spec.metrics", [])]
    return {
        "target": f"{target.get('kind')} {target.get('name')}",
        "pods": f"{seen.value_at(scaler, 'spec.minReplicas')} to {seen.value_at(scaler, 'spec.maxReplicas')}",
        "above": [f"{seen.value_at(one, 'target.averageUtilization')} % of {one.get('name')}" for one in metrics],
    }


def _way_to_the_pods(api: Api, spec: Spec) -> Finding:
    """How the ingress controller speaks to the pods; where the file asks for HTTP, the evidence says so."""
    service = seen.read_object(api, "/api/v1/namespaces/application/services/application")
    ingress = seen.read_object(api, f"{seen.NETWORKING}/namespaces/application/ingresses/application")
    scheme = seen.value_at(service, "metadata.annotations", {}).get(
        "traefik.ingress.kubernetes.io/service.serversscheme"
    )
    rules = [
        f"{rule.get('host')}{path.get('path')} to {seen.value_at(path, 'backend.service.name')}"
        for rule in seen.value_at(ingress, "spec.rules", [])
        for path in seen.value_at(rule, "http.paths", [])
    ]
    said = {"https": "encrypted (https)", "http": "not encrypted (http)"}
    return Finding.of(
        "Under which name is the application reached, and is the way to its pods encrypted?",
        saw=[*rules, said.get(str(scheme), "not said")],
        expected=[f"{spec.host}/ to application", said[spec.application.protocol.lower()]],
    )


def _network(api: Api, spec: Spec) -> Iterator[Finding]:
    policies = seen.read_objects(api, f"{seen.NETWORKING}/namespaces/application/networkpolicies")
    database = [f"out of application to {spec.network.cidr}: TCP 5432"] if spec.application.access.database else []
    yield Finding.of(
        "Who may speak to the application, and to whom may it speak?",
        saw=seen.traffic(policies),
        expected=sorted(
            [
                f"into application from traefik in ingress-controller: TCP {spec.application.port}",
                f"into every pod from {seen.NOBODY}",
                "out of application to 0.0.0.0/0: TCP 443",
                "out of application to kube-dns in kube-system: UDP 53, TCP 53",
                f"out of every pod to {seen.NOBODY}",
                *database,
            ]
        ),
    )
    yield _enforced(api, policies)


def _enforced(api: Api, policies: list[seen.Found]) -> Finding:
    """The VPC CNI writes a PolicyEndpoint for each policy that it enforces; without nodes it writes none.

    github.com/aws/amazon-network-policy-controller-k8s
    """
    question = "Is what the policies deny denied?"
    if not policies:
        return Finding(question=question, saw="there is no policy", verdict="broken")
    found = seen.read_objects(api, "/apis/networking.k8s.aws/v1alpha1/namespaces/application/policyendpoints")
    if not found:
        return Finding(question=question, saw="no node enforces policies here", verdict="not shown here")
    enforced = sorted({seen.value_at(one, "spec.policyRef.name", "") for one in found})
    return Finding.of(question, saw=enforced, expected=sorted(one["metadata"]["name"] for one in policies))


def autoscaler_runs(clients: Clients, spec: Spec) -> Iterator[Finding]:
    api = clients.kubernetes(spec.name)
    deployment = seen.read_object(api, f"{DEPLOYMENTS}/cluster-autoscaler/deployments/cluster-autoscaler")
    yield _up(deployment, "How many pods of the Cluster Autoscaler are up?", AUTOSCALERS)
    found = seen.containers(deployment)
    tags = f"k8s.io/cluster-autoscaler/enabled,k8s.io/cluster-autoscaler/{spec.name}"
    yield Finding.of(
        "Which Cluster Autoscaler runs, and by what does it find its groups?",
        saw=[
            line
            for one in found
            for line in (
                one["image"].partition("@")[0].rpartition(".")[0],
                *(argument for argument in one.get("args", []) if "auto-discovery" in argument),
            )
        ],
        expected=[
            f"registry.k8s.io/autoscaling/cluster-autoscaler:v{spec.cluster.version}",
            f"--node-group-auto-discovery=asg:tag={tags}",
        ],
    )
    yield Finding.of(
        "What may the Cluster Autoscaler's pods do that they need not?", saw=seen.liberties(deployment), expected=[]
    )
    wanted = {"k8s.io/cluster-autoscaler/enabled": "true", f"k8s.io/cluster-autoscaler/{spec.name}": "owned"}
    groups = node_groups.scaling_groups(clients, spec.name)
    yield Finding.of(
        "Which node groups can it find, and scale?",
        saw=sorted(
            group
            for group, members in groups.items()
            if members and all(wanted.items() <= one.items() for one in node_groups.scaling_tags(members))
        ),
        expected=sorted(groups),
    )


def shared_things(clients: Clients, spec: Spec) -> Iterator[Finding]:
    """The file system that all may share, and the GPUs."""
    api = clients.kubernetes(spec.name)
    file_system = arn_of(clients, Address(spec.name, "file_storage", "file_system"), "elasticfilesystem:file-system")
    storage = seen.read_object(api, "/apis/storage.k8s.io/v1/storageclasses/shared")
    yield Finding.of(
        "On which file system do shared volumes lie, each behind an access point of its own?",
        saw=[
            storage.get("provisioner"),
            seen.value_at(storage, "parameters.fileSystemId"),
            seen.value_at(storage, "parameters.provisioningMode"),
        ],
        expected=["efs.csi.aws.com", file_system.rpartition("/")[2], "efs-ap"],
    )
    deployment = seen.read_object(api, f"{DEPLOYMENTS}/application/deployments/application")
    mounts = {mount["name"]: mount for one in seen.containers(deployment) for mount in one.get("volumeMounts", [])}
    mounted = mounts.get("shared")
    access = spec.application.access.file_system
    yield Finding.of(
        "What may the application do on it?",
        saw="nothing"
        if mounted is None
        else f"{'read' if mounted.get('readOnly') else 'write'} {mounted['mountPath']}",
        expected="nothing" if access == "none" else f"{access} {spec.application.file_system_path}",
    )
    plugin = seen.read_object(api, f"{DEPLOYMENTS}/nvidia-device-plugin/daemonsets/nvidia-device-plugin")
    yield Finding.of(
        "Who hands out GPUs, and on which nodes?",
        saw=[[one["image"] for one in seen.containers(plugin)], seen.pod_spec(plugin).get("nodeSelector")],
        expected=[sorted(BY_TAG), {"holdfast/group": "gpu"}],
    )
