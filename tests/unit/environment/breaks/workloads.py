"""Breaks of ingress and workloads."""

import json
from collections.abc import Callable
from typing import Any, Final

from tests.support.kubernetes import InProcess
from tests.support.world import World
from tests.unit.environment.breaks.broken import Break

APPS, NETWORKING = "/apis/apps/v1/namespaces", "/apis/networking.k8s.io/v1"
TRAEFIK: Final = f"{APPS}/ingress-controller/daemonsets/traefik"
APPLICATION: Final = f"{APPS}/application/deployments/application"
SCALER: Final = "/apis/autoscaling/v2/namespaces/application/horizontalpodautoscalers/application"
AUTOSCALER: Final = f"{APPS}/cluster-autoscaler/deployments/cluster-autoscaler"
PLUGIN: Final = f"{APPS}/nvidia-device-plugin/daemonsets/nvidia-device-plugin"
EVERYTHING: Final = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
OPEN: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
OPEN_TRUST: Final = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}],
}


def _cluster(world: World) -> InProcess:
    api = world.clients.kubernetes(world.spec.name)
    assert isinstance(api, InProcess)
    return api


def _edit(path: str, **patch: Any) -> Callable[[World], object]:
    return lambda world: _cluster(world).edit(path, patch)


def _delete(path: str) -> Callable[[World], object]:
    return lambda world: _cluster(world).request("DELETE", path)


def _container(path: str, name: str, **fields: Any) -> Callable[[World], object]:
    return _edit(path, spec={"template": {"spec": {"containers": [{"name": name, **fields}]}}})


def _group(world: World) -> str:
    return world.id_of("ingress/general_scaling")


def _bypass(world: World) -> None:
    vpc = world.id_of("network/vpc")
    made = world.clients.elbv2.create_target_group(Name="bypass", Protocol="HTTPS", Port=30443, VpcId=vpc)
    world.clients.autoscaling.attach_load_balancer_target_groups(
        AutoScalingGroupName=_group(world), TargetGroupARNs=[made["TargetGroups"][0].get("TargetGroupArn", "")]
    )


def _suspend(world: World) -> None:
    world.clients.autoscaling.suspend_processes(AutoScalingGroupName=_group(world), ScalingProcesses=["Launch"])


def _register_a_stranger(world: World) -> None:
    image = world.clients.ec2.describe_images(Owners=["self"])["Images"]
    amis = [one["ImageId"] for one in image] or ["ami-12345678"]
    instance = world.clients.ec2.run_instances(ImageId=amis[0], MinCount=1, MaxCount=1)["Instances"][0]["InstanceId"]
    world.clients.elbv2.register_targets(
        TargetGroupArn=world.id_of("load_balancer/target_group"), Targets=[{"Id": instance}]
    )


def _hide(world: World) -> None:
    key = "k8s.io/cluster-autoscaler/enabled"
    world.clients.autoscaling.delete_tags(
        Tags=[{"ResourceId": _group(world), "ResourceType": "auto-scaling-group", "Key": key}]
    )


def _allow(role: str) -> Callable[[World], object]:
    return lambda world: world.clients.iam.put_role_policy(
        RoleName=role, PolicyName="more", PolicyDocument=json.dumps(OPEN)
    )


def _trust(role: str) -> Callable[[World], object]:
    return lambda world: world.clients.iam.update_assume_role_policy(
        RoleName=role, PolicyDocument=json.dumps(OPEN_TRUST)
    )


def _mount(world: World) -> None:
    volume = {"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}}
    container = {"name": "application", "volumeMounts": [{"name": "shared", "mountPath": "/data"}]}
    pods = {"containers": [container], "volumes": [volume]}
    _cluster(world).edit(APPLICATION, {"spec": {"template": {"spec": pods}}})


PRIVILEGED: Final = {"securityContext": {"allowPrivilegeEscalation": True, "privileged": True}}
_INGRESS: Final = (
    ("To which target groups do the node groups belong?", _bypass),
    ("Which processes of Auto Scaling are suspended?", _suspend),
    ("Which nodes get the load balancer's requests, and do they answer?", _register_a_stranger),
    (
        "On which ports of the nodes can the ingress controller be reached?",
        _edit("/api/v1/namespaces/ingress-controller/services/traefik", spec={"externalTrafficPolicy": "Cluster"}),
    ),
    ("Does it speak HTTPS only, to users and to pods?", _container(TRAEFIK, "traefik", args=["--ping=true"])),
    ("On how many nodes is it ready?", _delete(TRAEFIK)),
    ("Which of its images may be another one tomorrow?", _container(TRAEFIK, "traefik", image="traefik:latest")),
    ("What may its pods do that they need not?", _container(TRAEFIK, "traefik", **PRIVILEGED)),
    ("Who answers for Ingress objects of the class traefik?", _delete(f"{NETWORKING}/ingressclasses/traefik")),
    (
        "What may it read in the cluster, and what only where the application is?",
        _edit("/apis/rbac.authorization.k8s.io/v1/clusterroles/traefik", rules=EVERYTHING),
    ),
    (
        "Who may speak to it, and to whom may it speak?",
        _delete(f"{NETWORKING}/namespaces/ingress-controller/networkpolicies/deny-all"),
    ),
)
_WORKLOADS: Final = (
    ("How many pods of the application are up?", _delete(APPLICATION)),
    (
        "Within which bounds does the application grow, and from which load on?",
        _edit(SCALER, spec={"maxReplicas": 3}),
    ),
    ("Can its autoscaler read the load, and act on it?", _delete(SCALER)),
    ("What may its pods do that they need not?", _container(APPLICATION, "application", **PRIVILEGED)),
    (
        "Which images does it run, and are they sure to be the same tomorrow?",
        _container(APPLICATION, "application", image="traefik/whoami:latest"),
    ),
    (
        "Under which name is the application reached, and is the way to its pods encrypted?",
        _edit(
            "/api/v1/namespaces/application/services/application",
            metadata={"annotations": {"traefik.ingress.kubernetes.io/service.serversscheme": "http"}},
        ),
    ),
    (
        "How many of its pods may be away at once, by our own doing?",
        _edit("/apis/policy/v1/namespaces/application/poddisruptionbudgets/application", spec={"maxUnavailable": 3}),
    ),
    (
        "Who may speak to the application, and to whom may it speak?",
        _delete(f"{NETWORKING}/namespaces/application/networkpolicies/deny-all"),
    ),
    (
        "Is what the policies deny denied?",
        lambda world: [
            _cluster(world).request("DELETE", f"{NETWORKING}/namespaces/application/networkpolicies/{name}")
            for name in ("application", "deny-all")
        ],
    ),
    ("How many pods of the Cluster Autoscaler are up?", _delete(AUTOSCALER)),
    (
        "Which Cluster Autoscaler runs, and by what does it find its groups?",
        _container(AUTOSCALER, "cluster-autoscaler", args=["--cloud-provider=aws"]),
    ),
    (
        "What may the Cluster Autoscaler's pods do that they need not?",
        _container(AUTOSCALER, "cluster-autoscaler", **PRIVILEGED),
    ),
    ("Which node groups can it find, and scale?", _hide),
    (
        "On which file system do shared volumes lie, each behind an access point of its own?",
        _delete("/apis/storage.k8s.io/v1/storageclasses/shared"),
    ),
    (
        "What may the application do on it?",
        _mount,
    ),
    ("Who hands out GPUs, and on which nodes?", _delete(PLUGIN)),
    ("Who may act as atlas-cluster-autoscaler?", _trust("atlas-cluster-autoscaler")),
    ("What may atlas-cluster-autoscaler do?", _allow("atlas-cluster-autoscaler")),
    ("Who may act as atlas-application?", _trust("atlas-application")),
    ("What may atlas-application do?", _allow("atlas-application")),
)

BREAKS = (
    *(Break("ingress", question, deed) for question, deed in _INGRESS),
    *(Break("workloads", question, deed) for question, deed in _WORKLOADS),
)
