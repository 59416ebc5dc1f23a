"""An environment with all its layers, looked at by its probes: each is right, and says what somebody breaks by hand."""

from typing import Final

import pytest

from holdfast.environment.catalogue import LAYERS
from tests.support.calls import Calls
from tests.support.copied import in_a_copy
from tests.support.world import World
from tests.unit.environment.breaks import BREAKS
from tests.unit.environment.breaks.broken import Break

FLOW: Final = "Has a record of the VPC's traffic arrived?"


@pytest.fixture(scope="module")
def standing(shared: tuple[World, Calls]) -> World:
    """All layers stand. Whoever breaks something does so in a copy."""
    world, _ = shared
    world.build(*LAYERS)
    return world


@pytest.fixture
def calls(standing: World, shared: tuple[World, Calls]) -> Calls:
    _, calls = shared
    calls.forget()
    return calls


@pytest.mark.parametrize("layer", LAYERS)
def test_built_layer_holds_and_stays_untouched(standing: World, calls: Calls, layer: str) -> None:
    assert standing.evidence(layer).broken == (), f"built, but the probe in environment/{layer}.py disagrees"

    calls.forget()
    standing.converge(layer)
    assert calls.mutating == [], "a second build must find everything as it is; compare observe() with create()"


@pytest.mark.parametrize("layer", LAYERS)
def test_every_question_has_someone_who_breaks_it(standing: World, layer: str) -> None:
    asked = {finding.question for finding in standing.evidence(layer).findings}
    assert asked == {broken.question for broken in BREAKS if broken.layer == layer}, (
        "add a Break in tests/unit/environment/breaks"
    )


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: f"{broken.layer}: {broken.question}")
def test_probe_says_what_is_broken(standing: World, broken: Break) -> None:
    def deed() -> list[str]:
        broken.deed(standing)
        return [finding.question for finding in standing.evidence(broken.layer).broken]

    questions = in_a_copy(deed)
    assert broken.question in questions, f"the probe in environment/{broken.layer}.py sees nothing wrong"


def test_nothing_recorded_is_not_shown_and_something_recorded_holds(standing: World) -> None:
    assert _verdict(standing) == "not shown here", "a laptop has no traffic, and no evidence may be made up"

    def deed() -> list[str]:
        standing.clients.logs.create_log_stream(logGroupName="/holdfast/atlas/flow-logs", logStreamName="eni-1-all")
        return [_verdict(standing)]

    assert in_a_copy(deed) == ["holds"]


def _verdict(world: World) -> str:
    findings = {finding.question: finding.verdict for finding in world.evidence("logs").findings}
    return findings[FLOW]
