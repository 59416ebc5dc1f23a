"""The cut service models are what the locked botocore says of what the restore path calls."""

from pathlib import Path

import pytest

from holdfast.aws.clients import small_session
from tests.static import models


@pytest.mark.parametrize(
    ("path", "text"), list(models.files()), ids=lambda value: getattr(value, "parts", [""] * 3)[-3]
)
def test_the_committed_model_is_what_the_locked_botocore_says_of_these_calls(path: Path, text: str) -> None:
    assert path.exists(), f"{path.name} of {path.parts[-3]} is missing: run `make models` and commit"
    assert path.read_text() == text, f"{path.name} of {path.parts[-3]} is stale: run `make models` and commit"


@pytest.mark.parametrize("service", models.calls())
def test_an_error_can_be_read_by_it(service: str) -> None:
    """Of an error botocore reads all shapes, those too to which it adds members that the model itself does not have."""
    read = small_session().get_service_model(service)
    assert {error.name for error in read.error_shapes} <= set(read.shape_names)


def test_no_model_is_kept_that_nobody_reads() -> None:
    kept = set(models.FOLDER.rglob("*.json"))
    idle = kept - {path for path, _ in models.files()}
    assert not idle, f"no restore function calls these services any more: remove {sorted(map(str, idle))}"
