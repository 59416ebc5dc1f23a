"""One resource under test: what is promised of it, what AWS calls it, and the loop that brings it there."""

from typing import Any, Self

import msgspec

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import AwsKinds
from holdfast.aws.resource import AwsResource
from holdfast.core.manifest import Record, properties
from holdfast.core.reconcile import Reach, enforce
from holdfast.core.resource import Desired, Physical
from tests.support.world import claiming
from tests.unit.aws.specimens import ADDRESS, SPECIMENS

ENOUGH = 6
"""Steps in which a resource stands, or never will."""


class Subject:
    """A resource of ``kind`` with its record in a manifest of one."""

    def __init__(self, clients: Clients, kind: str, promised: Desired) -> None:
        self.clients = clients
        self.kind = kind
        self.promised = promised
        self.physical: Physical = {}

    @classmethod
    def standing(cls, clients: Clients, kind: str) -> Self:
        """The specimen of ``kind``, built."""
        subject = cls(clients, kind, SPECIMENS[kind].promise(clients))
        subject.bring_back()
        return subject

    @property
    def resource(self) -> AwsResource[Any]:
        """As a function of ours would make it from the manifest."""
        return self._kinds.resource(self._record, properties(self.promised))

    def promising(self, other: object) -> AwsResource[Any]:
        """The same resource, of which ``other`` properties are promised."""
        return self._kinds.resource(self._record, other)

    @property
    def _kinds(self) -> AwsKinds:
        return AwsKinds(self.clients, claiming(self.clients, dict))

    @property
    def _record(self) -> Record:
        environment, layer, name = ADDRESS
        return Record(
            environment=environment,
            layer=layer,
            name=name,
            kind=self.kind,
            desired=properties(self.promised),
            physical=dict(self.physical),
        )

    def change_promise(self, **fields: object) -> None:
        self.promised = msgspec.structs.replace(self.promised, **fields)

    def bring_back(self) -> None:
        """Take steps until it stands as promised, by what was read and not assumed."""
        for _ in range(ENOUGH):
            step = enforce(self.resource, Reach(lambda: None, lambda: self._kinds.claim(self._record)))
            self.physical = step.physical or self.physical
            if step.settled:
                return
        raise AssertionError(f"{self.kind} does not settle; look at its observe() and update()")

    def delete(self) -> None:
        """As teardown does: in as many steps as AWS wants."""
        for _ in range(SPECIMENS[self.kind].steps):
            observed = self.resource.observe()
            assert observed is not None
            self.resource.delete(observed)
