"""A right on functions of an environment, by the tag that they carry, reaches those and no others."""

from collections.abc import Generator
from typing import Any, Final

import pytest

from tests.local.accounts import TAG, Account, refused
from tests.local.conftest import zipped

OURS: Final = {"Null": {f"aws:ResourceTag/{TAG}": "false"}}
CODE: Final = {"app.py": "def handler(event, context):\n    print('asked')\n    return event\n"}


@pytest.fixture(scope="module")
def account() -> Generator[Account]:
    account = Account()
    functions, role = account.root("lambda"), account.role()
    for name, tags in (
        ("atlas-kubernetes", {TAG: "atlas"}),
        ("theirs-kubernetes", {}),
        ("atlas-other", {TAG: "atlas"}),
    ):
        functions.create_function(
            FunctionName=name,
            Runtime="python3.13",
            Handler="app.handler",
            Role=role,
            Code={"ZipFile": zipped(CODE)},
            Tags=tags,
        )
    yield account
    for name in ("atlas-kubernetes", "theirs-kubernetes", "atlas-other"):
        functions.delete_function(FunctionName=name)


@pytest.fixture(scope="module")
def functions(account: Account) -> Any:
    named = account.arn("lambda", "function:*-kubernetes")
    return account.user({"Action": "lambda:InvokeFunction", "Resource": named, "Condition": OURS})("lambda")


def test_ours_can_be_asked(account: Account, functions: Any) -> None:
    for name in ("atlas-kubernetes", account.arn("lambda", "function:atlas-kubernetes")):
        assert functions.invoke(FunctionName=name, Payload=b'{"a": 1}')["Payload"].read() == b'{"a": 1}'


@pytest.mark.parametrize("name", ["theirs-kubernetes", "atlas-other"])
def test_another_cannot(functions: Any, name: str) -> None:
    assert "lambda:InvokeFunction" in refused(functions.invoke, FunctionName=name, Payload=b"{}")
