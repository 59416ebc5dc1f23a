"""Pods that start: what the probe of the workloads waits for, what it believes, and what it gives up on."""

from collections.abc import Mapping
from typing import Any, Final

import pytest

from holdfast.aws.clients import Clients
from holdfast.core.spec import Spec
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from holdfast.environment.workloads_seen import application_runs, autoscaler_runs
from tests.support.calls import Calls
from tests.support.copied import in_a_copy
from tests.support.kubernetes import InProcess
from tests.support.world import World
from tests.unit.environment.breaks.workloads import APPLICATION, AUTOSCALER, SCALER

UP: Final = {"readyReplicas": 3, "updatedReplicas": 3}
TOO_LATE: Final = {
    "type": "Progressing",
    "status": "False",
    "reason": "ProgressDeadlineExceeded",
    "message": 'ReplicaSet "application-5d9c" has timed out progressing.',
}
BLIND: Final = {"type": "ScalingActive", "status": "False", "message": "unable to get metrics for resource cpu"}
ABLE: Final = {"type": "AbleToScale", "status": "True"}


@pytest.fixture(scope="module")
def standing(shared: tuple[World, Calls]) -> World:
    world, _ = shared
    world.build("workloads")
    return world


def _seen(world: World, path: str, status: Mapping[str, Any], *, behind: int = 0) -> list[str]:
    """What the probe holds once a controller has written this status; or the trouble that it raises, in its words.

    ``behind``: how many changes ago the controller looked.
    """

    def look() -> list[str]:
        api = world.clients.kubernetes(world.spec.name)
        assert isinstance(api, InProcess)
        generation = api.request("GET", path).body["metadata"].get("generation", 0)
        api.edit(f"{path}/status", {"status": {"observedGeneration": generation - behind, **status}})
        return _asked(world.clients, world.spec)

    return in_a_copy(look)


def _asked(clients: Clients, spec: Spec) -> list[str]:
    try:
        found = [*application_runs(clients, spec), *autoscaler_runs(clients, spec)]
    except (ComeBackLater, NeedsHuman) as trouble:
        return [f"{type(trouble).__name__}: {trouble}"]
    return [one.question for one in found if one.verdict == "holds"]


@pytest.mark.parametrize(
    ("path", "words"), [(APPLICATION, "the application"), (AUTOSCALER, "the Cluster Autoscaler")], ids=["ours", "its"]
)
def test_pods_are_waited_for_until_they_are_ready(standing: World, path: str, words: str) -> None:
    (said,) = _seen(standing, path, {"readyReplicas": 1, "updatedReplicas": 1})
    assert said.startswith("ComeBackLater: 1 of ")
    assert f"pods of {path.rpartition('/')[2]} are ready, 1 are up to date" in said
    assert f"How many pods of {words} are up?" in _seen(standing, path, UP)


def test_status_of_what_it_was_before_is_not_believed(standing: World) -> None:
    assert _seen(standing, APPLICATION, UP, behind=1) == [
        "ComeBackLater: the cluster has not seen the newest application yet"
    ]


def test_rollout_that_the_cluster_gave_up_on_needs_a_human_who_is_told_why(standing: World) -> None:
    (said,) = _seen(standing, APPLICATION, {"readyReplicas": 1, "updatedReplicas": 1, "conditions": [TOO_LATE]})
    assert said.startswith("NeedsHuman: application/application: 1 of ")
    assert TOO_LATE["message"] in said


def test_autoscaler_that_cannot_read_the_load_is_waited_for(standing: World) -> None:
    scaled = {"currentReplicas": 3, "desiredReplicas": 3}
    assert _seen(standing, SCALER, {**scaled, "conditions": [ABLE, BLIND]}) == [
        "ComeBackLater: ScalingActive: unable to get metrics for resource cpu"
    ]
    active = {**BLIND, "status": "True"}
    assert "Can its autoscaler read the load, and act on it?" in _seen(
        standing, SCALER, {**scaled, "conditions": [ABLE, active]}
    )
