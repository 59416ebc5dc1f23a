"""The four verbs that every AWS resource of ours answers to, and the words around them.

A resource is one AWS object that a layer owns. Its ``desired`` state is a frozen value whose fields are the properties
of its CloudFormation type. What is not a field is not ours and can never drift:

- a ``frozenset`` is *closed*: a member that we did not promise is drift, like one that is missing;
- a ``dict`` is *open*: only the keys that we promised are compared (tags that others set are theirs);
- anything else is compared as a whole.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from copy import copy
from typing import ClassVar, Literal, NamedTuple, Self

import msgspec

type Physical = Mapping[str, str]
"""What AWS calls the resource: always ``id``, by which calls and events name it, and such attributes as ``Arn``."""

TAG_ENVIRONMENT = "holdfast:environment"
TAG_LAYER = "holdfast:layer"
TAG_NAME = "holdfast:name"


STANDS = "stands"
"""The path of a difference that is the resource itself: it was deleted, or stands only until a day that was found."""

type Removal = Literal["by itself", "along", "never"]
"""How a resource goes when its environment does: by a call of its own; along with what it refers to, as AWS removes
that; or not at all, because it is the account's."""


class Duration(NamedTuple):
    """Seconds that AWS takes for what it was asked, from published logs: by them a build waits, not by a fixed beat."""

    usual: int
    least: int
    most: int


AT_ONCE = Duration(0, 0, 0)


class Address(NamedTuple):
    """Where a resource stands: unique for ever, chosen by us, the same on every account."""

    environment: str
    layer: str
    name: str

    def __str__(self) -> str:
        return f"{self.layer}/{self.name}"

    @property
    def tags(self) -> dict[str, str]:
        """The tags that say whose it is: set in the create call, promised ever after."""
        return {TAG_ENVIRONMENT: self.environment, TAG_LAYER: self.layer, TAG_NAME: self.name}


class Desired(msgspec.Struct, frozen=True, rename="pascal", forbid_unknown_fields=True, kw_only=True):
    """Base of every desired state: fields in Python's spelling, CloudFormation's property names in the manifest."""

    def compared(self) -> Mapping[str, object]:
        """What is compared with what stands, by the path under which a difference is told: its fields, one by one."""
        return {field.encode_name: getattr(self, field.name) for field in msgspec.structs.fields(self)}

    def owned(self, address: Address) -> Self:
        """The same state with the marks that say whose it is, where it can carry any."""
        return self


class Tagged(Desired, frozen=True, kw_only=True):
    """A desired state with tags."""

    tags: dict[str, str] = {}

    def owned(self, address: Address) -> Self:
        shown = {"Name": f"{address.environment}-{address.name.replace('_', '-')}"}
        return msgspec.structs.replace(self, tags={**shown, **self.tags, **address.tags})


class Observed[D: Desired](msgspec.Struct, frozen=True, kw_only=True):
    """What AWS answered: ``state`` in the shape of the promise; ``wait`` seconds while AWS is still at work on it.

    ``failed`` says why AWS gave up on it; ``leaving``, the day on which AWS deletes it for good if nobody stops it;
    ``going``, that AWS is deleting it, and nobody can stop that. ``unclaimed``: some of what differs does not carry our
    tag, though the promise says nothing of tags.
    """

    state: D
    physical: Physical
    wait: int = 0
    failed: str = ""
    leaving: str = ""
    going: bool = False
    unclaimed: bool = False


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """One difference, at ``path``. Of a closed set each member is a change of its own, absent on one side."""

    path: str
    promised: object = None
    found: object = None

    def __str__(self) -> str:
        match self.promised, self.found:
            case None, found:
                return f"{self.path}: {_text(found)} was added"
            case promised, None:
                return f"{self.path}: {_text(promised)} is missing"
            case promised, found:
                return f"{self.path}: promised {_text(promised)}, found {_text(found)}"


def as_read_back(value: object) -> object:
    """``value`` as it comes back from a table: JSON, in which sets and tuples are lists, those of sets in one order."""
    return msgspec.json.decode(msgspec.json.encode(value, order="deterministic"))


type Drift = tuple[Change, ...]
"""The typed difference between desired and observed; empty when the promise holds."""


def lost_our_tag(drift: Drift) -> bool:
    """Whether the tag that says whose it is is not there at all."""
    return any(change.path == f"Tags.{TAG_ENVIRONMENT}" and change.found is None for change in drift)


class Resource[D: Desired](ABC):
    """One AWS object. Subclasses know its API; the loop in ``reconcile`` knows when to use which verb."""

    kind: ClassVar[str]
    """CloudFormation's type name."""
    immutable: ClassVar[frozenset[str]] = frozenset()
    """Fields that AWS cannot change in place."""
    filled_in: ClassVar[frozenset[str]] = frozenset()
    """Fields that ``create`` does not need: they may refer to resources that do not stand yet."""
    duration: ClassVar[Duration] = AT_ONCE
    """How long AWS takes to make or to change it."""
    disposable: ClassVar[bool] = False
    """Whether one that AWS gave up on can hold nothing: the next build discards it, and makes it anew."""
    holds_data: ClassVar[bool] = False
    """Whether data would be lost with it: teardown keeps it unless a second word is said."""
    leaves: ClassVar[str] = ""
    """What stays of it when it is deleted with its data, and how that goes (``{Attribute}``); what keeps it stays."""
    keeps_left: ClassVar[bool] = False
    """Whether what is left of others is encrypted with it, or lies in it."""
    comes_back: ClassVar[bool] = False
    """Whether one that was deleted can be made again as it was: it held nothing, and no twin of it can arise."""
    when_gone: ClassVar[str] = "start a build"
    """What a person does about one that was deleted, or that another stands in for, and does not come back."""
    incarnation: ClassVar[str] = ""
    """The attribute by which AWS tells it from a later one of the same name, where its id is no more than a name."""
    claimed_apart: ClassVar[bool] = False
    """Whether AWS lets us write to it only where it carries our tags, so that another role must put them on first."""

    def __init__(self, address: Address, desired: D, physical: Physical) -> None:
        self.address = address
        self.desired = desired
        self.physical = physical

    def aiming(self, state: D) -> Self:
        """The same resource on the way to ``state``: what people allowed, and what others hold, is left as it is."""
        aimed = copy(self)
        aimed.desired = state
        return aimed

    @property
    def removal(self) -> Removal:
        """How it goes when its environment does."""
        return "by itself"

    @classmethod
    def refusals(cls, stands: Mapping[str, object], asked: Mapping[str, object]) -> Iterator[str]:
        """Why AWS cannot turn what is promised (``stands``) into what is ``asked`` for in place, a sentence a reason.

        Both are properties as the manifest keeps them. Found out before anything is touched.
        """
        for field in sorted(cls.immutable):
            if stands.get(field) != asked.get(field):
                yield f"{field} is {stands.get(field)}, asked for {asked.get(field)}"

    @abstractmethod
    def observe(self) -> Observed[D] | None:
        """Read what stands now; None when it is absent. Must not modify anything."""

    @abstractmethod
    def create(self) -> Physical:
        """Ask AWS for it once, tagged as ours, and do not wait. May come back with what AWS calls it, or empty."""

    @abstractmethod
    def update(self, observed: Observed[D], drift: Drift) -> tuple[str, ...]:
        """Ask AWS to undo exactly ``drift``: what widens access is taken away first. Success is for observe to say.

        Answers with the calls it made, in the words of an incident.
        """

    def gave_up(self, since: float) -> str:
        """Why AWS gave up on a change that it took at ``since`` (seconds since the epoch) or later, in its own words.

        Empty if it did not, or never says. Only asked where the state differs although a change was asked for.
        """
        return ""

    def recall(self, observed: Observed[D]) -> tuple[str, ...]:
        """Ask AWS not to delete what is ``leaving``, and to let it work again; the calls made, as of ``update``."""
        raise AssertionError(f"{self.kind} never says that it is leaving, but somebody recalls {observed.physical}")

    def discard(self, observed: Observed[D]) -> None:
        """Ask AWS to remove one that it gave up on. Only a ``disposable`` kind has it."""
        raise AssertionError(f"{self.kind} is not disposable, but somebody discards {observed.physical}")

    @abstractmethod
    def delete(self, observed: Observed[D]) -> None:
        """Ask AWS to remove it, and do not wait."""


def _text(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
