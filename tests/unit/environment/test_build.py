"""Every layer, built in an empty account: it stands, its probe says so, nothing is made twice whatever happens."""

from collections import Counter
from typing import Final

import pytest

from holdfast.aws.clients import Clients
from holdfast.core.layer import SETTLING
from holdfast.environment.catalogue import LAYERS
from tests.support.calls import Calls, Killed
from tests.support.world import SITE, World, spec
from tests.unit.aws.specimens import SPECIMENS

LIVES = 200
"""More than any layer has calls that change something."""
MADE_BY_AWS: Final = {"cluster_security_group", "default_security_group"}
CREATES: Final = {specimen.creates for specimen in SPECIMENS.values()}


@pytest.mark.parametrize("layer", LAYERS)
def test_built_layer_holds_and_stays_untouched(world: World, calls: Calls, layer: str) -> None:
    world.build(layer)
    assert world.evidence(layer).broken == (), f"built, but the probe in environment/{layer}.py disagrees"

    calls.forget()
    world.converge(layer)
    assert calls.mutating == [], "a second build must find everything as it is; compare observe() with create()"


@pytest.mark.parametrize("layer", LAYERS)
def test_killed_after_each_of_its_calls_it_is_built_once(world: World, calls: Calls, layer: str) -> None:
    world.build(*LAYERS[layer].needs)
    calls.forget()
    calls.deadly = True
    for _ in range(LIVES):
        try:
            world.converge(layer)
            break
        except Killed:
            world.time += SETTLING
    calls.deadly = False

    assert world.evidence(layer).broken == (), "each next life must find what the last one left"
    made = Counter(call for call in calls.mutating if call in CREATES)
    wanted = _created_by_us(world, layer)
    assert made == wanted, f"twins: {dict(made - wanted)}, made by no call: {dict(wanted - made)}"


def test_two_environments_stand_side_by_side(clients: Clients, calls: Calls) -> None:
    first, second = World(clients, spec("atlas")), World(clients, spec("atlas-2", "10.30.0.0/16"))
    for world in (first, second):
        world.build(*LAYERS)
    calls.forget()
    for world in (first, second):
        world.build(*LAYERS)
        for layer in LAYERS:
            assert world.evidence(layer).broken == (), f"{world.spec.name} is not alone in its {layer}"
    assert calls.mutating == [], "each takes the other's resources for its own"


def _created_by_us(world: World, layer: str) -> Counter[str]:
    """How often each create call is made for the lines of ``layer``; some groups AWS itself makes."""
    lines = LAYERS[layer].declared(world.spec, SITE)
    made = [SPECIMENS[line.kind].creates for line in lines if line.name not in MADE_BY_AWS]
    return Counter(filter(None, made))
