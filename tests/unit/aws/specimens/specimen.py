"""What a specimen is: how one resource of a kind comes to be promised, and the ways in which someone may change it."""

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

from holdfast.aws.clients import Clients
from holdfast.core.resource import Address, Desired

ADDRESS: Final = Address("atlas", "layer", "specimen")
TAGS: Final = {"Name": "atlas-specimen", **ADDRESS.tags}

type Deed = Callable[[Clients, str], object]
"""What someone does to the resource of this id."""


class Specimen(NamedTuple):
    """``promise`` makes what the resource leans on, and says what is promised of it.

    ``creates`` is the operation that makes it, as ``Calls`` names it; empty where AWS makes it by itself.
    """

    promise: Callable[[Clients], Desired]
    creates: str
    deeds: Mapping[str, Deed] = {}
    stays: bool = False
    """Whether it outlives us, or never comes back: it is not ours to delete, or to make."""
    renamed: bool = False
    """Whether AWS calls it otherwise after each change."""
    steps: int = 1
    """Calls of ``delete`` until it is gone: more where AWS wants a protection lifted first."""
    within: str = ""
    """What of ours its name is looked up in: one of that name is ours, whatever its tags say."""
    refused: str = ""
    """How AWS refuses a second one, where ``create`` passes that on: the same call, late, needs a human."""


def policy(**elements: Any) -> dict[str, object]:
    """A policy of one statement that allows ``elements``."""
    return {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **elements}]}
