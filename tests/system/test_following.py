"""What leans on a resource that was made again follows its new id, without anybody's doing."""

from holdfast.core.diff import diff
from tests.support.cloud import Caller
from tests.support.drifting import promised
from tests.support.environments import Environment
from tests.support.waiting import until

GATEWAY, ROUTE = "egress/nat_gateway_2", "egress/default_route_2"


def test_a_default_route_follows_the_nat_gateway_of_its_zone(standing: Environment, vandal: Caller) -> None:
    gone = standing.records()[GATEWAY]["physical"]["id"]
    vandal.client("ec2").delete_nat_gateway(NatGatewayId=gone)
    until(
        "the gateway is made again under another id",
        lambda: standing.records()[GATEWAY]["physical"]["id"],
        lambda seen: seen != gone,
        look=standing.diagnosis,
    )
    until(
        "the zone's default route leads to it",
        lambda: _differs(standing),
        lambda differs: differs == "",
        look=standing.diagnosis,
    )


def _differs(environment: Environment) -> str:
    """How the route differs from its promise, which names the gateway and no id of it."""
    route = promised(environment, ROUTE)
    observed = route.observe()
    return "it is gone" if observed is None else "; ".join(map(str, diff(route.desired, observed.state)))
