"""One layer brought to its promise, as far as AWS allows without waiting."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple, Protocol

from holdfast.core.manifest import Declared, Lease, Manifest, Record, resolved
from holdfast.core.reconcile import Reach, Step, enforce
from holdfast.core.reference import references
from holdfast.core.resource import Resource
from holdfast.core.trouble import ComeBackLater, NeedsHuman

CHANGES_A_CALL = 60
"""Changes that one call may make before it asks to be called again, so that it stays inside its function's timeout."""
SETTLING = 20
"""Seconds that AWS may take to show what a create call made. Until then no second one is made: it could be a twin."""


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
        self._changes = 0

    def run(self, declared: Iterable[Declared]) -> Progress:
        """Take each resource one step after the other until all stand, or all wait, or enough was done.

        What refers to a resource that does not stand yet waits for it: the order is in the references.
        """
        declared = list(declared)
        self._records = dict(self._manifest.propose(self._lease, self._layer, declared))
        self._pending = {f"{self._layer}/{line.name}": "not looked at yet" for line in declared}
        while self._pending and self._changes < CHANGES_A_CALL:
            waits: list[int] = []
            moved = [self._take(path, waits) for path in list(self._pending) if self._changes < CHANGES_A_CALL]
            if not any(moved):
                return self._come_back(waits)
        return Progress(0 if self._pending else None, self._pending)

    def _take(self, path: str, waits: list[int]) -> bool:
        """One step of one resource; whether anything is different now."""
        lacks = self._unresolved(path)
        if lacks and (self._records[path].physical or not self._can_stand_without(path, lacks)):
            needs = frozenset().union(*lacks.values())
            self._pending[path] = "waits for " + ", ".join(sorted(needs))
            return False
        try:
            with self._kinds.telling(path):
                step = self._step(path, whole=not lacks)
        except ComeBackLater as later:
            self._pending[path] = later.why
            waits.append(later.seconds)
            return False
        learned = dict(step.physical) != self._records[path].physical
        if learned:
            self._records[path] = self._manifest.learn(self._records[path], step.physical)
        if step.settled and not lacks:
            del self._pending[path]
            return True
        if step.wait:
            self._pending[path] = "AWS is at work on it"
            waits.append(step.wait)
        return learned or bool(step.did)

    def _step(self, path: str, *, whole: bool) -> Step:
        """What is gone is forgotten before it is made anew: whoever dies over that must not look for the old id."""
        record = self._records[path]
        settled = not record.physical and self._now() - record.intent >= SETTLING

        def intend() -> None:
            self._records[path] = self._manifest.intend(self._lease, record)
            self._changes += 1

        subject = self._kinds.resource(record, resolved(record.target, self._records))
        reach = Reach(intend, lambda: self._kinds.claim(record), create=settled, update=whole)
        return enforce(subject, reach)

    def _unresolved(self, path: str) -> Mapping[str, frozenset[str]]:
        """The properties that refer to what does not stand yet, and to what."""
        promised = resolved(self._records[path].target, self._records)
        assert isinstance(promised, dict)
        return {field: lacks for field, value in promised.items() if (lacks := references(value))}

    def _can_stand_without(self, path: str, lacks: Mapping[str, object]) -> bool:
        return lacks.keys() <= self._kinds.filled_in(self._records[path].kind)

    def _come_back(self, waits: list[int]) -> Progress:
        if not waits:
            stuck = "; ".join(f"{path} {why}" for path, why in sorted(self._pending.items()))
            raise NeedsHuman(
                self._layer, f"its resources wait for each other: {stuck}", "report it: a circle in the layer"
            )
        return Progress(min(waits), self._pending)
