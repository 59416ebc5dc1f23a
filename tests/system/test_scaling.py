"""How many there are is not ours to say: who scales inside the bounds is left alone, whatever else happens."""

import time

from tests.support.cloud import Caller, Json
from tests.support.drifting import Hands, promised
from tests.support.environments import Environment
from tests.support.waiting import until

APPLICATION, BUDGET = "workloads/application_deployment", "workloads/application_disruption_budget"
SETTLED = 3.0
"""Seconds in which a drift is long restored and told."""


def _incidents(environment: Environment, path: str) -> list[Json]:
    return [one for one in environment.incidents() if one["resource"] == path]


def test_pods_scaled_inside_their_bounds_are_left_alone(standing: Environment, vandal: Caller) -> None:
    """The audit log tells of it all the same: a drift beside it, told of after it, is restored meanwhile."""
    hands, before = Hands(vandal, standing), len(_incidents(standing, APPLICATION))
    hands.cluster.scale(hands.object(APPLICATION), 7)
    budget = len(_incidents(standing, BUDGET))
    hands.cluster.patch(hands.object(BUDGET), {"spec": {"maxUnavailable": 3}})
    until("what came after was looked at", lambda: _incidents(standing, BUDGET)[budget:])
    time.sleep(SETTLED)
    assert _incidents(standing, APPLICATION)[before:] == []
    scaled = promised(standing, APPLICATION).clients.kubernetes(standing.name).request("GET", hands.object(APPLICATION))
    assert scaled.body["spec"]["replicas"] == 7
