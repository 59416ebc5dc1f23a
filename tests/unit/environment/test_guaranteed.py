"""Every guarantee is shown by questions that probes ask, and that somebody's break turns the answer of."""

from fnmatch import fnmatchcase

import pytest

from holdfast.core.evidence import Evidence, Finding
from holdfast.environment.catalogue import LAYERS
from holdfast.environment.guaranteed import GUARANTEES, Asked, shown_by
from tests.unit.environment.breaks import BREAKS

ASKED = [
    pytest.param(asked.layer, question, id=f"{guarantee}: {asked.layer}: {question}")
    for guarantee, row in GUARANTEES.items()
    for asked in row
    for question in asked.questions
]


@pytest.mark.parametrize(("layer", "question"), ASKED)
def test_it_is_asked_by_the_layers_probe(layer: str, question: str) -> None:
    """Each question of each probe has a break (tests/unit/environment/test_probes.py): it is enough to look there."""
    assert layer in LAYERS
    asked = [one.question for one in BREAKS if one.layer == layer]
    assert any(fnmatchcase(one, question.format(name="atlas")) for one in asked), (
        f"environment/guaranteed.py: the probe of {layer} asks no such question; it asks {asked}"
    )


@pytest.mark.parametrize("guarantee", GUARANTEES)
def test_each_guarantee_is_shown_by_something(guarantee: str) -> None:
    evidence = {
        layer: Evidence(
            environment="atlas",
            layer=layer,
            at="2026-01-01T00:00:00Z",
            findings=tuple(
                Finding(question=one.question, saw="", verdict="holds") for one in BREAKS if one.layer == layer
            ),
        )
        for layer in LAYERS
    }
    assert shown_by(evidence, "atlas")[guarantee]


def test_questions_of_another_environment_show_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(GUARANTEES, "least", (Asked("identity", ("What may {name}-* do?",)),))
    finding = Finding(question="What may atlas-nodes do?", saw="", verdict="holds")
    evidence = {"identity": Evidence(environment="atlas", layer="identity", at="", findings=(finding,))}
    assert shown_by(evidence, "atlas")["least"] == [("identity", "What may atlas-nodes do?")]
    assert shown_by(evidence, "other")["least"] == []
