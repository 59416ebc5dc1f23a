"""Ingress: the rule that lets requests for the environment's name through to the nodes. Not raised beyond it."""

from collections.abc import Iterator

from holdfast.aws.clients import Clients
from holdfast.aws.elbv2.action import Action, ForwardConfig, TargetGroupTuple
from holdfast.aws.elbv2.listener_rule import HOST_HEADER, Condition, ListenerRuleState
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec


def resources(spec: Spec, site: Site) -> Iterator[Declared]:  # noqa: ARG001  (every layer is asked in the same way)
    yield from _way_in(spec)


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
    yield from ()
