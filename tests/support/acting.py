"""What a role of ours may do: a function of the test's own acts by it, since no person may."""

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from tests.support.cloud import ACCOUNT, root

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

type Act = Callable[..., str]

_SOURCE = """
import boto3
from botocore.exceptions import ClientError

def handler(event, context):
    try:
        getattr(boto3.client(event["service"]), event["call"])(**event["arguments"])
    except ClientError as error:
        return error.response["Error"]["Code"]
    return "done"
"""


@contextmanager
def acting(name: str, role: str) -> Iterator[Act]:
    """Calls of AWS by ``role``: ``act(service, call, **arguments)`` answers ``done`` or AWS's error code."""
    functions: LambdaClient = root.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.13",
        Handler="app.handler",
        Role=f"arn:aws:iam::{ACCOUNT}:role/{role}",
        Code={"ZipFile": _zipped()},
        Timeout=20,
    )

    def act(service: str, call: str, **arguments: Any) -> str:
        order = json.dumps({"service": service, "call": call, "arguments": arguments})
        answer = functions.invoke(FunctionName=name, Payload=order)
        said = json.loads(answer["Payload"].read())
        assert isinstance(said, str), f"the test's own function failed: {said}"
        return said

    yield act
    functions.delete_function(FunctionName=name)


def _zipped() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        writing.writestr("app.py", _SOURCE)
    return archive.getvalue()
