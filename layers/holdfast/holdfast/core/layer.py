"""One layer brought to its promise, as far as AWS allows without waiting."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from graphlib import CycleError, TopologicalSorter
from typing import Any, NamedTuple, Protocol

from holdfast.core.manifest import Declared, Lease, Manifest, Record, resolved
from holdfast.core.patience import next_look
from holdfast.core.reconcile import Reach, Step, enforce
from holdfast.core.reference import references
from holdfast.core.resource import Physical, Resource
from holdfast.core.trouble import ComeBackLater, NeedsHuman

CHANGES_A_CALL = 60
"""Changes that one call may make before it asks to be called again, so that it stays inside its function's timeout."""
SETTLING = 20
"""Seconds that AWS may take to show what a create call made. Until then no second one is made: it could be a twin."""
ENOUGH = 30
"""Changing calls to one resource in one build. What AWS takes without a word and does not do is not asked for ever."""
IN_VAIN = "look at it in AWS: something else changes it back, or AWS ignores a part of the promise; then build again"
CIRCLE = "revert the last change of the layer, whose references now lead in a circle or nowhere; deploy, build again"


class Progress(NamedTuple):
    """``wait`` seconds until the next call makes sense, None when the layer stands; ``pending`` says why not yet."""

    wait: int | None
    pending: Mapping[str, str]


class Kinds(Protocol):
    """Knows each kind of resource by its CloudFormation type."""

    def filled_in(self, kind: str) -> frozenset[str]:
        """The properties that the kind's create call does without (see ``Resource.filled_in``)."""
        ...

    def resource(self, record: Record, promised: object) -> Resource[Any]:
        """The resource of ``record`` with the resolved properties ``promised``."""
        ...

    def claim(self, record: Record) -> None:
        """Have our tags put on the resource of ``record`` (see ``Resource.claimed_apart``)."""
        ...

    def telling(self, what: str) -> AbstractContextManager[None]:
        """Turn AWS's errors in its block into the three kinds of trouble, about ``what``."""
        ...


class Convergence:
    """One call's work on a layer. ``now`` answers seconds since the epoch."""

    def __init__(self, lease: Lease, layer: str, manifest: Manifest, kinds: Kinds, now: Callable[[], float]) -> None:
        self._lease = lease
        self._layer = layer
        self._manifest = manifest
        self._kinds = kinds
        self._now = now
        self._records: dict[str, Record] = {}
        self._pending: dict[str, str] = {}
        self._needs: dict[str, frozenset[str]] = {}
        self._seen: set[str] = set()
        self._changes = 0

    def run(self, declared: Iterable[Declared]) -> Progress:
        """Take each resource one step after the other until all stand, or all wait, or enough was done.

        What refers to a resource that does not stand yet waits for it: the order is in the references. Nothing is made
        from an id that was not seen to stand: it could be that of something that is gone.
        """
        declared = list(declared)
        self._needs = self._needed(declared)
        self._records = dict(self._manifest.propose(self._lease, self._layer, declared))
        self._pending = dict.fromkeys(self._needs, "not looked at yet")
        while self._pending and self._changes < CHANGES_A_CALL:
            waits: list[int] = []
            moved = [self._take(path, waits) for path in list(self._pending) if self._changes < CHANGES_A_CALL]
            if not any(moved):
                return self._come_back(waits)
        return Progress(0 if self._pending else None, self._pending)

    def _needed(self, declared: Iterable[Declared]) -> dict[str, frozenset[str]]:
        """By path, in an order in which they can be made, the layer's own resources that a create call refers to."""
        needs = {f"{self._layer}/{line.name}": self._create_needs(line) for line in declared}
        try:
            order = TopologicalSorter({path: sorted(needs[path]) for path in needs}).static_order()
            return {path: needs[path] & needs.keys() for path in order if path in needs}
        except CycleError as circle:
            stuck = " for ".join(reversed(circle.args[1]))
            raise NeedsHuman(self._layer, f"its resources wait for each other: {stuck}", CIRCLE) from circle

    def _create_needs(self, line: Declared) -> frozenset[str]:
        filled_in = self._kinds.filled_in(line.kind)
        return references({field: value for field, value in line.properties.items() if field not in filled_in})

    def _take(self, path: str, waits: list[int]) -> bool:
        """One step of one resource; whether anything is different now."""
        record, lacks = self._records[path], self._unresolved(path)
        unseen = frozenset[str]() if record.physical else self._needs[path] - self._seen
        if lacks or unseen:
            self._pending[path] = "waits for " + ", ".join(sorted(unseen.union(*lacks.values())))
        if unseen or lacks.keys() - self._kinds.filled_in(record.kind):
            return False
        try:
            with self._kinds.telling(path):
                step = self._step(path, whole=not lacks)
        except ComeBackLater as later:
            intended = self._records[path].tried(self._lease.fence) > record.tried(self._lease.fence)
            if intended and not later.asked:
                self._records[path] = self._manifest.spare(self._lease, self._records[path])
            self._pending[path] = later.why
            waits.append(later.seconds)
            return False
        if step.physical:
            self._seen.add(path)
        learned = dict(step.physical) != self._records[path].physical
        if learned:
            self._learn(path, step.physical)
        if step.settled and not lacks:
            del self._pending[path]
            return True
        if step.wait:
            self._pending[path] = "AWS is at work on it"
            waits.append(step.wait)
        return learned or bool(step.did)

    def _learn(self, path: str, physical: Physical) -> None:
        """Keep what AWS calls it, and look again at what was compared with what it was called before."""
        self._records[path] = self._manifest.learn(self._records[path], physical)
        for other in self._needs:
            if path in references(self._records[other].target):
                self._pending.setdefault(other, "not looked at yet")

    def _step(self, path: str, *, whole: bool) -> Step:
        """What is gone is forgotten before it is made anew: whoever dies over that must not look for the old id."""
        record = self._records[path]
        settled = not record.physical and self._now() - record.intent >= SETTLING

        def intend() -> None:
            if record.tried(self._lease.fence) >= ENOUGH:
                raise NeedsHuman(path, f"AWS was asked {ENOUGH} times, and it still is not as promised", IN_VAIN)
            self._records[path] = self._manifest.intend(self._lease, record)
            self._changes += 1

        subject = self._kinds.resource(record, resolved(record.target, self._records))
        earlier = record.attempt < self._lease.fence
        asked = record.intent if record.tried(self._lease.fence) else 0.0
        step = enforce(
            subject,
            Reach(intend, lambda: self._kinds.claim(record), settled, update=whole, discard=earlier, asked=asked),
        )
        if step.wait and subject.duration.usual:
            return step._replace(wait=next_look(subject.duration, self._now() - record.intent))
        return step

    def _unresolved(self, path: str) -> Mapping[str, frozenset[str]]:
        """The properties that refer to what does not stand yet, and to what."""
        promised = resolved(self._records[path].target, self._records)
        assert isinstance(promised, dict)
        return {field: lacks for field, value in promised.items() if (lacks := references(value))}

    def _come_back(self, waits: list[int]) -> Progress:
        if not waits:
            stuck = "; ".join(f"{path} {why}" for path, why in sorted(self._pending.items()))
            raise NeedsHuman(self._layer, f"its resources wait for what nobody makes: {stuck}", CIRCLE)
        return Progress(min(waits), self._pending)
