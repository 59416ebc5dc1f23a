"""One layer taken down, as far as AWS allows without waiting: last what others of it refer to.

Only what the manifest names is touched, and nothing of an environment of which anything is promised still: it must have
been retired before (``Manifest.retire``), so that no restoration brings back what is taken away here. What AWS still
uses elsewhere is asked for again later; what is gone is forgotten last, so that whoever dies in between finds it.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import Any, Literal, NamedTuple, Protocol

import msgspec

from holdfast.core.manifest import Lease, Manifest, Record, Records, resolved
from holdfast.core.patience import next_look
from holdfast.core.reference import references
from holdfast.core.resource import TAG_ENVIRONMENT, Resource
from holdfast.core.trouble import ComeBackLater, NeedsHuman

type End = Literal["deleted", "kept", "pending"]


class Fate(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one resource.

    ``why`` it is kept, or until when its deletion is pending. ``left``: what stays of it, and how that is removed;
    ``keeps``: the paths of the key and the vault without which that is lost.
    """

    path: str
    kind: str
    id: str
    end: End
    why: str = ""
    left: str = ""
    keeps: tuple[str, ...] = ()


class Demolished(NamedTuple):
    """``wait`` seconds until the next call makes sense, None when nothing is left; ``pending`` says why not yet."""

    wait: int | None
    pending: Mapping[str, str]


class Traits(NamedTuple):
    """What a kind says of its end (see ``Resource``)."""

    holds_data: bool = False
    leaves: str = ""
    keeps_left: bool = False


class Kinds(Protocol):
    """As ``core.layer.Kinds``, for taking down."""

    def filled_in(self, kind: str) -> frozenset[str]:
        """The properties that the kind's create call does without (see ``Resource.filled_in``)."""
        ...

    def traits(self, kind: str) -> Traits:
        """What the kind says of its end."""
        ...

    def resource(self, record: Record, promised: object) -> Resource[Any]:
        """The resource of ``record`` with the resolved properties ``promised``."""
        ...

    def claim(self, record: Record) -> None:
        """Have our tags put on the resource of ``record`` (see ``Resource.claimed_apart``)."""
        ...

    def removing(self, what: str) -> AbstractContextManager[None]:
        """Turn AWS's errors into the three kinds of trouble; that others still use it is one that passes."""
        ...


def kept(
    records: Records, fates: Iterable[Fate], traits: Callable[[str], Traits], *, delete_data: bool
) -> dict[str, str]:
    """By path, what must stay and why: data nobody gave up, what it stands on, and what keeps what is left of it.

    ``fates`` of what is gone already: its record is forgotten, and what is left of it is not.
    """
    stays: dict[str, str] = {}
    for path, record in records.items():
        if traits(record.kind).holds_data and record.physical and not delete_data:
            stays[path] = "it holds data, and delete_data was false"
            stays |= {needed: f"{path} stands on it" for needed in _under(path, records) if needed not in stays}
    for path, keepers in _left(records, fates, traits):
        stays |= {keeper: f"it keeps what is left of {path}" for keeper in keepers if keeper in records}
    return stays


def _left(
    records: Records, fates: Iterable[Fate], traits: Callable[[str], Traits]
) -> Iterator[tuple[str, tuple[str, ...]]]:
    for path, record in records.items():
        if traits(record.kind).leaves and record.physical:
            yield path, _keepers(record, records, traits)
    for fate in fates:
        yield fate.path, fate.keeps


def _keepers(record: Record, records: Records, traits: Callable[[str], Traits]) -> tuple[str, ...]:
    """The keys and vaults that ``record`` refers to, and the keys of those vaults."""
    found: set[str] = set()
    waiting = [record]
    while waiting:
        named = references(waiting.pop().target)
        new = {one for one in named & records.keys() if traits(records[one].kind).keeps_left} - found
        found |= new
        waiting += [records[one] for one in new]
    return tuple(sorted(found))


def _under(path: str, records: Records) -> Iterator[str]:
    """All that ``path`` refers to, and what that refers to."""
    seen: set[str] = set()
    waiting = list(references(records[path].target))
    while waiting:
        needed = waiting.pop()
        if needed in records and needed not in seen:
            seen.add(needed)
            waiting += references(records[needed].target)
    yield from sorted(seen - {path})


class Demolition:
    """One call's work on a layer. ``now`` answers seconds since the epoch."""

    def __init__(self, lease: Lease, layer: str, manifest: Manifest, kinds: Kinds, now: Callable[[], float]) -> None:
        self._lease = lease
        self._layer = layer
        self._manifest = manifest
        self._kinds = kinds
        self._now = now
        self._records: dict[str, Record] = {}
        self._pending: dict[str, str] = {}
        self._waits: list[int] = []

    def clear(self, stays: Mapping[str, str], tell: Callable[[Fate], None]) -> Demolished:
        """Take each resource one step; ``stays`` says by path what must not go, and why. ``tell`` keeps a fate.

        Raises ``NeedsHuman`` if anything of the environment is promised still.
        """
        self._tell, self._stays = tell, stays
        self._records = dict(self._manifest.records(self._lease.environment))
        self._refuse_what_is_promised()
        mine = [path for path, record in self._records.items() if record.layer == self._layer]
        for path in mine:
            if path in stays:
                self._tell(self._fate(path, "kept", stays[path]))
        left = {path for path in mine if path not in stays}
        while going := [path for path in sorted(left) if not self._blocking(path, left)]:
            gone = {path for path in going if path not in self._pending and self._take(path)}
            if not gone:
                break
            left -= gone
        waiting = dict.fromkeys(left, "waits for what refers to it") | self._pending
        return Demolished(min(self._waits, default=5) if left else None, waiting)

    def _refuse_what_is_promised(self) -> None:
        if promised := sorted(path for path, record in self._records.items() if record.desired is not None):
            raise NeedsHuman(
                self._lease.environment,
                f"{len(promised)} of its resources are promised still ({promised[0]} …), so no teardown was begun",
                "start the teardown, not a part of it; whoever started this one, see docs/runbooks/teardown.md",
            )

    def _blocking(self, path: str, left: Collection[str]) -> bool:
        """Whether something of the layer was made from it and stands. What was filled in later holds nobody up."""
        return any(path in self._made_from(other) for other in left if other != path)

    def _made_from(self, path: str) -> frozenset[str]:
        record = self._records[path]
        filled_in = self._kinds.filled_in(record.kind)
        return references({field: value for field, value in record.target.items() if field not in filled_in})

    def _standing(self) -> frozenset[str]:
        return frozenset(path for path, record in self._records.items() if record.physical)

    def _take(self, path: str) -> bool:
        """One step of one resource; whether nothing is left to do about it."""
        record = self._records[path]
        promised = resolved(record.target, self._records)
        if not record.physical and (not record.intent or self._made_from(path) - self._standing()):
            return self._leave(record)  # nobody ever set out to make it, or could have
        subject = self._kinds.resource(record, promised)
        if subject.removal == "along" and (owners := self._made_from(path)):
            return self._along(record, owners)
        if subject.removal == "never":
            return self._leave(record)
        try:
            with self._kinds.removing(path):
                return self._step(record, subject)
        except ComeBackLater as later:
            self._pending[path] = later.why
            self._waits.append(later.seconds)
            return False

    def _along(self, record: Record, owners: frozenset[str]) -> bool:
        """It goes with what it belongs to, and stays if all of that does. What belongs to nothing was left behind."""
        if owners <= self._stays.keys():
            self._tell(self._fate(record.path, "kept", f"it belongs to {', '.join(sorted(owners))}"))
            return True
        return self._forget(record, "deleted")

    def _step(self, record: Record, subject: Resource[Any]) -> bool:
        observed = subject.observe()
        if observed is None:
            return self._forget(record, "deleted")
        if observed.leaving:
            return self._forget(record, "pending", f"AWS deletes it on {observed.leaving}")
        if observed.wait:
            elapsed = self._now() - record.intent
            self._wait(record.path, next_look(subject.duration._replace(least=0), elapsed))
            return False
        self._records[record.path] = self._manifest.intend(self._lease, record)
        if subject.claimed_apart and TAG_ENVIRONMENT not in getattr(observed.state, "tags", {}):
            self._kinds.claim(record)  # somebody stripped it, and without our tag no role may delete it
        else:
            subject.delete(observed)
        self._wait(record.path, 1)
        return False

    def _wait(self, path: str, seconds: int) -> None:
        self._pending[path] = "AWS is at work on it"
        self._waits.append(seconds)

    def _forget(self, record: Record, end: End, why: str = "") -> bool:
        """Its fate is kept before its record goes: whoever dies in between must not lose what is left of it."""
        if record.physical:
            self._tell(self._fate(record.path, end, why))
        return self._leave(record)

    def _leave(self, record: Record) -> bool:
        self._manifest.forget(self._lease, record)
        return True

    def _fate(self, path: str, end: End, why: str = "") -> Fate:
        record = self._records[path]
        identity, leaves = record.physical.get("id", ""), self._kinds.traits(record.kind).leaves
        gone = leaves and end == "deleted"
        return Fate(
            path=path,
            kind=record.kind,
            id=identity,
            end=end,
            why=why,
            left=leaves.format(**record.physical) if gone else "",
            keeps=_keepers(record, self._records, self._kinds.traits) if gone else (),
        )
