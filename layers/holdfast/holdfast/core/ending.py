"""How a build ended, and how that is told: what stands, how much of it was shown, which layers failed and why.

It goes where alerts go, since who started a build may be a pipeline that nobody watches.
"""

from collections.abc import Iterable, Mapping
from typing import Self

import msgspec

from holdfast.core.alert import Alert, chatbot, subject
from holdfast.core.evidence import Evidence
from holdfast.core.outcome import NOT_BEGUN, RUNBOOK, Failure
from holdfast.core.wording import Words, clean, cut, in_chat

LONGEST_CAUSE = 1_000
"""Characters of one layer's cause: with all layers failed the message stays far under SNS's 256 KB."""


class Summary(msgspec.Struct, frozen=True, kw_only=True):
    """``layers`` that stand, and how many questions about them hold, are broken, or cannot be answered in this account;
    ``failed``, the layers that do not stand.
    """

    layers: tuple[str, ...] = ()
    holds: int = 0
    broken: int = 0
    not_shown: int = 0
    failed: tuple[Failure, ...] = ()

    @classmethod
    def of(cls, evidence: Mapping[str, Evidence], layers: Iterable[str], failed: Iterable[Failure] = ()) -> Self:
        """``layers`` of the catalogue, in its order."""
        failed = tuple(failed)
        standing = tuple(one for one in layers if one not in {failure.layer for failure in failed})
        seen = [finding.verdict for one in standing if one in evidence for finding in evidence[one].findings]
        return cls(
            layers=standing,
            holds=seen.count("holds"),
            broken=seen.count("broken"),
            not_shown=seen.count("not shown here"),
            failed=failed,
        )

    @property
    def asked(self) -> int:
        return self.holds + self.broken + self.not_shown

    def __str__(self) -> str:
        return (
            f"{_many(len(self.layers), 'layer')}: {self.holds} of {_many(self.asked, 'question')} hold, "
            f"{self.broken} broken, {self.not_shown} not shown here"
        )


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """The end of the build ``execution`` (ARN); ``error`` and ``cause`` are those of the execution, if it failed."""

    environment: str
    execution: str
    summary: Summary = Summary()
    error: str = ""
    cause: str = ""

    @property
    def alert(self) -> Alert:
        title = f"[{self.environment}] {self._headline()}"
        attributes = {"environment": self.environment, "concern": "build"}
        attributes |= (
            {"state": "failed", "severity": "warning"} if self.error else {"state": "built", "severity": "info"}
        )
        chat = chatbot(clean(title), self._text(in_chat))
        return Alert(subject(title), self._text(str), chat, attributes)

    def _headline(self) -> str:
        if not self.error:
            return f"built: {self.summary}"
        failed = [one.layer for one in self.summary.failed if one.error != NOT_BEGUN]
        return f"build failed: {', '.join(failed) or self.error}"

    def _text(self, words: Words) -> str:
        how = "the build failed." if self.error else "built, verified, and guarded from now on."
        sections = (
            [f"{self.environment}: {how}"],
            self._failed(words),
            self._not_begun(),
            self._standing(),
            [f"What to do now: {RUNBOOK}", "Nothing is lost: the same input started again goes on from what stands."]
            if self.error
            else [],
            [f"Execution {self.execution}"],
        )
        return "\n\n".join("\n".join(map(clean, lines)) for lines in sections if lines)

    def _failed(self, words: Words) -> list[str]:
        """Each layer with its reason; where no layer failed, the build's own."""
        failed = [one for one in self.summary.failed if one.error != NOT_BEGUN]
        if not failed:
            return [words(cut(f"{self.error}: {self.cause}", LONGEST_CAUSE))] if self.error else []
        return ["Failed:", *(f"  {one.layer}: {words(cut(one.cause, LONGEST_CAUSE))}" for one in failed)]

    def _not_begun(self) -> list[str]:
        later = [one.layer for one in self.summary.failed if one.error == NOT_BEGUN]
        return [f"Not begun: {', '.join(later)}"] if later else []

    def _standing(self) -> list[str]:
        if not self.summary.layers:
            return []
        return [f"Stands: {', '.join(self.summary.layers)}", f"Evidence of {self.summary}."]


def _many(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
