"""Every layer, built by who dies after each of his calls: it stands, its probe says so, and nothing is made twice."""

from collections import Counter
from typing import Final

import pytest

from holdfast.core.layer import SETTLING
from holdfast.environment.catalogue import LAYERS
from tests.support.calls import Calls, Killed
from tests.support.copied import in_a_copy
from tests.support.world import SITE, World, in_order
from tests.unit.aws.specimens import SPECIMENS

LIVES = 200
"""More than any layer has calls that change something."""
MADE_BY_AWS: Final = {"cluster_security_group", "default_security_group"}
CREATES: Final = {specimen.creates for specimen in SPECIMENS.values()}


class Rising:
    """One world that rises layer by layer, as far as its tests need it."""

    def __init__(self, world: World, calls: Calls) -> None:
        self.world = world
        self.calls = calls
        self._built: set[str] = set()

    def build(self, *layers: str) -> None:
        for layer in layers:
            if layer not in self._built:
                self.world.converge(layer)
                self._built.add(layer)


@pytest.fixture(scope="module")
def rising(shared: tuple[World, Calls]) -> Rising:
    return Rising(*shared)


@pytest.mark.parametrize("layer", LAYERS)
def test_killed_after_each_of_its_calls_it_is_built_once(rising: Rising, layer: str) -> None:
    rising.build(*in_order(tuple(sorted(LAYERS[layer].needs))))
    assert in_a_copy(lambda: _killed(rising.world, rising.calls, layer)) == []


def _killed(world: World, calls: Calls, layer: str) -> list[str]:
    """What is wrong with a ``layer`` whose builder died after each of its calls."""
    calls.forget()
    calls.deadly = True
    for _ in range(LIVES):
        try:
            world.converge(layer)
            break
        except Killed:
            world.time += SETTLING
    calls.deadly = False

    broken = [f"each next life must find what the last one left: {finding}" for finding in world.evidence(layer).broken]
    made = Counter(call for call in calls.mutating if call in CREATES)
    wanted = _created_by_us(world, layer)
    twins = [f"a twin: {call}" for call in (made - wanted).elements()]
    return broken + twins + [f"made by no call: {call}" for call in (wanted - made).elements()]


def _created_by_us(world: World, layer: str) -> Counter[str]:
    """How often each create call is made for the lines of ``layer``; some groups AWS itself makes."""
    lines = LAYERS[layer].declared(world.spec, SITE)
    made = [SPECIMENS[line.kind].creates for line in lines if line.name not in MADE_BY_AWS]
    return Counter(filter(None, made))
