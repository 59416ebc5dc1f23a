"""What import-linter cannot see: the core never asks for the time, and product code never waits or swallows everything."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.static.modules import LAYER, parsed
from tests.static.stack import ROOT

CORE: Final = sorted((LAYER / "holdfast" / "core").glob("*.py"))
SHIPPED: Final = [*sorted((LAYER / "holdfast").rglob("*.py")), *sorted(ROOT.glob("functions/*/app.py"))]
CLOCKS: Final = frozenset({"now", "utcnow", "today"})


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def _calls(path: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(parsed(path)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node.lineno


@pytest.mark.parametrize("path", CORE, ids=_name)
def test_the_core_is_told_the_time(path: Path) -> None:
    asked = [
        f"{call} in line {line}" for call, line in _calls(path) if call in {f"datetime.{clock}" for clock in CLOCKS}
    ]
    assert not asked, f"{_name(path)} asks for the time ({asked}): take it as a parameter"


@pytest.mark.parametrize("path", SHIPPED, ids=_name)
def test_nothing_that_is_shipped_sleeps(path: Path) -> None:
    slept = [line for call, line in _calls(path) if call in {"time.sleep", "sleep"}]
    assert not slept, f"{_name(path)}, lines {slept}: say how many seconds to wait instead"
