"""An environment of any name holds: the example's name sorts first, and what is sorted by chance fails elsewhere."""

import pytest

from holdfast.aws.clients import Clients
from holdfast.environment.catalogue import LAYERS
from tests.support.world import World, spec


@pytest.mark.parametrize("name", ["zulu-9", "n", "a-name-of-20-letters"])
def test_every_layer_holds_under_another_name(clients: Clients, name: str) -> None:
    world = World(clients, spec(name, "10.44.0.0/16", nodes={"gpu": {"min": 0, "max": 1}}))
    world.build(*LAYERS)
    broken = {layer: [one.question for one in world.evidence(layer).broken] for layer in LAYERS}
    assert {layer: questions for layer, questions in broken.items() if questions} == {}
