"""An account in moto in which layers are built, and what the tests need to build them."""

from collections.abc import Callable
from itertools import chain
from typing import Final

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import AwsKinds
from holdfast.aws.reclaiming import reclaim
from holdfast.core.demolition import Fate
from holdfast.core.evidence import Evidence
from holdfast.core.layer import Convergence
from holdfast.core.manifest import Lease, Record, Records
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.core.teardown import waves
from holdfast.environment.catalogue import LAYERS
from holdfast.environment.retirement import Demolitions
from tests.support.memory import MemoryManifest

ADDONS: Final = {
    "amazon-cloudwatch-observability": "v4.9.0-eksbuild.1",
    "aws-efs-csi-driver": "v3.0.1-eksbuild.1",
    "coredns": "v1.14.2-eksbuild.4",
    "eks-pod-identity-agent": "v1.3.10-eksbuild.2",
    "kube-proxy": "v1.36.0-eksbuild.2",
    "metrics-server": "v0.8.1-eksbuild.1",
    "vpc-cni": "v1.21.1-eksbuild.3",
}
"""In the form of versions of EKS add-ons; the tests make nothing of the numbers."""
SITE: Final = Site(
    partition="aws",
    region="eu-west-1",
    account="123456789012",
    zones=("eu-west-1a", "eu-west-1b", "eu-west-1c"),
    boundary="arn:aws:iam::123456789012:policy/holdfast-boundary",
    hosted_zone="Z0123456789EXAMPLE",
    code="arn:aws:lambda:eu-west-1:123456789012:layer:holdfast:1",
    alerts="arn:aws:sns:eu-west-1:123456789012:holdfast-alerts",
    audit="arn:aws:lambda:eu-west-1:123456789012:function:holdfast-audit",
    addons=ADDONS,
)
ZONE: Final = "holdfast.example"
PATIENCE = 200
"""Calls of ``converge`` after which a layer that does not stand is a failure."""


def spec(name: str = "atlas", cidr: str = "10.20.0.0/16", **more: object) -> Spec:
    return Spec.admit({"name": name, "network": {"cidr": cidr}, "dns": {"zone": ZONE}, **more})


def claiming(clients: Clients, records: Callable[[], Records]) -> Callable[[Record], None]:
    """What the function ``reclaim`` does, with nobody between; ``records`` are those of the environment."""
    return lambda record: reclaim(clients, record, records())


class World:
    """One environment on the way. Its clock moves only when a layer asks to be called again."""

    def __init__(self, clients: Clients, wanted: Spec, site: Site = SITE) -> None:
        self.clients = clients
        self.spec = wanted
        self.site = site
        self.time = 1_700_000_000.0
        self.manifest = MemoryManifest(lambda: self.time)
        self.lease = Lease(wanted.name, f"arn:aws:states:eu-west-1:123456789012:execution:build:{wanted.name}", 1)

    def build(self, *layers: str) -> None:
        """Bring each layer and all that it needs to its promise."""
        for layer in in_order(layers):
            self.converge(layer)

    def converge(self, layer: str) -> None:
        pending: dict[str, str] = {}
        for _ in range(PATIENCE):
            kinds = AwsKinds(self.clients, claiming(self.clients, self.records))
            convergence = Convergence(self.lease, layer, self.manifest, kinds, lambda: self.time)
            progress = convergence.run(LAYERS[layer].declared(self.spec, self.site))
            if progress.wait is None:
                return
            self.time += progress.wait
            pending = dict(progress.pending)
        raise AssertionError(f"the layer {layer} does not converge; at last {pending}")

    def demolish(self, *, delete_data: bool) -> dict[str, Fate]:
        """Take all of it down, layer by layer; what became of each resource."""
        fates: dict[str, Fate] = {}
        lease = self.lease._replace(fence=self.lease.fence + 1)
        self.manifest.retire(lease)
        for layer in chain.from_iterable(waves({name: one.needs for name, one in LAYERS.items()})):
            self._demolish(lease, layer, fates, delete_data=delete_data)
        return fates

    def _demolish(self, lease: Lease, layer: str, fates: dict[str, Fate], *, delete_data: bool) -> None:
        pending: dict[str, str] = {}
        work = Demolitions(self.clients, lease, self.manifest, claiming(self.clients, self.records), lambda: self.time)
        for _ in range(PATIENCE):
            told = list(fates.values())
            left = work.take_down(layer, told, lambda fate: fates.update({fate.path: fate}), delete_data=delete_data)
            if left.wait is None:
                return
            self.time += left.wait
            pending = dict(left.pending)
        raise AssertionError(f"the layer {layer} does not go; at last {pending}")

    def evidence(self, layer: str) -> Evidence:
        findings = tuple(LAYERS[layer].probe(self.clients, self.spec, self.site))
        return Evidence(environment=self.spec.name, layer=layer, at="2026-01-01T00:00:00Z", findings=findings)

    def records(self) -> Records:
        return self.manifest.records(self.spec.name)

    def id_of(self, path: str) -> str:
        return self.records()[path].physical["id"]


def in_order(layers: tuple[str, ...]) -> list[str]:
    """``layers`` and what they need, needs first."""
    ordered: list[str] = []
    for layer in layers:
        needed = in_order(tuple(sorted(LAYERS[layer].needs)))
        ordered += [one for one in (*needed, layer) if one not in ordered]
    return ordered
