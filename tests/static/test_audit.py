"""What the clusters' audit logs tell may be sent to every concern that holds an object in a cluster."""

from typing import Final

import pytest

from holdfast.core.concern import HOME
from tests.static.stack import stack

VARIABLES: Final = stack().functions["AuditFunction"]["Environment"]["Variables"]
HOLDING: Final = sorted({home for kind, home in HOME.items() if kind.startswith("Kubernetes::")})


@pytest.mark.parametrize("concern", HOLDING)
def test_a_concern_that_holds_objects_can_be_told(concern: str) -> None:
    queue = f"{concern.title().replace('_', '')}Queue"
    assert VARIABLES.get(f"{concern.upper()}_QUEUE") == stack().resolved({"Ref": queue}), (
        f"template.yaml, AuditFunction: {concern.upper()}_QUEUE: !Ref {queue}"
    )
    granted = {arn for one in stack().roles["AuditRole"] if "sqs:SendMessage" in one.actions for arn in one.resources}
    assert stack().resolved({"Fn::GetAtt": [queue, "Arn"]}) in granted, (
        f"template.yaml, AuditRole, HaveConcernsLook: {queue}"
    )
