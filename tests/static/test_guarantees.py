"""No layer asks for what the core refuses: a line that breaks a guarantee is found here, near its cause."""

from typing import Final

import msgspec
import pytest

from holdfast.aws.kinds import KINDS
from holdfast.core.guarantees import refuse_broken_promise
from holdfast.core.manifest import Declared, Record, resolved
from holdfast.core.trouble import NeedsHuman
from tests.static.declared import LINES, SPEC

IDS: Final = {"AWS::EC2::SecurityGroup": "sg"}
"""How ids begin that the core knows by their shape."""


def _standing(path: str, line: Declared, number: int) -> Record:
    """The line's record once AWS has given it an id."""
    layer, _, name = path.partition("/")
    identity = f"{IDS.get(line.kind, 'made-up')}-{number:017x}"
    physical = {"id": identity, "Arn": f"arn:aws:made-up:eu-west-1:123456789012:{identity}"}
    return Record(environment=SPEC.name, layer=layer, name=name, kind=line.kind, physical=physical)


RECORDS: Final = {path: _standing(path, line, number) for number, (path, line) in enumerate(LINES.items())}


@pytest.mark.parametrize("path", LINES)
def test_no_line_of_a_layer_breaks_a_guarantee(path: str) -> None:
    record, line = RECORDS[path], LINES[path]
    promised = msgspec.convert(resolved(line.properties, RECORDS), KINDS[line.kind].model)
    try:
        refuse_broken_promise(record, promised, RECORDS)
    except NeedsHuman as refused:
        pytest.fail(f"environment/{record.layer}.py, {record.name}: no build could keep this: {refused.why}")
