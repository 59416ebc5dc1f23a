"""What leans on a resource that was made again follows it, whoever holds it, without anybody's doing.

The sweep would find it, too, a quarter of an hour later: no test here waits so long.
"""

from tests.support.cloud import Caller
from tests.support.drifting import differs
from tests.support.environments import Environment
from tests.support.waiting import until

GATEWAY, ROUTE = "egress/nat_gateway_2", "egress/default_route_2"
LISTENER, RULE = "load_balancer/https_listener", "ingress/forward"
LOG_GROUP, FILTER = "logs/cluster", "logs/audit"


def test_a_default_route_follows_the_nat_gateway_of_its_zone(standing: Environment, vandal: Caller) -> None:
    gone = standing.record(GATEWAY)["physical"]["id"]
    vandal.client("ec2").delete_nat_gateway(NatGatewayId=gone)
    until(
        "the gateway is made again under another id",
        lambda: standing.record(GATEWAY)["physical"]["id"],
        lambda seen: seen != gone,
        look=standing.diagnosis,
    )
    _follows(standing, ROUTE)


def test_the_way_in_follows_the_listener_that_another_concern_makes_again(
    standing: Environment, vandal: Caller
) -> None:
    gone = standing.record(LISTENER)["physical"]["id"]
    vandal.client("elbv2").delete_listener(ListenerArn=gone)
    until(
        "the listener is made again under another id",
        lambda: standing.record(LISTENER)["physical"]["id"],
        lambda seen: seen != gone,
        look=standing.diagnosis,
    )
    _follows(standing, RULE)


def test_the_audit_log_is_passed_on_again_after_its_group_was_deleted(standing: Environment, vandal: Caller) -> None:
    """The group has the name that it had, and no filter."""
    vandal.client("logs").delete_log_group(logGroupName=standing.record(LOG_GROUP)["physical"]["id"])
    _follows(standing, FILTER)


def _follows(environment: Environment, path: str) -> None:
    until(
        f"{path} is as promised",
        lambda: differs(environment, path),
        lambda seen: seen == "",
        look=environment.diagnosis,
    )
