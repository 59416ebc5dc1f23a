"""What the laptop AWS's own tests share: they run against the laptop AWS that AWS_ENDPOINT_URL names."""

import io
import json
import zipfile
from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import boto3
import pytest

from tests.local.clusters import Clusters

if TYPE_CHECKING:
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_stepfunctions import SFNClient

    from tests.local.workflows import Json, Machine

type Deploy = Callable[..., str]

_TRUSTED = ["lambda.amazonaws.com", "states.amazonaws.com"]


@pytest.fixture(scope="session")
def role() -> Generator[str]:
    """A role that functions and state machines may have, and that may do anything."""
    iam: IAMClient = boto3.client("iam")
    name = f"tests-{uuid4().hex[:8]}"
    trust = policy(Principal={"Service": _TRUSTED}, Action="sts:AssumeRole")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    iam.put_role_policy(RoleName=name, PolicyName="all", PolicyDocument=policy(Action="*", Resource="*"))
    yield arn
    iam.delete_role_policy(RoleName=name, PolicyName="all")
    iam.delete_role(RoleName=name)


def policy(**statement: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@pytest.fixture(scope="module")
def deploy(role: str) -> Generator[Deploy]:
    """Deploys the source of a module with a `handler` as a function, and returns its ARN."""
    functions: LambdaClient = boto3.client("lambda")
    deployed: list[str] = []

    def deploy(source: str, *, layers: tuple[str, ...] = (), **variables: str) -> str:
        arn = functions.create_function(
            FunctionName=f"tests-{uuid4().hex[:8]}",
            Runtime="python3.13",
            Handler="app.handler",
            Role=role,
            Code={"ZipFile": zipped({"app.py": source})},
            Layers=list(layers),
            Timeout=10,
            Environment={"Variables": variables},
        )["FunctionArn"]
        deployed.append(arn)
        return arn

    yield deploy
    for arn in deployed:
        functions.delete_function(FunctionName=arn)


@pytest.fixture(scope="session")
def clusters() -> Clusters:
    """The clusters that tests share; what a test does to one, no other test sees."""
    clusters = Clusters()
    clusters.begin()
    return clusters


@pytest.fixture(scope="session")
def states() -> "SFNClient":
    return boto3.client("stepfunctions")


@pytest.fixture
def machine(states: "SFNClient", role: str) -> Generator["Machine"]:
    """Creates a JSONata state machine of the states given, the first of which is the start; returns its ARN."""
    created: list[str] = []

    def create(steps: "Json", **fields: Any) -> str:
        definition = {"QueryLanguage": "JSONata", "StartAt": next(iter(steps)), "States": steps, **fields}
        arn = states.create_state_machine(
            name=f"tests-{uuid4().hex[:8]}",
            definition=json.dumps(definition),
            roleArn=role,
        )["stateMachineArn"]
        created.append(arn)
        return arn

    yield create
    for arn in created:
        states.delete_state_machine(stateMachineArn=arn)


def zipped(files: dict[str, str]) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as writing:
        for name, text in files.items():
            writing.writestr(name, text)
    return archive.getvalue()
