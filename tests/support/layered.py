"""A layer of simulated resources, and the lives of the function that converges it."""

from collections.abc import Callable, Iterable
from typing import Final

from holdfast.core.layer import Convergence, Progress
from holdfast.core.manifest import Declared, Lease, Manifest, Record, Records, resolved
from holdfast.core.resource import Physical, Tagged
from tests.support.calls import Killed
from tests.support.life import Clock, Life
from tests.support.memory import MemoryManifest
from tests.support.simulated import Cloud, Part, SimulatedKinds, SimulatedPart, address, tagged

LAYER: Final = "layer"
PATIENCE: Final = 100
"""Calls after which a layer that does not stand never will."""


class Layered:
    """One layer, its manifest and its cloud. ``lease`` may be replaced: another build takes over."""

    def __init__(self, declared: Iterable[Declared], **cloud: object) -> None:
        self.declared = list(declared)
        self.clock = Clock()
        self.cloud = Cloud(self.clock)
        for name, value in cloud.items():
            setattr(self.cloud, name, value)
        self.manifest = MortalManifest(MemoryManifest(self.clock), self.cloud.life)
        self.kinds = SimulatedKinds(self.cloud)
        self.lease = Lease("atlas", "first", 1)

    @property
    def records(self) -> Records:
        return self.manifest.records("atlas")

    def call(self) -> Progress:
        """One call of the function."""
        return Convergence(self.lease, LAYER, self.manifest, self.kinds, self.clock).run(self.declared)

    def converge(self) -> None:
        """Call it as the workflow does, until it says that the layer stands."""
        pending: dict[str, str] = {}
        for _ in range(PATIENCE):
            progress = self.call()
            if progress.wait is None:
                return
            self.clock.forward(progress.wait)
            pending = dict(progress.pending)
        raise AssertionError(f"the layer never stands, look at core/layer.py; at last {pending}")

    def survive(self, moments: int, pause: float) -> None:
        """Converge in a life of so many ``moments``; ``pause`` seconds later somebody may try again."""
        self.cloud.life.begin(moments)
        try:
            self.converge()
        except Killed:
            self.clock.forward(pause)
        finally:
            self.cloud.life.begin()

    def wrong(self) -> dict[str, object]:
        """By resource, what does not stand exactly once and exactly as declared: nothing, if all is well."""
        found = {line.name: self._found(line) for line in self.declared}
        return {name: seen for name, seen in found.items() if seen is not None}

    def _found(self, line: Declared) -> object:
        tags = address(line.name, LAYER).tags
        standing = [thing.state for thing in self.cloud.things.values() if tags.items() <= thing.state.tags.items()]
        if len(standing) != 1:
            return f"{len(standing)} of it stand"
        record = self.records[f"{LAYER}/{line.name}"]
        desired = self.kinds.resource(record, resolved(line.properties, self.records)).desired
        return None if standing[0] == desired else (standing[0], desired)


class MortalManifest:
    """A manifest whose writes are calls: a function can die before and after each."""

    def __init__(self, manifest: Manifest, life: Life) -> None:
        self._manifest = manifest
        self._life = life

    def records(self, environment: str) -> Records:
        return self._manifest.records(environment)

    def propose(self, lease: Lease, layer: str, declared: Iterable[Declared]) -> Records:
        with self._life.call("propose"):
            return self._manifest.propose(lease, layer, declared)

    def intend(self, lease: Lease, record: Record) -> Record:
        with self._life.call("intend"):
            return self._manifest.intend(lease, record)

    def spare(self, lease: Lease, record: Record) -> Record:
        with self._life.call("spare"):
            return self._manifest.spare(lease, record)

    def learn(self, record: Record, physical: Physical) -> Record:
        with self._life.call("learn"):
            return self._manifest.learn(record, physical)

    def promise(self, lease: Lease, layer: str) -> None:
        with self._life.call("promise"):
            self._manifest.promise(lease, layer)

    def retire(self, lease: Lease) -> Records:
        with self._life.call("retire"):
            return self._manifest.retire(lease)

    def forget(self, lease: Lease, record: Record) -> None:
        with self._life.call("forget"):
            self._manifest.forget(lease, record)


def part(name: str, *, size: int = 1, parent: str = "", peers: Iterable[str] = ()) -> Declared:
    """A line of a layer; ``parent`` and ``peers`` are names of the same layer."""
    refer: Callable[[str], str] = lambda other: f"${{{LAYER}/{other}}}" if other else ""  # noqa: E731
    state: Tagged = Part(size=size, parent=refer(parent), peers=frozenset(map(refer, peers)))
    return Declared(SimulatedPart.kind, name, tagged(state, address(name, LAYER)))
