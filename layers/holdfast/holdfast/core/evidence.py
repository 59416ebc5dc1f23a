"""What an independent probe saw. A probe asks the question that a user would ask, not the builder's own."""

from collections.abc import Iterable, Mapping
from typing import Literal

import msgspec

from holdfast.core.trouble import NeedsHuman

type Verdict = Literal["holds", "broken", "not shown here"]
"""``not shown here``: this account cannot answer the question (a laptop has no nodes); never made up."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One question, what was seen, and whether that is what was promised."""

    question: str
    saw: object
    verdict: Verdict

    @classmethod
    def of(cls, question: str, *, saw: object, expected: object) -> "Finding":
        """``holds`` when what was seen is what was expected; otherwise the finding keeps both."""
        if saw == expected:
            return cls(question=question, saw=saw, verdict="holds")
        return cls(question=question, saw={"saw": saw, "expected": expected}, verdict="broken")


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """All that was asked of one layer; ``at`` is ISO 8601, UTC."""

    environment: str
    layer: str
    at: str
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        return not self.broken

    @property
    def broken(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.verdict == "broken")

    def require(self) -> None:
        """Raise ``NeedsHuman`` unless everything holds: no layer may lean on one that does not."""
        if self.broken:
            raise NeedsHuman(
                self.layer,
                "built, but its probe disagrees: " + _sentences(self.broken),
                "somebody or something changes it while it is built, or it is a defect: see the evidence "
                "(docs/runbooks/build.md, step 2), then start the build again",
            )


def require_whole(evidence: Mapping[str, Evidence], layers: Iterable[str]) -> None:
    """The end-to-end verification: ``NeedsHuman`` unless something was shown of each layer, and nothing is broken.

    A layer is verified when it is built; the ones after it must not have taken that away.
    """
    for layer in layers:
        shown = (
            [finding for finding in evidence[layer].findings if finding.verdict == "holds"] if layer in evidence else []
        )
        if not shown:
            raise NeedsHuman(
                layer,
                "it was built, and nothing of it was shown",
                "see whether somebody writes the environments table; start the build again: it asks anew",
            )
        evidence[layer].require()


def _sentences(findings: Iterable[Finding]) -> str:
    return "; ".join(
        f"{finding.question} {msgspec.json.encode(finding.saw, order='sorted').decode()}" for finding in findings
    )
