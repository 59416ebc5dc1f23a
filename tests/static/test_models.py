"""The cut service models are what the locked botocore says, and cover what the restore path calls."""

from pathlib import Path

import pytest

from tests.static import models


@pytest.mark.parametrize(
    ("path", "text"), list(models.files()), ids=lambda value: getattr(value, "parts", [""] * 3)[-3]
)
def test_the_committed_model_is_what_the_locked_botocore_says(path: Path, text: str) -> None:
    assert path.read_text() == text, f"{path.name} of {path.parts[-3]} is stale: run `make models` and commit"
