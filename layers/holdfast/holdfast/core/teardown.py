"""What the user says to have an environment taken down, and in which order its layers then go."""

from collections.abc import Mapping
from typing import Self

from pydantic import Field

from holdfast.core.spec import admitted
from holdfast.core.spec_parts import Part
from holdfast.core.trouble import WrongInput


class TeardownOrder(Part):
    """Each field must be said: nothing is taken down by a default."""

    name: str = Field(description="The environment.")
    confirm: str = Field(description="The environment's name once more.")
    delete_data: bool = Field(
        strict=True, description="Whether database, file system and buckets go as well, and their keys."
    )

    @classmethod
    def admit(cls, document: object) -> Self:
        """Read what the user sent. Raises ``WrongInput`` that names the field."""
        order = admitted(cls, document)
        if order.confirm != order.name:
            raise WrongInput("confirm", f"must be the environment's name, {order.name}, to have it taken down")
        return order


def waves(needs: Mapping[str, frozenset[str]]) -> list[list[str]]:
    """The layers in waves: each goes after all that need it, side by side with what nothing holds up any longer."""
    left, order = set(needs), list[list[str]]()
    while left:
        free = {layer for layer in left if not any(layer in needs[other] for other in left)}
        order.append(sorted(free))
        left -= free
    return order
