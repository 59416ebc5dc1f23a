"""One deployed application for all system tests; environments and named users for those that want them.

A build is what costs time here, so that lives are shared, each by the modules of a walk and in their order: ``first``
is refused nothing and taken down at last, ``beside`` bears everything that may befall a build and is the neighbour that
a teardown spares; ``standing`` fails, is mended, and drifts; of the ``pair`` one drifts in so many ways at once that
on-call gets digests, and the other not at all. A module run by itself begins its own life.

Tests run side by side. What would disturb the others (a trail that rests, a function that is broken for all) is marked
``alone`` and waits until nobody else is at work on the laptop AWS. What is marked ``lanes`` works in threads that go in
and out of the room themselves.
"""

import json
import os
from collections import defaultdict
from collections.abc import Generator, Iterator
from contextlib import nullcontext
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

import pytest

from tests.conftest import RUN
from tests.support.bus import let_by
from tests.support.cloud import Application, Caller, Calls, Json, user
from tests.support.environments import Environment, prepared
from tests.support.oncall import Mailbox, OnCall, on_call
from tests.support.room import Alone, among_others
from tests.support.waiting import until

WALKS: Final = (
    ("test_room", "test_resume", "test_build", "test_change", "test_teardown"),
    (
        "test_failures",
        "test_alerts",
        "test_breaker",
        "test_calls",
        "test_forgeries",
        "test_roles",
        "test_guard",
        "test_canary",
        "test_sweep",
        "test_dead_letters",
        "test_ways",
        "test_following",
        "test_reclaim",
        "test_scaling",
        "test_second_opinion",
        "test_ending",
    ),
    ("test_drifts", "test_promises", "test_storm", "test_gone"),
)
"""The modules that share environments, in the order in which these live."""
ASK_THE_LAPTOP: Final = frozenset({"local", "system", "workflow"})
"""Folders whose tests ask something of the laptop AWS: no others disturb anybody, or need wait for who is alone."""
_HERE: Final = Path(__file__).parent
_ALONE: Final = Alone()
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


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Workers take groups in this order: the walks, and meanwhile what needs no AWS, the longest file of that first."""
    files = defaultdict[Path, list[pytest.Item]](list)
    for item in items:
        files[item.path].append(item)
    walks = [[one for module in walk for one in files.pop(_HERE / f"{module}.py", [])] for walk in WALKS]
    for number, walk in enumerate(walks):
        for item in walk:
            item.add_marker(pytest.mark.xdist_group(f"walk {number}"))
    others = sorted(files, key=lambda path: (path.parent != _HERE, -len(files[path])))
    items[:] = [*chain.from_iterable(walks), *chain.from_iterable(files[path] for path in others)]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, object, object]:
    if item.path.relative_to(_HERE.parent).parts[0] not in ASK_THE_LAPTOP:
        return (yield)
    alone = item.get_closest_marker("alone") is not None
    if alone:
        _ALONE.enter()
    try:
        with nullcontext() if alone or item.get_closest_marker("lanes") else among_others():
            return (yield)
    finally:
        if nextitem is None or nextitem.get_closest_marker("alone") is None:
            _ALONE.leave()


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


class First(NamedTuple):
    """A first build: its execution's description, the functions' calls since before, and what these have woken.

    ``refused`` is the description of a second one, started while it ran.
    """

    environment: Environment
    ended: Json
    refused: Json
    calls: Calls
    woken: Mailbox


@pytest.fixture(scope="session")
def first(application: Application, alice: Caller, mark: str) -> Iterator[First]:
    """An environment built by the AWS CLI."""
    with (
        prepared(application, alice, f"build-{mark}") as made,
        let_by(f"build-{mark}", application, "SecurityGroupCalls", "SecurityGroupTags") as woken,
    ):
        calls = Calls(*application.functions)
        machine = application.outputs["BuildStateMachineArn"]
        command = ("stepfunctions", "start-execution", "--state-machine-arn", machine, "--input")
        execution = alice.cli(*command, json.dumps(made.spec()))["executionArn"]
        made.executions.append(execution)
        made.asked.append({})
        until("the build has its lease", made.lease, look=made.diagnosis)
        refused = made.refused()
        made.require_built(execution)
        ended = alice.cli("stepfunctions", "describe-execution", "--execution-arn", execution)
        yield First(made, ended, refused, calls, woken)


@pytest.fixture
def built(first: First) -> Environment:
    return first.environment


@pytest.fixture(scope="session")
def beside(application: Application, alice: Caller, mark: str) -> Iterator[Environment]:
    """Not built yet, unless a test before has. Of its name that of ``first`` is a prefix."""
    with prepared(application, alice, f"build-{mark}-2") as made:
        yield made


@pytest.fixture(scope="session")
def failing(application: Application, alice: Caller, mark: str) -> Iterator[Environment]:
    """Not built yet, unless a test before has."""
    with prepared(application, alice, f"stand-{mark}") as made:
        yield made


@pytest.fixture(scope="session")
def standing(failing: Environment) -> Environment:
    """A built environment that several modules drift, each a group of its own (see ``GROUP`` in each)."""
    failing.require_whole()
    return failing


@pytest.fixture(scope="session")
def pair(application: Application, alice: Caller, mark: str) -> Iterator[tuple[Environment, Environment]]:
    """Built side by side, by a user who is not root. The name of the second begins with that of the first."""
    with prepared(application, alice, f"nova-{mark}") as nova, prepared(application, alice, f"nova-{mark}-2") as nova_2:
        for one, build in [(one, one.start()) for one in (nova, nova_2)]:
            one.require_built(build)
        yield nova, nova_2


@pytest.fixture(scope="session")
def called(standing: Environment) -> Iterator[OnCall]:
    """On-call of ``standing``."""
    with on_call(standing) as called:
        yield called
