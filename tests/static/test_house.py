"""What import-linter cannot see: the core never asks for the time, and nothing that is shipped sleeps."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from tests.static.modules import LAYER, parsed
from tests.static.stack import ROOT

CORE: Final = sorted((LAYER / "holdfast" / "core").glob("*.py"))
SHIPPED: Final = [*sorted((LAYER / "holdfast").rglob("*.py")), *sorted(ROOT.glob("functions/*/app.py"))]


def _calls(path: Path) -> Iterator[tuple[str, str]]:
    """What is called, and where: ``file:line``."""
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), f"{path.relative_to(ROOT)}:{node.lineno}"


def test_the_core_is_told_the_time() -> None:
    clocks = {f"datetime.{clock}" for clock in ("now", "today", "utcnow")}
    asked = [where for path in CORE for call, where in _calls(path) if call in clocks]
    assert not asked, f"core/ asks for the time: take it as a parameter: {asked}"


def test_nothing_that_is_shipped_sleeps() -> None:
    slept = [where for path in SHIPPED for call, where in _calls(path) if call in {"sleep", "time.sleep"}]
    assert not slept, f"say how many seconds to wait instead: {slept}"
