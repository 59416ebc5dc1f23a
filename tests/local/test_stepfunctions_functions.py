"""Tasks that call functions fail as on AWS; mended in local/gaps/stepfunctions.py and local/function_runtime.py.

Pages are those of docs.aws.amazon.com/step-functions/latest/dg unless said otherwise.
"""

import json
from typing import TYPE_CHECKING

import boto3
import pytest

from tests.local.conftest import Deploy
from tests.local.workflows import Execution, Json, Machine

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


_BOOM = """
class NotYet(Exception): pass
calls = 0
def handler(event, context):
    global calls
    calls += 1
    if calls < event["succeeds_at"]: raise NotYet(f"call {calls}")
    return calls
"""


@pytest.mark.parametrize("integration", ["arn:aws:states:::lambda:invoke", "direct"])
def test_retry_and_catch_know_a_python_exception_by_its_class(
    states: "SFNClient", machine: Machine, deploy: Deploy, integration: str
) -> None:
    """Handling errors in Step Functions workflows (concepts-error-handling.html): an error's name is the class's."""
    function = deploy(_BOOM)
    task: Json = {"Type": "Task", "Resource": function, "Arguments": "{% $states.input %}", "Next": "End"}
    if integration != "direct":
        task |= {"Resource": integration, "Arguments": {"FunctionName": function, "Payload": "{% $states.input %}"}}
        task |= {"Output": "{% $states.result.Payload %}"}
    task |= {"Retry": [{"ErrorEquals": ["NotYet"], "IntervalSeconds": 1, "MaxAttempts": 1}]}
    task |= {"Catch": [{"ErrorEquals": ["NotYet"], "Next": "End", "Output": "{% $states.errorOutput %}"}]}
    arn = machine({"Call": task, "End": {"Type": "Succeed"}})

    assert Execution(states, arn, {"succeeds_at": 2}).output() == 2, "not retried, or the worker did not live on"
    error = Execution(states, arn, {"succeeds_at": 5}).output()
    assert error["Error"] == "NotYet"
    assert json.loads(error["Cause"])["errorMessage"] == "call 4"


def test_a_throttled_function_is_too_many_requests(states: "SFNClient", machine: Machine, deploy: Deploy) -> None:
    """Handle Lambda service exceptions (bp-lambda-serviceexception.html)."""
    function = deploy(_BOOM)
    boto3.client("lambda").put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)

    state = Execution(states, machine({"Call": {"Type": "Task", "Resource": function, "End": True}})).end()

    assert (state["status"], state["error"]) == ("FAILED", "Lambda.TooManyRequestsException")
