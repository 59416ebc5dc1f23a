"""An empty AWS account in this process: moto, with AWS's managed policies, and clients that count their calls.

Each environment has an empty cluster there: the laptop's Kubernetes API, without the wire.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from botocore.session import get_session
from moto import mock_aws

from holdfast.aws.clients import Clients
from holdfast.core.spec import Spec
from tests.support import moto_gaps, moto_route53
from tests.support.calls import Calls
from tests.support.kubernetes import Clusters
from tests.support.world import World
from tests.support.world import spec as wanted

ACCOUNT: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "MOTO_EC2_LOAD_DEFAULT_AMIS": "false",
}

LOADER: Final = get_session().get_component("data_loader")
"""Reads the services' models once, not for each test."""


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Clients, Calls]]:
    """An empty account, and what is called in it."""
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    moto_gaps.close(monkeypatch)
    moto_route53.close(monkeypatch)
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        moto_route53.host()
        session = get_session()
        session.register_component("data_loader", LOADER)
        calls = Calls(session)
        yield Clients(session, Clusters(calls.note).__getitem__), calls


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Clients, Calls]]:
    with account(monkeypatch) as opened:
        yield opened


@pytest.fixture(scope="module")
def shared() -> Iterator[tuple[World, Calls]]:
    """One account for all tests of a module, which then may ask for no other. What changes it does so in a copy."""
    with pytest.MonkeyPatch.context() as monkeypatch, account(monkeypatch) as (clients, calls):
        yield World(clients, wanted()), calls


@pytest.fixture
def clients(recorded: tuple[Clients, Calls]) -> Clients:
    return recorded[0]


@pytest.fixture
def calls(recorded: tuple[Clients, Calls]) -> Calls:
    return recorded[1]


@pytest.fixture
def spec() -> Spec:
    return wanted()


@pytest.fixture
def world(clients: Clients, spec: Spec) -> World:
    return World(clients, spec)
