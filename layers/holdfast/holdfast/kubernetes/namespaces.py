"""A namespace of ours: which network policies, roles and bindings may lie in it, a closed set.

These only ever add to each other: one more lets in what all others keep out, and differs from no promise about any
other object. Which are ours the promise says by name. What such an object says of itself decides nothing, since whoever
makes one writes its labels and its owners too.
"""

from collections.abc import Iterator, Mapping
from typing import Final

import msgspec

from holdfast.core.resource import Drift, Observed
from holdfast.kubernetes.kinds import ADDITIVE, KINDS
from holdfast.kubernetes.objects import KubernetesObject
from holdfast.kubernetes.refusal import expect
from holdfast.kubernetes.state import FoundState, ObjectState

OBJECTS: Final = "Objects"


class NamespaceState(ObjectState, frozen=True, kw_only=True):
    """``objects``: those of additive kinds that may lie in it, and need not, as ``Role/name``. Closed.

    Without a default: to who reads a promise that says nothing of them, all of ours would be too many.
    """

    objects: frozenset[str]

    def compared(self) -> Mapping[str, object]:
        return {**super().compared(), OBJECTS: self.objects}


class Namespace(KubernetesObject):
    """One namespace. An object that is missing in it is a matter of its own promise."""

    def observe(self) -> Observed[ObjectState] | None:
        observed = super().observe()
        if observed is None or not isinstance(observed.state, FoundState):
            return observed
        assert isinstance(self.desired, NamespaceState)
        lying = frozenset(self._lying()) | self.desired.objects
        state = msgspec.structs.replace(observed.state, found={**observed.state.found, OBJECTS: lying})
        return msgspec.structs.replace(observed, state=state)

    def _lying(self) -> Iterator[str]:
        for kind in ADDITIVE:
            answer = self.api.request("GET", kind.collection(self._name))
            for one in expect(answer, f"{kind.plural} in {self._name}", "list them")["items"]:
                yield f"{kind.kind}/{one['metadata']['name']}"

    def update(self, observed: Observed[ObjectState], drift: Drift) -> tuple[str, ...]:
        """What was added goes first."""
        assert isinstance(observed.state, FoundState)
        added = [change.found for change in drift if change.path == OBJECTS and isinstance(change.found, str)]
        calls = tuple(map(self._take_out, added))
        rest = tuple(change for change in drift if change.path != OBJECTS)
        if not rest:
            return calls
        found = {path: value for path, value in observed.state.found.items() if path != OBJECTS}
        state = msgspec.structs.replace(observed.state, found=found)
        return (*calls, *super().update(msgspec.structs.replace(observed, state=state), rest))

    def _take_out(self, added: str) -> str:
        kind, _, name = added.partition("/")
        path = f"{KINDS[kind].collection(self._name)}/{name}"
        answer = self.api.request("DELETE", path)
        if answer.status != 404:
            expect(answer, f"{kind} {name} in {self._name}", "delete it")
        return f"DELETE {path}"
