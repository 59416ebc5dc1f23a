"""The manifest: what we promised, one record a resource.

The builder writes ``next`` before it acts, and ``desired`` once the layer is verified: from then on the resource is
guarded. The restorer takes its orders from ``desired`` and from nothing else, and may write only ``physical``.
References stay symbolic in both (see ``reference``).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple, Protocol

import msgspec

from holdfast.core.reference import resolve
from holdfast.core.resource import Address, Desired, Physical, as_read_back

type Properties = Mapping[str, object]
"""A desired state as JSON: CloudFormation's property names, references symbolic."""


class Lease(NamedTuple):
    """The right to build an environment. ``fence`` grows with each holder: an older one can write no more."""

    environment: str
    execution: str
    fence: int


class Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One resource of ours.

    ``intent`` is when (seconds, epoch) a changing call was last about to be made, ``attempt`` the fence of who made it,
    ``tries`` how many of them it was about to make.
    """

    environment: str
    layer: str
    name: str
    kind: str
    desired: dict[str, object] | None = None
    next: dict[str, object] | None = None
    physical: dict[str, str] = {}
    intent: float = 0.0
    attempt: int = 0
    tries: int = 0
    fence: int = 0

    @property
    def address(self) -> Address:
        return Address(self.environment, self.layer, self.name)

    @property
    def path(self) -> str:
        return f"{self.layer}/{self.name}"

    def tried(self, fence: int) -> int:
        """How many changing calls the holder of ``fence`` was about to make."""
        return self.tries if self.attempt == fence else 0

    @property
    def target(self) -> dict[str, object]:
        """What a builder works towards: ``next`` while there is one."""
        return self.next if self.next is not None else self.desired or {}


class Declared(NamedTuple):
    """One line of a layer: a resource of ``kind`` under ``name``, its desired state with symbolic references."""

    kind: str
    name: str
    desired: Desired

    @property
    def properties(self) -> dict[str, object]:
        return properties(self.desired)


type Records = Mapping[str, Record]
"""An environment's records by ``layer/name``."""


def properties(desired: Desired) -> dict[str, object]:
    """A desired state as the manifest keeps it: plain JSON in one fixed order."""
    plain: dict[str, object] = msgspec.json.decode(msgspec.json.encode(desired, order="sorted"))
    return plain


def in_full(desired: Desired) -> dict[str, object]:
    """As ``properties``, those too that the manifest leaves out because they are as AWS makes them."""
    fields = msgspec.structs.fields(desired)
    return {field.encode_name: as_read_back(getattr(desired, field.name)) for field in fields}


def resolved(promised: Properties, records: Records) -> object:
    """``promised`` with the physical ids of ``records`` in place of its references."""
    return resolve(promised, physical_of(records))


def physical_of(records: Records) -> dict[str, Physical]:
    return {path: record.physical for path, record in records.items() if record.physical}


class Manifest(Protocol):
    """Where the records are kept. Every write of a builder is refused once its lease is not the newest."""

    def records(self, environment: str) -> Records:
        """All records of an environment."""
        ...

    def propose(self, lease: Lease, layer: str, declared: Iterable[Declared]) -> Records:
        """Write what will be built as ``next``; the environment's records as they then stand."""
        ...

    def intend(self, lease: Lease, record: Record) -> Record:
        """Say that a call which changes ``record``'s resource is about to be made. Must be asked before each one."""
        ...

    def spare(self, lease: Lease, record: Record) -> Record:
        """The call that was intended last was not made: it is no try. Its time stays, as of one that was."""
        ...

    def learn(self, record: Record, physical: Physical) -> Record:
        """Keep what AWS calls the resource; empty if it is gone. What was forgotten meanwhile stays forgotten."""
        ...

    def promise(self, lease: Lease, layer: str) -> None:
        """The layer is verified: ``next`` becomes ``desired`` in all its records."""
        ...

    def retire(self, lease: Lease) -> Records:
        """The environment is taken down: nothing of it is guarded from now on. The records as they then stand."""
        ...

    def forget(self, lease: Lease, record: Record) -> None:
        """It is gone, and is promised no more."""
        ...
