"""The end of a build as on-call reads it, and the end-to-end verification before it."""

import json
from typing import Final

import pytest

from holdfast.core.ending import Ending, Summary
from holdfast.core.evidence import Evidence, Finding, Verdict, require_whole
from holdfast.core.outcome import NOT_BEGUN, Failure
from holdfast.core.trouble import NeedsHuman

LAYERS: Final = ("network", "keys", "cluster")
ARN: Final = "arn:aws:states:eu-west-1:123456789012:execution:holdfast-build:one"
FAILED: Final = (
    Failure("keys", "NeedsHuman", "keys/data: AWS refused: no. What to do: ask"),
    Failure("cluster", NOT_BEGUN, "not begun: the build stopped at keys"),
)


def _evidence(**verdicts: list[Verdict]) -> dict[str, Evidence]:
    return {
        layer: Evidence(
            environment="atlas",
            layer=layer,
            at="2026-01-01T00:00:00Z",
            findings=tuple(Finding(question="Is it?", saw=one, verdict=one) for one in said),
        )
        for layer, said in verdicts.items()
    }


WHOLE: Final = _evidence(network=["holds", "holds"], keys=["holds"], cluster=["holds", "not shown here"])


def test_summary_counts_what_was_shown_of_what_stands() -> None:
    assert str(Summary.of(WHOLE, LAYERS)) == "3 layers: 4 of 5 questions hold, 0 broken, 1 not shown here"
    partly = Summary.of(WHOLE, LAYERS, FAILED)
    assert str(partly) == "1 layer: 2 of 2 questions hold, 0 broken, 0 not shown here", "the rest is an earlier build's"


def test_built_it_says_what_stands_and_what_was_shown() -> None:
    alert = Ending(environment="atlas", execution=ARN, summary=Summary.of(WHOLE, LAYERS)).alert
    assert alert.subject == "[atlas] built: 3 layers: 4 of 5 questions hold, 0 broken, 1 not shown here"
    assert alert.attributes == {"environment": "atlas", "concern": "build", "state": "built", "severity": "info"}
    assert "Stands: network, keys, cluster" in alert.text
    assert ARN in alert.text
    assert json.loads(json.loads(alert.message)["default"])["content"]["title"] == alert.subject


def test_failed_it_names_each_layer_with_its_reason_and_what_to_do() -> None:
    summary = Summary.of(WHOLE, LAYERS, FAILED)
    alert = Ending(environment="atlas", execution=ARN, summary=summary, error="NeedsHuman", cause="…").alert
    assert alert.subject == "[atlas] build failed: keys"
    assert alert.attributes["state"] == "failed"
    assert "  keys: keys/data: AWS refused: no. What to do: ask" in alert.text
    assert "Not begun: cluster" in alert.text
    assert "Stands: network" in alert.text
    assert "What to do now: docs/runbooks/build.md" in alert.text


def test_where_no_layer_failed_it_says_what_did() -> None:
    alert = Ending(environment="atlas", execution=ARN, error="NeedsHuman", cause="CloudTrail: none logs").alert
    assert alert.subject == "[atlas] build failed: NeedsHuman"
    assert "NeedsHuman: CloudTrail: none logs" in alert.text


def test_words_that_others_chose_write_no_lines_and_no_markup() -> None:
    failure = Failure("keys", "NeedsHuman", "refused\nStands: everything <!channel> " + "x" * 100_000)
    alert = Ending(
        environment="atlas", execution=ARN, summary=Summary(failed=(failure,)), error="NeedsHuman", cause="…"
    ).alert
    assert "\nStands:" not in alert.text
    assert "<!channel>" not in alert.chatbot
    assert len(alert.message) < 10_000


def test_the_whole_holds_if_something_was_shown_of_each_layer() -> None:
    require_whole(WHOLE, LAYERS)


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ({"network": ["holds"], "keys": ["holds", "broken"], "cluster": ["holds"]}, "^keys: .*probe disagrees"),
        ({"network": ["holds"], "cluster": ["holds"]}, "^keys: .*nothing of it was shown"),
        ({"network": ["not shown here"], "keys": ["holds"], "cluster": ["holds"]}, "^network: .*nothing of it"),
    ],
)
def test_the_whole_does_not_hold_without_one_of_its_layers(verdicts: dict[str, list[Verdict]], said: str) -> None:
    with pytest.raises(NeedsHuman, match=said):
        require_whole(_evidence(**verdicts), LAYERS)
