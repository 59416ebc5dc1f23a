"""The cut service models are what the locked botocore says, and cover what the restore path calls."""

from pathlib import Path

import pytest

from tests.static import models
from tests.static.calls import made_by
from tests.static.stack import ROOT


@pytest.mark.parametrize(
    ("path", "text"), list(models.files()), ids=lambda value: getattr(value, "parts", [""] * 3)[-3]
)
def test_the_committed_model_is_what_the_locked_botocore_says(path: Path, text: str) -> None:
    assert path.read_text() == text, f"{path.name} of {path.parts[-3]} is stale: run `make models` and commit"


def test_the_models_know_exactly_the_calls_of_the_restore_path() -> None:
    reached = {call.operation: call.where for verb in ("reclaim", "restore") for call in made_by(_app(verb))}
    made = {operation: where for operation, where in reached.items() if operation.startswith(tuple(models.CALLS))}
    kept = {f"{service}.{operation}" for service, operations in models.CALLS.items() for operation in operations}
    unknown = {operation: made[operation] for operation in sorted(made.keys() - kept)}
    assert not unknown, f"tests/static/models.py: add to CALLS and `make models`, or these calls fail: {unknown}"
    idle = sorted(kept - made.keys())
    assert not idle, f"tests/static/models.py: neither restore nor reclaim makes {idle}: out of CALLS, `make models`"


def _app(verb: str) -> Path:
    return ROOT / "functions" / verb / "app.py"
