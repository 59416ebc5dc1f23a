"""What is said when reclaim fails: its error in a sentence, not the JSON around it."""

import json
from io import BytesIO

import pytest
from botocore.response import StreamingBody
from botocore.stub import Stubber

from holdfast.aws.claim import claiming
from holdfast.aws.clients import Clients
from holdfast.core.manifest import Record
from holdfast.core.trouble import NeedsHuman

RECORD = Record(environment="atlas", layer="security_groups", name="alb", kind="AWS::EC2::SecurityGroup")


def test_failure_of_reclaim_is_told_in_its_own_words(clients: Clients) -> None:
    failed = {"errorMessage": "CreateTags: no", "errorType": "ClientError", "stackTrace": ['File "app.py", line 36']}
    body = json.dumps(failed).encode()
    with Stubber(clients.functions) as functions:
        functions.add_response(
            "invoke",
            {"StatusCode": 200, "FunctionError": "Unhandled", "Payload": StreamingBody(BytesIO(body), len(body))},
        )
        with pytest.raises(NeedsHuman) as refused:
            claiming(clients.functions, "reclaim")(RECORD)
    assert str(refused.value).startswith(
        "security_groups/alb: it does not carry our tags, and reclaim failed: CreateTags: no. What to do: "
    )
    assert "stackTrace" not in str(refused.value)
