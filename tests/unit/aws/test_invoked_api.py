"""The way to a cluster through its function: what is asked, what is answered, and what goes wrong on the way."""

import io
import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from holdfast.aws.invoked_api import InvokedApi
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from holdfast.kubernetes.api import APPLY, Answer


class Functions:
    """Lambda, as far as it is asked here: answers what it is told to."""

    def __init__(self, told: object = None, *, failed: bool = False, refuses: str = "") -> None:
        self.asked: dict[str, Any] = {}
        self._told = told
        self._failed = failed
        self._refuses = refuses

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803  (AWS's words)
        if self._refuses:
            raise ClientError({"Error": {"Code": self._refuses, "Message": "-"}}, "Invoke")
        self.asked = {"function": FunctionName, **json.loads(Payload)}
        answer: dict[str, Any] = {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(self._told).encode())}
        return {**answer, "FunctionError": "Unhandled"} if self._failed else answer


def _api(functions: Any) -> InvokedApi:
    return InvokedApi(functions, "atlas")


def test_the_environments_function_is_asked_and_its_answer_handed_on() -> None:
    functions = Functions({"status": 201, "body": {"kind": "ConfigMap"}})
    answer = _api(functions).request("PATCH", "/api/v1/x", query={"force": "true"}, body={"a": 1}, content_type=APPLY)
    assert answer == Answer(201, {"kind": "ConfigMap"})
    assert functions.asked == {
        "function": "atlas-kubernetes",
        "method": "PATCH",
        "path": "/api/v1/x",
        "query": {"force": "true"},
        "body": {"a": 1},
        "content_type": APPLY,
    }


def test_a_status_of_the_api_is_an_answer_and_no_trouble() -> None:
    assert _api(Functions({"status": 403, "body": {"message": "no"}})).request("GET", "/").why == "no"


@pytest.mark.parametrize("what", ["ComeBackLater", "Sandbox.Timedout", "Runtime.ExitError"])
def test_a_function_that_could_not_reach_the_cluster_is_asked_again_later(what: str) -> None:
    with pytest.raises(ComeBackLater, match="atlas-kubernetes: too slow"):
        _api(Functions({"errorType": what, "errorMessage": "too slow"}, failed=True)).request("GET", "/")


def test_a_function_that_fails_otherwise_needs_a_human() -> None:
    told = {"errorType": "Runtime.ImportModuleError", "errorMessage": "No module named 'app'"}
    with pytest.raises(NeedsHuman, match=r"failed: Runtime.ImportModuleError: No module named 'app'"):
        _api(Functions(told, failed=True)).request("GET", "/")


def test_a_function_that_is_not_ready_yet_is_asked_again_later() -> None:
    with pytest.raises(ComeBackLater, match="atlas-kubernetes is not ready"):
        _api(Functions(refuses="ResourceConflictException")).request("GET", "/")


def test_a_refusal_of_lambda_fails_by_its_own_name() -> None:
    with pytest.raises(ClientError, match="AccessDeniedException"):
        _api(Functions(refuses="AccessDeniedException")).request("GET", "/")
