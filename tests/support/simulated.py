"""A cloud in memory, with the two kinds of resources on which the core's loops are tested.

Like AWS it knows things by ids of its own, shows what a call made only after a while, takes its time over what is slow,
makes a twin when asked twice, and refuses writes on what does not carry our tag.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from typing import Any, ClassVar, Self

import msgspec

from holdfast.core.demolition import Traits
from holdfast.core.diff import patch
from holdfast.core.manifest import Record
from holdfast.core.resource import TAG_ENVIRONMENT, Address, Change, Drift, Observed, Physical, Resource, Tagged
from holdfast.core.security_group import SecurityGroupState
from holdfast.core.trouble import NeedsHuman
from tests.support.life import Clock, Life

READ = "read"
ENDLESS = 1000


@dataclass
class Thing:
    """What stands in the cloud: it ``shows`` and is ready at those times (epoch). ``attributes``: more of its names."""

    state: Tagged
    shows: float = 0.0
    ready: float = 0.0
    failed: str = ""
    leaving: str = ""
    attributes: dict[str, str] = field(default_factory=dict)


@dataclass
class Cloud:
    """``shows_after`` and ``ready_after``: seconds from a create call on. ``anonymous``: it answers without an id.

    ``gives_up``: why it takes changes and does none of them.
    """

    clock: Clock = field(default_factory=Clock)
    life: Life = field(default_factory=Life)
    shows_after: float = 0.0
    ready_after: float = 0.0
    anonymous: bool = False
    gives_up: str = ""
    things: dict[str, Thing] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    made: int = 0

    @contextmanager
    def call(self, name: str) -> Iterator[None]:
        with self.life.call(name):
            self.calls.append(name)
            yield

    @property
    def writes(self) -> list[str]:
        return [call for call in self.calls if call != READ]

    def put(self, state: Tagged) -> str:
        """Make a thing that shows and is ready when its time has come; its id."""
        self.made += 1
        assert self.made < ENDLESS, "twins without end: nobody remembers that a create call was made"
        identity = f"sg-{self.made:08x}"
        now = self.clock()
        self.things[identity] = Thing(state, now + self.shows_after, now + self.ready_after)
        return identity

    def change(self, identity: str, **fields: object) -> None:
        """Somebody changes it by hand."""
        thing = self.things[identity]
        thing.state = msgspec.structs.replace(thing.state, **fields)

    def found(self, address: Address, physical: Physical) -> str | None:
        """The id of what stands, by its id if that is known, else by its tags. Raises on twins, as our kinds do."""
        shown = {identity: thing for identity, thing in self.things.items() if thing.shows <= self.clock()}
        if "id" in physical:
            return physical["id"] if physical["id"] in shown else None
        ours = [one for one, thing in shown.items() if address.tags.items() <= thing.state.tags.items()]
        if len(ours) > 1:
            raise NeedsHuman(str(address), f"{len(ours)} resources carry its tags", "this is a twin")
        return ours[0] if ours else None


class Part(Tagged, frozen=True, kw_only=True):
    """A thing with a field of each sort: plain, fixed for ever, and a closed set that is filled in later."""

    size: int = 0
    parent: str = ""
    peers: frozenset[str] = frozenset()


class Simulated[D: Tagged](Resource[D]):
    """A resource in the cloud in memory."""

    model: ClassVar[type[Tagged]]

    def __init__(self, cloud: Cloud, address: Address, desired: D, physical: Physical) -> None:
        super().__init__(address, desired, physical)
        self.cloud = cloud

    @classmethod
    def of(cls, cloud: Cloud, record: Record, promised: object) -> Self:
        """The resource of ``record``; ``promised`` are its properties, resolved as far as they can be."""
        desired: Any = msgspec.convert(promised, cls.model)
        return cls(cloud, record.address, desired, record.physical)

    def observe(self) -> Observed[D] | None:
        self.cloud.calls.append(READ)
        identity = self.cloud.found(self.address, self.physical)
        if identity is None:
            return None
        thing = self.cloud.things[identity]
        assert isinstance(thing.state, type(self.desired))
        wait = max(0, round(thing.ready - self.cloud.clock()))
        return Observed(
            state=thing.state,
            physical={"id": identity, **thing.attributes},
            wait=wait,
            failed=thing.failed,
            leaving=thing.leaving,
        )

    def create(self) -> Physical:
        with self.cloud.call("create"):
            identity = self.cloud.put(self.bare())
        return {} if self.cloud.anonymous else {"id": identity}

    def bare(self) -> D:
        """What stands when the create call has answered."""
        return self.desired

    def update(self, observed: Observed[D], drift: Drift) -> tuple[str, ...]:
        """Two calls, as on AWS: what was added goes, then what is missing comes."""
        added = tuple(change for change in drift if change.promised is None)
        missing = tuple(change for change in drift if change.promised is not None)
        return (
            *self._write("remove", observed.physical["id"], added),
            *self._write("add", observed.physical["id"], missing),
        )

    def _write(self, name: str, identity: str, drift: Drift) -> tuple[str, ...]:
        if not drift:
            return ()
        with self.cloud.call(name):
            thing = self.cloud.things[identity]
            thing.state = thing.state if self.cloud.gives_up else patch(thing.state, drift)
        return (f"{name} {', '.join(_told(change) for change in drift)}",)

    def gave_up(self, since: float) -> str:
        assert since <= self.cloud.clock(), "asked of a change that nobody asked for yet"
        self.cloud.calls.append(READ)
        return self.cloud.gives_up

    def recall(self, observed: Observed[D]) -> tuple[str, ...]:
        with self.cloud.call("recall"):
            self.cloud.things[observed.physical["id"]].leaving = ""
        return ("recall",)

    def discard(self, observed: Observed[D]) -> None:
        self.delete(observed)

    def delete(self, observed: Observed[D]) -> None:
        with self.cloud.call("delete"):
            del self.cloud.things[observed.physical["id"]]


class SimulatedPart(Simulated[Part]):
    kind = "Test::Simulated::Part"
    model = Part
    immutable = frozenset({"Parent"})
    filled_in = frozenset({"Peers"})
    disposable = True

    def create(self) -> Physical:
        if self.desired.parent and self.desired.parent not in self.cloud.things:
            raise NeedsHuman(str(self.address), f"AWS refused: {self.desired.parent} does not exist", "a stale id")
        return super().create()

    def bare(self) -> Part:
        return msgspec.structs.replace(self.desired, peers=frozenset())


class SimulatedGroup(Simulated[SecurityGroupState]):
    kind = "AWS::EC2::SecurityGroup"
    model = SecurityGroupState
    immutable = frozenset({"GroupName", "GroupDescription", "VpcId"})
    filled_in = frozenset({"Rules"})
    claimed_apart = True

    def bare(self) -> SecurityGroupState:
        return msgspec.structs.replace(self.desired, rules=frozenset())

    def update(self, observed: Observed[SecurityGroupState], drift: Drift) -> tuple[str, ...]:
        tags = self.cloud.things[observed.physical["id"]].state.tags
        if tags.get(TAG_ENVIRONMENT) != self.address.environment:
            raise NeedsHuman(str(self.address), "AWS refused: UnauthorizedOperation", "it does not carry our tag")
        return super().update(observed, drift)


_KINDS: dict[str, type[Simulated[Any]]] = {one.kind: one for one in (SimulatedPart, SimulatedGroup)}


class SimulatedKinds:
    """``core.layer.Kinds`` over the cloud in memory."""

    def __init__(self, cloud: Cloud) -> None:
        self.cloud = cloud

    def filled_in(self, kind: str) -> frozenset[str]:
        return _KINDS[kind].filled_in

    def resource(self, record: Record, promised: object) -> Simulated[Any]:
        return _KINDS[record.kind].of(self.cloud, record, promised)

    def traits(self, kind: str) -> Traits:
        return Traits(_KINDS[kind].holds_data, _KINDS[kind].leaves, _KINDS[kind].keeps_left)

    def claim(self, record: Record) -> None:
        claim(self.cloud, record)

    def removing(self, what: str) -> AbstractContextManager[None]:
        return nullcontext()

    def telling(self, what: str) -> AbstractContextManager[None]:
        return nullcontext()


def claim(cloud: Cloud, record: Record) -> None:
    """What ``reclaim`` does: put our tags on what the record says is ours."""
    with cloud.call("reclaim"):
        thing = cloud.things[record.physical["id"]]
        thing.state = tagged(thing.state, record.address)


def _told(change: Change) -> str:
    return str(change.found if change.promised is None else change.promised)


def address(name: str, layer: str = "layer") -> Address:
    return Address("atlas", layer, name)


def tagged[D: Tagged](state: D, of: Address) -> D:
    """``state`` with our tags on it, as layers declare it."""
    return msgspec.structs.replace(state, tags={**state.tags, **of.tags})
