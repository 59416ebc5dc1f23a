"""Lambda on the laptop AWS does what AWS documents; a failure here is mended in local/function_runtime.py.

Pages are those of docs.aws.amazon.com/lambda/latest/dg.
"""

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from tests.local.conftest import Deploy, zipped

if TYPE_CHECKING:
    from collections.abc import Generator

    from mypy_boto3_lambda import LambdaClient

_BOOM = """
import os
class Boom(Exception): pass
def handler(event, context):
    if event.get("boom"): raise Boom(event["boom"])
    return os.getpid()
"""

_DIE = """
import os, signal
def handler(event, context):
    os.kill(os.getpid(), signal.SIGKILL)
"""

_IMPORT = """
import importlib
def handler(event, context):
    return importlib.import_module(event).__file__
"""

_LOOK = """
import os
def handler(event, context):
    return dict(os.environ)
"""


@pytest.fixture(scope="module")
def functions() -> "LambdaClient":
    return boto3.client("lambda")


def answer(functions: "LambdaClient", function: str, event: object = None) -> Any:
    """The result of a function; its failure, if it is one, as it stands."""
    return json.load(functions.invoke(FunctionName=function, Payload=json.dumps(event or {}))["Payload"])


def test_an_exception_answers_with_its_class_message_and_stack(functions: "LambdaClient", deploy: Deploy) -> None:
    """AWS Lambda function errors in Python (python-exceptions.html)."""
    function = deploy(_BOOM)

    response = functions.invoke(FunctionName=function, Payload=json.dumps({"boom": "too early"}))
    failure = json.load(response["Payload"])

    assert response["FunctionError"] == "Unhandled"
    assert (failure["errorType"], failure["errorMessage"]) == ("Boom", "too early")
    assert failure["requestId"]
    assert ["in handler" in line for line in failure["stackTrace"]] == [True], "the stack is not the function's alone"


def test_a_process_lives_on_after_an_exception(functions: "LambdaClient", deploy: Deploy) -> None:
    """Understanding the Lambda execution environment lifecycle (lambda-runtime-environment.html)."""
    function = deploy(_BOOM)
    first = answer(functions, function)

    answer(functions, function, {"boom": "oh"})

    assert answer(functions, function) == first


@pytest.mark.parametrize(
    ("source", "kind", "message"),
    [
        ("import nowhere", "Runtime.ImportModuleError", "Unable to import module 'app': No module named 'nowhere'"),
        ("handle = None", "Runtime.HandlerNotFound", "Handler 'handler' missing on module 'app'"),
        ("1 +", "Runtime.UserCodeSyntaxError", "Syntax error in module 'app': invalid syntax (app.py, line 1)"),
        ("{}['key']", "KeyError", "'key'"),
        (
            "def handler(event, context): return {1}",
            "Runtime.MarshalError",
            "Unable to marshal response: Object of type",
        ),
    ],
)
def test_code_that_cannot_run_says_why(
    functions: "LambdaClient", deploy: Deploy, source: str, kind: str, message: str
) -> None:
    """AWS Lambda function errors in Python (python-exceptions.html); names are the runtime interface client's."""
    function = deploy(source)

    for failure in (answer(functions, function), answer(functions, function)):
        assert failure["errorType"] == kind
        assert failure["errorMessage"].startswith(message)


def test_functions_import_what_the_runtime_includes_and_nothing_else(functions: "LambdaClient", deploy: Deploy) -> None:
    """Working with .zip file archives for Python Lambda functions (python-package.html), Runtime-included libraries."""
    function = deploy(_IMPORT)

    for included in ("boto3", "botocore", "dateutil", "urllib3"):
        assert "errorType" not in answer(functions, function, included), f"the Lambda runtime includes {included}"
    for absent in ("ministack", "moto", "pydantic", "pytest", "yaml", "local", "_worker"):
        found = answer(functions, function, absent)
        assert found["errorType"] == "ModuleNotFoundError", f"a function sees the host's {absent}: {found}"


def test_a_function_whose_process_dies_answers_by_aws_name(functions: "LambdaClient", deploy: Deploy) -> None:
    """How do I resolve the "runtime exited" error from Lambda? (repost.aws/knowledge-center/lambda-runtime-error)."""
    function = deploy(_DIE)
    for _ in range(2):
        failure = answer(functions, function)
        assert failure["errorType"] == "Runtime.ExitError"
        assert failure["errorMessage"].endswith("Error: Runtime exited with error: signal: killed")


@pytest.fixture
def layer(functions: "LambdaClient") -> "Generator[str]":
    name = f"tests-{uuid4().hex[:8]}"
    content = zipped({"python/beneath.py": "", "python/app.py": "def handler(event, context): return 'the layer'"})
    version = functions.publish_layer_version(LayerName=name, Content={"ZipFile": content})
    yield version["LayerVersionArn"]
    functions.delete_layer_version(LayerName=name, VersionNumber=version["Version"])


def test_modules_come_from_the_function_before_its_layers(
    functions: "LambdaClient", deploy: Deploy, layer: str
) -> None:
    """Working with .zip file archives for Python Lambda functions (python-package.html), Dependency search path."""
    function = deploy("import beneath\ndef handler(event, context): return 'the function'", layers=(layer,))

    assert answer(functions, function) == "the function"


def test_functions_see_their_own_environment_and_not_the_hosts(functions: "LambdaClient", deploy: Deploy) -> None:
    """Working with Lambda environment variables (configuration-envvars.html), Defined runtime environment variables."""
    seen = answer(functions, deploy(_LOOK, OURS="yes"))

    ours = {"OURS", "AWS_ENDPOINT_URL", "AWS_DISABLE_HOST_PREFIX_INJECTION", "TMPDIR", "HOME"}
    lambdas = {name for name in seen if name.startswith(("AWS_", "LAMBDA_", "_HANDLER", "_X_AMZN"))} | {
        "LANG",
        "PATH",
        "TZ",
    }
    assert set(seen) - lambdas == ours - lambdas, "the host's variables reach functions"
    assert (seen["OURS"], seen["AWS_REGION"]) == ("yes", "eu-west-1")
    assert seen["AWS_EXECUTION_ENV"] == "AWS_Lambda_python3.13"
    assert seen["AWS_ACCESS_KEY_ID"].startswith("ASIA"), "a function has not the credentials of its role"
