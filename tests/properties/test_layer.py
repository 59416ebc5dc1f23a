"""A layer whose builder dies again and again: in the end each resource stands exactly once, exactly as declared."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.core.layer import SETTLING
from holdfast.core.manifest import Declared
from tests.support.layered import Layered, part
from tests.support.simulated import Part

NAMES = ("one", "two", "three", "four")


@st.composite
def layers(draw: st.DrawFn) -> list[Declared]:
    """Parents come before in a hidden order, peers may be anyone; the lines come in any order."""
    names = draw(st.permutations(NAMES))[: draw(st.integers(1, len(NAMES)))]
    lines = []
    for place, name in enumerate(names):
        parent = draw(st.sampled_from(["", *names[:place]]))
        peers = draw(st.frozensets(st.sampled_from(names), max_size=2))
        lines.append(part(name, size=draw(st.integers(1, 3)), parent=parent, peers=peers))
    return draw(st.permutations(lines))


class Life(msgspec.Struct, frozen=True):
    """It ends after so many ``moments``; ``pause`` seconds later comes the next."""

    moments: int
    pause: float


lives = st.lists(st.builds(Life, st.integers(0, 25), st.sampled_from([0.0, 1.0, 5.0, 120.0])), max_size=6)
clouds = st.fixed_dictionaries(
    {
        "shows_after": st.sampled_from([0.0, 3.0, SETTLING - 1.0]),
        "ready_after": st.sampled_from([0.0, 10.0, 90.0]),
        "anonymous": st.booleans(),
    }
)


def _end(layer: Layered) -> None:
    """The last life is not cut short; then everything is right, and stays untouched."""
    layer.converge()
    assert layer.wrong() == {}, "look at core/layer.py: a builder that dies must leave what the next one finds"
    layer.cloud.calls.clear()
    layer.converge()
    assert layer.cloud.writes == [], "a second build changes something"


@given(lines=layers(), cloud=clouds, lives=lives)
def test_built_by_many_short_lives_it_stands_once(
    lines: list[Declared], cloud: dict[str, object], lives: list[Life]
) -> None:
    layer = Layered(lines, **cloud)
    for life in lives:
        layer.survive(life.moments, life.pause)
    _end(layer)


@given(
    lines=layers(),
    cloud=clouds,
    lives=lives,
    deleted=st.frozensets(st.integers(0, len(NAMES) - 1)),
    resized=st.frozensets(st.integers(0, len(NAMES) - 1)),
)
def test_standing_layer_that_was_torn_at_is_mended_by_many_short_lives(
    lines: list[Declared],
    cloud: dict[str, object],
    lives: list[Life],
    deleted: frozenset[int],
    resized: frozenset[int],
) -> None:
    layer = Layered(lines, **cloud)
    layer.converge()
    layer.clock.forward(SETTLING)
    standing = list(layer.cloud.things)
    for number in resized & set(range(len(standing))):
        layer.cloud.change(standing[number], size=9, peers=frozenset({"stranger"}))
    for number in deleted & set(range(len(standing))):
        _delete_with_all_that_leans_on_it(layer, standing[number])
    for life in lives:
        layer.survive(life.moments, life.pause)
    _end(layer)


@settings(max_examples=20)
@given(lines=layers(), moments=st.integers(0, 25), pause=st.sampled_from([0.0, 1.0, 120.0]))
def test_line_changed_while_the_first_build_was_dead_is_built_as_it_is_now(
    lines: list[Declared], moments: int, pause: float
) -> None:
    layer = Layered(lines)
    layer.survive(moments, pause)
    layer.declared = [line._replace(desired=msgspec.structs.replace(line.desired, size=7)) for line in layer.declared]
    _end(layer)


def _delete_with_all_that_leans_on_it(layer: Layered, identity: str) -> None:
    """AWS lets nobody delete what others stand in."""
    layer.cloud.things.pop(identity, None)
    for other, thing in list(layer.cloud.things.items()):
        if isinstance(thing.state, Part) and thing.state.parent == identity:
            _delete_with_all_that_leans_on_it(layer, other)
