"""A built environment goes up one minor version of Kubernetes, for which EKS takes its time."""

from typing import Any, Final

import pytest
from moto.core.responses import ActionResult
from moto.eks.responses import EKSResponse

from holdfast.aws.clients import Clients
from tests.support.world import ADDONS, SITE, World, spec

TAKES: Final = 5 * 60
"""Seconds ("Update existing cluster to new Kubernetes version", EKS user guide: several minutes)."""


class Slow:
    """EKS as it updates a control plane: ``UPDATING`` for so long by the world's clock, then of the next version."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._done: float | None = None
        self._version = ""

    def update(self, response: EKSResponse) -> ActionResult:
        self._version, self._done = response._get_param("version"), self._world.time + TAKES
        response.eks_backend.describe_cluster(response._get_param("name")).status = "UPDATING"
        return ActionResult({"update": {"id": "00000000-0000-0000-0000-000000000000", "status": "InProgress"}})

    def describe(self, response: EKSResponse) -> ActionResult:
        cluster: Any = response.eks_backend.describe_cluster(response._get_param("name"))
        if self._done is not None and self._world.time >= self._done:
            cluster.version, cluster.status, self._done = self._version, "ACTIVE", None
        return ActionResult({"cluster": cluster})


@pytest.fixture
def slow(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> World:
    """A cluster of the version before, whose updates are slow from now on."""
    world = World(clients, spec(cluster={"version": "1.35"}))
    world.build("cluster")
    eks = Slow(world)

    # moto takes functions for operations, and nothing else that can be called.
    def update(response: EKSResponse) -> ActionResult:
        return eks.update(response)

    def describe(response: EKSResponse) -> ActionResult:
        return eks.describe(response)

    monkeypatch.setattr(EKSResponse, "update_cluster_version", update, raising=False)
    monkeypatch.setattr(EKSResponse, "describe_cluster", describe)
    return world


def test_add_ons_follow_their_cluster_however_long_it_takes(slow: World) -> None:
    slow.spec = spec(cluster={"version": "1.36"})
    newer = {name: version.replace("eksbuild", "eksbuild.9") for name, version in ADDONS.items()}
    slow.site = SITE._replace(addons=newer)
    slow.lease = slow.lease._replace(execution="the second build", fence=2)
    began = slow.time
    slow.converge("cluster")
    assert slow.time - began >= TAKES, "the test took no time"
    assert slow.clients.eks.describe_cluster(name="atlas")["cluster"]["version"] == "1.36"
    found = slow.clients.eks.describe_addon(clusterName="atlas", addonName="vpc-cni")["addon"]
    assert found["addonVersion"] == newer["vpc-cni"]
