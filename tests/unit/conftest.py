"""An empty AWS account in this process: moto, with AWS's managed policies, and clients that count their calls.

Each environment has an empty cluster there: the laptop's Kubernetes API, without the wire.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Final

import pytest
from botocore.config import Config
from botocore.session import get_session
from cryptography.hazmat.primitives.asymmetric import rsa
from moto import mock_aws
from moto.core import models, responses
from moto.eks import utils as eks_utils

from holdfast.aws.clients import CONFIG, Clients
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

SESSION: Final = get_session()
CALLS: Final = Calls(SESSION)
one_key: Final = cache(rsa.generate_private_key)
"""moto makes one for each KMS key and certificate, and nobody here ever encrypts by it."""
one_session: Final = cache(eks_utils.Session)
"""moto makes one for each EKS cluster, only to learn which partitions there are."""
operations: Final = cache(responses.method_names_from_class)
"""moto looks for the methods of a service's class at each call."""


class KeptClients(Clients):
    """Each is made once for all tests of this process: making one takes longer than most tests do."""

    def _client(self, service: str, config: Config = CONFIG, region: str | None = None) -> Any:
        return _kept(service, config, region)


@cache
def _kept(service: str, config: Config, region: str | None) -> Any:
    return SESSION.create_client(service, region, config=config)


@contextmanager
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Clients, Calls]]:
    """An empty account, and what is called in it."""
    for name, value in ACCOUNT.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    moto_gaps.close(monkeypatch)
    moto_route53.close(monkeypatch)
    monkeypatch.setattr(rsa, "generate_private_key", one_key)
    monkeypatch.setattr(eks_utils, "Session", one_session)
    monkeypatch.setattr(responses, "method_names_from_class", operations)
    # A thousand callbacks for who speaks to AWS by `requests`, which nobody here does.
    monkeypatch.setattr(models, "RESPONSES_METHODS", [])
    with mock_aws(config={"iam": {"load_aws_managed_policies": True}}):
        moto_route53.host()
        CALLS.begin()
        yield KeptClients(SESSION, Clusters(CALLS.note).__getitem__), CALLS


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
