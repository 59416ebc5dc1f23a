"""Two environments in one account: neither takes the other's resources for its own."""

from holdfast.aws.clients import Clients
from holdfast.environment.catalogue import LAYERS
from tests.support.calls import Calls
from tests.support.world import World, spec


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
