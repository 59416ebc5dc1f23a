"""What the clusters' audit logs tell may be sent to every concern that holds an object in a cluster."""

import json
from typing import Final

import pytest

from holdfast.core.concern import HOME
from tests.static.stack import stack

QUEUES: Final = json.loads(stack().functions["AuditFunction"]["Environment"]["Variables"]["QUEUES"])
HOLDING: Final = sorted({home for kind, home in HOME.items() if kind.startswith("Kubernetes::")})


@pytest.mark.parametrize("concern", HOLDING)
def test_a_concern_that_holds_objects_can_be_told(concern: str) -> None:
    queue = f"{concern.title().replace('_', '')}Queue"
    assert QUEUES.get(concern) == stack().resolved({"Ref": queue}), (
        f"template.yaml, AuditFunction: QUEUES needs the line {concern}: ${{{queue}}}"
    )
    granted = {arn for one in stack().roles["AuditRole"] if "sqs:SendMessage" in one.actions for arn in one.resources}
    assert stack().resolved({"Fn::GetAtt": [queue, "Arn"]}) in granted, (
        f"template.yaml, AuditRole, HaveConcernsLook: {queue}"
    )
