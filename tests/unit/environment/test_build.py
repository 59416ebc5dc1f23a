"""Every layer, built in an empty account: it stands, its probe says so, and a second build changes nothing."""

import pytest

from holdfast.environment.catalogue import LAYERS
from tests.support.calls import Calls
from tests.support.world import World


@pytest.mark.parametrize("layer", LAYERS)
def test_built_layer_holds_and_stays_untouched(world: World, calls: Calls, layer: str) -> None:
    world.build(layer)
    assert world.evidence(layer).broken == (), f"built, but the probe in environment/{layer}.py disagrees"

    calls.forget()
    world.converge(layer)
    assert calls.mutating == [], (
        "a second build must find everything as it is; compare observe() with what create() asks"
    )
