"""One deployed application for all system tests; environments and named users for those that want them.

Tests run side by side. What would disturb the others (a trail that rests, a function that is broken for all) is marked
``alone`` and waits until nobody else is at work: readers and a writer, over files that are here anyway.
"""

import fcntl
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import RUN
from tests.support.cloud import Application, Caller, user
from tests.support.environments import Environment, prepared
from tests.support.oncall import OnCall, on_call

_DOOR: Final = Path(__file__).parent
_ROOM: Final = Path(__file__)
BUILDS: Final = {
    "Action": ["states:StartExecution", "states:DescribeExecution", "states:StopExecution", "states:ListExecutions"],
    "Resource": "*",
}
DRIFTS: Final = {
    "Action": [
        "ec2:AuthorizeSecurityGroup*",
        "ec2:RevokeSecurityGroup*",
        "ec2:ModifySecurityGroupRules",
        "ec2:UpdateSecurityGroupRuleDescriptions*",
        "ec2:DescribeSecurityGroup*",
        "ec2:CreateTags",
        "ec2:DeleteTags",
    ],
    "Resource": "*",
}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    # Through the door one at a time: whoever wants to be alone is not kept waiting by those who come later.
    door = _locked(_DOOR, fcntl.LOCK_EX)
    room = _locked(_ROOM, fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH)
    os.close(door)
    try:
        return (yield)
    finally:
        os.close(room)


def _locked(path: Path, kind: int) -> int:
    opened = os.open(path, os.O_RDONLY)
    fcntl.flock(opened, kind)
    return opened


@pytest.fixture(scope="session")
def mark() -> str:
    """Part of every name: this run's, and this worker's."""
    return f"{os.environ.get('PYTEST_XDIST_WORKER', 'gw0')[2:]}-{os.environ[RUN]}"


@pytest.fixture(scope="session")
def application() -> Application:
    return Application.deployed()


@pytest.fixture(scope="session")
def alice(mark: str) -> Iterator[Caller]:
    """Builds environments, and changes security groups by hand."""
    with user(f"alice-{mark}", BUILDS, DRIFTS) as caller:
        yield caller


@pytest.fixture(scope="session")
def vandal(mark: str) -> Iterator[Caller]:
    """An administrator who changes by hand what an environment is made of."""
    with user(f"vandal-{mark}", {"Action": "*", "Resource": "*"}) as caller:
        yield caller


@pytest.fixture(scope="session")
def bob(mark: str) -> Iterator[Caller]:
    with user(f"bob-{mark}", DRIFTS) as caller:
        yield caller


@pytest.fixture(scope="session")
def standing(application: Application, alice: Caller, mark: str) -> Iterator[Environment]:
    """A built environment that several modules drift, each a group of its own (see ``GROUP`` in each)."""
    with prepared(application, alice, f"stand-{mark}") as made:
        made.built()
        yield made


@pytest.fixture(scope="session")
def called(standing: Environment) -> Iterator[OnCall]:
    """On-call of ``standing``."""
    with on_call(standing) as called:
        yield called
