"""Evidence: a finding keeps what was seen; one that is broken stops the layer, one that cannot be had does not."""

import pytest

from holdfast.core.evidence import Evidence, Finding
from holdfast.core.trouble import NeedsHuman

HOLDS = Finding.of("Which subnets reach the internet?", saw=["a", "b"], expected=["a", "b"])
BROKEN = Finding.of("Who can reach the database?", saw=["everyone"], expected=["nodes"])
NOT_SHOWN = Finding(question="Do nodes send metrics?", saw=None, verdict="not shown here")


def _evidence(*findings: Finding) -> Evidence:
    return Evidence(environment="atlas", layer="network", at="2026-01-01T00:00:00Z", findings=findings)


def test_finding_keeps_what_was_seen_and_beside_it_what_was_expected() -> None:
    assert (HOLDS.verdict, HOLDS.saw) == ("holds", ["a", "b"])
    assert (BROKEN.verdict, BROKEN.saw) == ("broken", {"saw": ["everyone"], "expected": ["nodes"]})


@pytest.mark.parametrize("findings", [(), (HOLDS,), (HOLDS, NOT_SHOWN)], ids=["none", "one", "one that cannot be had"])
def test_nothing_broken_holds(findings: tuple[Finding, ...]) -> None:
    evidence = _evidence(*findings)
    assert evidence.holds
    evidence.require()


def test_broken_finding_stops_the_layer_and_says_what_was_seen() -> None:
    evidence = _evidence(HOLDS, BROKEN, NOT_SHOWN)
    assert evidence.broken == (BROKEN,)
    with pytest.raises(NeedsHuman) as stopped:
        evidence.require()
    told = str(stopped.value)
    assert told.startswith("network: built, but its probe disagrees: Who can reach the database? ")
    assert '{"expected":["nodes"],"saw":["everyone"]}' in told
    assert "or it is a defect: see the evidence (docs/runbooks/build.md" in told
    assert HOLDS.question not in told, "what holds is no reason"
