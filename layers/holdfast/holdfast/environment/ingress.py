"""Ingress: the way in. The node groups' Auto Scaling groups register their nodes with the load balancer's target group,
and on each node an ingress controller answers it, over HTTPS on one node port.

Which namespace it serves is decided here, and that namespace made: the controller's rights end in it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from holdfast.aws.autoscaling.auto_scaling_group import AutoScalingGroupState, TrafficSource
from holdfast.aws.clients import Clients
from holdfast.aws.elbv2.action import Action, ForwardConfig, TargetGroupTuple
from holdfast.aws.elbv2.listener_rule import HOST_HEADER, Condition, ListenerRuleState
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import Address
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.trouble import ComeBackLater
from holdfast.environment import node_groups, seen
from holdfast.environment.objects import declared
from holdfast.environment.tagged import arn_of
from holdfast.kubernetes.manifests import application, cluster_autoscaler, ingress_controller
from holdfast.kubernetes.manifests.pod import Manifest

PART: Final = "ingress_controller"
SPACES: Final = {
    ingress_controller.SPACE: f"ingress/{PART}_namespace",
    application.SPACE: f"ingress/{PART}_watched_namespace",
}
SETTLING: Final = 15
"""Seconds between two looks at nodes that have not answered the load balancer yet."""


def resources(spec: Spec, site: Site) -> Iterator[Declared]:  # noqa: ARG001  (every layer is asked in the same way)
    for group in spec.nodes.groups:
        desired = AutoScalingGroupState(
            auto_scaling_group_name=f"${{nodes/{group}.AutoScalingGroupName}}",
            traffic_sources=frozenset({TrafficSource(identifier="${load_balancer/target_group}")}),
            tags=cluster_autoscaler.discovery_tags(spec.name),
        )
        yield Declared("AWS::AutoScaling::AutoScalingGroup", f"{group}_scaling", desired)
    yield from _way_in(spec)
    controller = ingress_controller.objects(application.SPACE, str(spec.network.cidr))
    yield from declared(PART, controller, SPACES, _in_the_watched_namespace(spec))


def _in_the_watched_namespace(spec: Spec) -> Iterable[Manifest]:
    """What the application's layer puts there: its objects are the same whatever surrounds it."""
    nowhere = application.Surroundings(role="", host=spec.host, vpc=str(spec.network.cidr), variables={})
    return application.objects(spec.application, nowhere).values()


def _way_in(spec: Spec) -> Iterator[Declared]:
    """Until this rule stands the load balancer answers 503 by itself; this layer needs the WAF: it comes after it."""
    nodes = frozenset({TargetGroupTuple(target_group_arn="${load_balancer/target_group}")})
    yield Declared(
        "AWS::ElasticLoadBalancingV2::ListenerRule",
        "forward",
        ListenerRuleState(
            listener_arn="${load_balancer/https_listener}",
            priority=1,
            conditions=frozenset({Condition(field=HOST_HEADER, values=frozenset({spec.host}))}),
            actions=(Action(type="forward", forward_config=ForwardConfig(target_groups=nodes)),),
        ),
    )


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:  # noqa: ARG001
    """Go the way of a request: who is sent one, on which port, who answers there, and whom that one can ask."""
    groups = node_groups.scaling_groups(clients, spec.name)
    target_group = _target_group(clients, spec)
    yield Finding.of(
        "To which target groups do the node groups belong?",
        saw={group: node_groups.traffic_sources_of(clients, found) for group, found in groups.items()},
        expected={group: [target_group] for group in groups},
    )
    yield Finding.of(
        "Which processes of Auto Scaling are suspended?",
        saw=[line for group, found in groups.items() for line in node_groups.suspended_processes_of(group, found)],
        expected=[],
    )
    yield _who_gets_traffic(clients, spec, target_group, node_groups.nodes_by_zone(groups))
    yield from _controller(clients, spec)


def _target_group(clients: Clients, spec: Spec) -> str:
    """The ARN of the target group whose tags say that it is the environment's."""
    return arn_of(clients, Address(spec.name, "load_balancer", "target_group"), "elasticloadbalancing:targetgroup")


def _who_gets_traffic(clients: Clients, spec: Spec, target_group: str, zones: dict[str, str]) -> Finding:
    """Which nodes answer the load balancer, by zone; ``zones`` says of each node where it is."""
    question = "Which nodes get the load balancer's requests, and do they answer?"
    if not target_group:
        return Finding(question=question, saw="there is no target group", verdict="broken")
    health = clients.elbv2.describe_target_health(TargetGroupArn=target_group)["TargetHealthDescriptions"]
    states = {one["Target"]["Id"]: one["TargetHealth"].get("State", "") for one in health}
    if strangers := sorted(states.keys() - zones.keys()):
        return Finding(question=question, saw={"no nodes of ours": strangers}, verdict="broken")
    if not states:
        return Finding(question=question, saw="no node is there to be asked", verdict="not shown here")
    pending = {target for target, state in states.items() if state in {"initial", "unhealthy", "unavailable"}}
    daemon_set = seen.read_object(
        clients.kubernetes(spec.name), f"{seen.APPS}/namespaces/ingress-controller/daemonsets/traefik"
    )
    rolled_out = seen.value_at(daemon_set, "status.numberReady", 0) == seen.value_at(
        daemon_set, "status.desiredNumberScheduled", 0
    )
    if pending and (not rolled_out or any(states[target] == "initial" for target in pending)):
        raise ComeBackLater(f"{len(pending)} nodes have not answered the load balancer yet", SETTLING)
    answering = {target for target, state in states.items() if state == "healthy"}
    return Finding.of(
        question,
        saw={zone: sorted(one for one in answering if zones[one] == zone) for zone in sorted(set(zones.values()))},
        expected={zone: sorted(one for one in zones if zones[one] == zone) for zone in sorted(set(zones.values()))},
    )


def _controller(clients: Clients, spec: Spec) -> Iterator[Finding]:
    api = clients.kubernetes(spec.name)
    daemon_set = seen.read_object(api, f"{seen.APPS}/namespaces/ingress-controller/daemonsets/traefik")
    services = seen.read_objects(api, "/api/v1/namespaces/ingress-controller/services")
    yield Finding.of(
        "On which ports of the nodes can the ingress controller be reached?",
        saw=[
            f"{port.get('nodePort')} for {port.get('targetPort')}, {service['spec'].get('externalTrafficPolicy')}"
            for service in services
            for port in seen.value_at(service, "spec.ports", [])
        ],
        expected=["30443 for https, Local"],
    )
    yield Finding.of(
        "Does it speak HTTPS only, to users and to pods?",
        saw=_transport(daemon_set),
        expected={"listens": ["https 8443"], "TLS on them": True, "health by": ["HTTPS /ping", "HTTPS /ping"]},
    )
    yield _readiness(daemon_set)
    yield Finding.of(
        "Which of its images may be another one tomorrow?",
        saw=[one["image"] for one in seen.containers(daemon_set) if "@sha256:" not in one["image"]],
        expected=[],
    )
    yield Finding.of("What may its pods do that they need not?", saw=seen.liberties(daemon_set), expected=[])
    ingress_class = seen.read_object(api, f"{seen.NETWORKING}/ingressclasses/traefik")
    yield Finding.of(
        "Who answers for Ingress objects of the class traefik?",
        saw=seen.value_at(ingress_class, "spec.controller", seen.NOBODY),
        expected="traefik.io/ingress-controller",
    )
    yield from _limits(clients, spec)


def _transport(daemon_set: seen.Found) -> dict[str, object]:
    found = seen.containers(daemon_set)
    ports = [f"{port['name']} {port['containerPort']}" for one in found for port in one.get("ports", [])]
    tls = any("--entrypoints.websecure.http.tls=true" in one.get("args", []) for one in found)
    probes = [
        seen.value_at(one, f"{each}.httpGet", {}) for one in found for each in ("readinessProbe", "livenessProbe")
    ]
    return {
        "listens": ports,
        "TLS on them": tls,
        "health by": [f"{probe.get('scheme')} {probe.get('path')}" for probe in probes],
    }


def _readiness(daemon_set: seen.Found) -> Finding:
    """A cluster without nodes wants it nowhere, and shows nothing."""
    question = "On how many nodes is it ready?"
    if not daemon_set:
        return Finding(question=question, saw="there is no ingress controller", verdict="broken")
    wanted = seen.value_at(daemon_set, "status.desiredNumberScheduled", 0)
    ready = seen.value_at(daemon_set, "status.numberReady", 0)
    if not wanted:
        return Finding(question=question, saw="there is no node for it", verdict="not shown here")
    if ready < wanted:
        raise ComeBackLater(f"the ingress controller is ready on {ready} of {wanted} nodes", SETTLING)
    return Finding.of(question, saw=ready, expected=wanted)


def _limits(clients: Clients, spec: Spec) -> Iterator[Finding]:
    api = clients.kubernetes(spec.name)
    wide = seen.read_object(api, f"{seen.RBAC}/clusterroles/traefik")
    narrow = seen.read_object(api, f"{seen.RBAC}/namespaces/application/roles/traefik")
    yield Finding.of(
        "What may it read in the cluster, and what only where the application is?",
        saw={"cluster": seen.rights(wide), "application": seen.rights(narrow)},
        expected={
            "cluster": ["get, list, watch ingressclasses", "get, list, watch nodes"],
            "application": [
                "get, list, watch ingresses",
                "get, list, watch secrets",
                "get, list, watch services",
                "list, watch endpointslices",
            ],
        },
    )
    policies = seen.read_objects(api, f"{seen.NETWORKING}/namespaces/ingress-controller/networkpolicies")
    vpc = spec.network.cidr
    private = "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10"
    yield Finding.of(
        "Who may speak to it, and to whom may it speak?",
        saw=seen.traffic(policies),
        expected=sorted(
            [
                f"into every pod from {seen.NOBODY}",
                f"into traefik from {vpc}: TCP 8443",
                f"out of every pod to {seen.NOBODY}",
                "out of traefik to every pod in application: any",
                "out of traefik to kube-dns in kube-system: UDP 53, TCP 53",
                f"out of traefik to {private}: TCP 443",
            ]
        ),
    )
