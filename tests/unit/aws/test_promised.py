"""What was promised by an older Holdfast is still read: nobody migrates a manifest."""

import json

import msgspec
import pytest

from holdfast.aws.kinds import KINDS
from tests.unit.aws.promised import FOLDER, RENEW, file


@pytest.mark.parametrize("kind", KINDS)
def test_a_standing_promise_can_be_read(kind: str) -> None:
    assert file(kind).exists(), f"a new kind: keep what is promised of it from now on: `{RENEW} {kind}`"
    try:
        msgspec.convert(json.loads(file(kind).read_text()), KINDS[kind].model)
    except msgspec.ValidationError as refused:
        pytest.fail(
            f"standing promises of {kind} could not be read: {refused}. No environment that stands could be built or "
            "restored any more. Give a new field a default, and go on reading what has gone. Only if no environment "
            f"stands under the old shape: `{RENEW} {kind}`"
        )


def test_every_promise_is_of_a_kind() -> None:
    gone = {path.name for path in FOLDER.iterdir()} - {file(kind).name for kind in KINDS}
    assert not gone, f"aws/kinds.py knows no kind for {sorted(gone)}, but it may stand in a manifest"
