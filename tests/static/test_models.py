"""The cut service models are what the locked botocore says of what the restore path calls."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import pytest

from holdfast.aws.clients import small_session
from tests.static import models

KEPT: Final = frozenset(models.FOLDER.rglob("*.json"))


@pytest.fixture(scope="module")
def wanted() -> Mapping[Path, str]:
    return dict(models.files())


def test_each_service_that_is_called_has_its_model_and_no_other_has(wanted: Mapping[Path, str]) -> None:
    assert wanted.keys() == KEPT, "run `make models`, remove what it does not write, and commit"


@pytest.mark.parametrize("path", sorted(KEPT), ids=lambda path: path.parts[-3])
def test_the_committed_model_is_what_the_locked_botocore_says_of_these_calls(
    path: Path, wanted: Mapping[Path, str]
) -> None:
    assert path.read_text() == wanted.get(path), f"{path.name} of {path.parts[-3]} is stale: run `make models`"


@pytest.mark.parametrize("service", sorted(path.parts[-3] for path in KEPT))
def test_an_error_can_be_read_by_it(service: str) -> None:
    """Of an error botocore reads all shapes, those too to which it adds members that the model itself does not have."""
    read = small_session().get_service_model(service)
    assert {error.name for error in read.error_shapes} <= set(read.shape_names)
