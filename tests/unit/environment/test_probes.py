"""Each question of each probe, with someone who breaks the world under it by hand: the probe must say so."""

import pytest

from holdfast.environment.catalogue import LAYERS
from tests.support.world import World
from tests.unit.environment.breaks import BREAKS
from tests.unit.environment.breaks.broken import Break


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: f"{broken.layer}: {broken.question}")
def test_probe_says_what_is_broken(world: World, broken: Break) -> None:
    world.build(broken.layer)
    broken.deed(world)
    questions = [finding.question for finding in world.evidence(broken.layer).broken]
    assert broken.question in questions, f"the probe in environment/{broken.layer}.py sees nothing wrong"


@pytest.mark.parametrize("layer", LAYERS)
def test_every_question_has_someone_who_breaks_it(world: World, layer: str) -> None:
    world.build(layer)
    asked = {finding.question for finding in world.evidence(layer).findings}
    assert asked == {broken.question for broken in BREAKS if broken.layer == layer}, (
        "add a Break in tests/unit/environment/breaks"
    )


def test_nothing_recorded_is_not_shown_and_something_recorded_holds(world: World) -> None:
    world.build("logs")
    assert _verdict(world) == "not shown here", "a laptop has no traffic, and no evidence may be made up"
    world.clients.logs.create_log_stream(logGroupName="/holdfast/atlas/flow-logs", logStreamName="eni-1-all")
    assert _verdict(world) == "holds"


def _verdict(world: World) -> str:
    findings = {finding.question: finding.verdict for finding in world.evidence("logs").findings}
    return findings["Has a record of the VPC's traffic arrived?"]
