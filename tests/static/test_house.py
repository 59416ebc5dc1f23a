"""What import-linter cannot see, and what whoever adds a layer or a concern would forget."""

import ast
from collections.abc import Iterator
from configparser import ConfigParser
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from holdfast.core.alert import RUNBOOK
from holdfast.environment.catalogue import LAYERS
from tests.static import concerns
from tests.static.classes import LAYER, parsed
from tests.static.models import APPS
from tests.static.stack import ROOT

CORE: Final = sorted((LAYER / "holdfast" / "core").rglob("*.py"))
LONGEST: Final = 260
"""Lines of a module that is shipped: more have more than one reason to change."""
SHIPPED: Final = [*sorted((LAYER / "holdfast").rglob("*.py")), *sorted(ROOT.glob("functions/*/app.py"))]

RESTORE: Final = sorted(ROOT.glob(f"functions/{concerns.RESTORES}*/app.py"))


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


def test_nothing_that_is_shipped_is_long() -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in SHIPPED}
    long = {path: length for path, length in lengths.items() if length > LONGEST}
    assert not long, f"over {LONGEST} lines, find the second reason to change and give it a module: {long}"


def test_import_linter_keeps_every_layer_apart() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    apart = set(contracts["importlinter:contract:layers"]["modules"].split())
    modules = {f"holdfast.environment.{name}" for name in LAYERS}
    assert apart == modules, f".importlinter, contract layers: differs from catalogue.LAYERS by {apart ^ modules}"


def test_import_linter_keeps_every_way_to_a_restoration_light() -> None:
    contracts = ConfigParser()
    contracts.read(ROOT / ".importlinter")
    light = set(contracts["importlinter:contract:hot-path"]["source_modules"].split())
    missing = {f"functions.{app.parent.name}" for app in APPS} - light
    assert not missing, f".importlinter, contract hot-path: add {sorted(missing)}"


@pytest.mark.parametrize("app", RESTORE, ids=[app.parent.name for app in RESTORE])
def test_a_restore_function_lists_what_its_concern_watches(app: Path) -> None:
    concern = concerns.of_app(app)
    assert concern is not None, "a restore function is named after its concern"
    handler = import_module(f"functions.{app.parent.name}.app").handler
    apart = handler.kinds.keys() ^ {watched.kind for watched in concern.watched}
    assert not apart, f"{app.relative_to(ROOT)} and core/concerns/{concern.name}.py differ by {sorted(apart)}"


def test_every_concern_has_the_runbook_that_its_alerts_name() -> None:
    missing = [
        page for page in (RUNBOOK.format(concern=name) for name in concerns.every()) if not (ROOT / page).is_file()
    ]
    assert not missing, f"write {missing}: an alert sends on-call there"
