"""A cluster's API, asked through the environment's function: only from the private subnets is it to be reached.

A handler that raises answers 200 with ``FunctionError`` ("Invoke", lambda/latest/api/API_Invoke.html); what it says is
"AWS Lambda function errors in Python" (lambda/latest/dg/python-exceptions.html). A function that Lambda is still
making or changing answers ResourceConflictException ("Lambda function states", lambda/latest/dg/functions-states.html).
"""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from holdfast.core.trouble import ComeBackLater, NeedsHuman
from holdfast.kubernetes.api import JSON, Answer

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

NOT_YET = frozenset({"ResourceConflictException", "ResourceNotFoundException", "ResourceNotReadyException"})
"""Codes with which Lambda says that a function is not there or not ready: the layer that makes it comes first."""
PASSING = frozenset({"ComeBackLater", "Sandbox.Timedout", "Runtime.ExitError"})
"""Errors of the function that the next call may not meet: it could not reach the API, or it ran out of time."""


def function(environment: str) -> str:
    """The name of the function that speaks to an environment's cluster."""
    return f"{environment}-kubernetes"


class InvokedApi:
    """``kubernetes.api.Api``, by one invocation of the environment's function a request."""

    def __init__(self, functions: "LambdaClient", environment: str) -> None:
        self._functions = functions
        self._function = function(environment)

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = {},
        body: object = None,
        content_type: str = JSON,
    ) -> Answer:
        event = {"method": method, "path": path, "query": dict(query), "body": body, "content_type": content_type}
        try:
            answer = self._functions.invoke(FunctionName=self._function, Payload=json.dumps(event).encode())
        except ClientError as error:
            if error.response["Error"]["Code"] not in NOT_YET:
                raise
            raise ComeBackLater(f"the function {self._function} is not ready: {error}", 10, asked=False) from error
        told = json.loads(answer["Payload"].read())
        if answer.get("FunctionError"):
            raise self._trouble(told)
        return Answer(told["status"], told["body"])

    def _trouble(self, told: Mapping[str, str]) -> Exception:
        what, why = told.get("errorType", ""), told.get("errorMessage", "")
        if what in PASSING or "timed out" in why:
            return ComeBackLater(f"{self._function}: {why or what}", 10)
        return NeedsHuman(
            self._function,
            f"the function that speaks to the cluster failed: {what}: {why}",
            "read the log of its newest invocations; if its code or role was changed, build the environment again",
        )
