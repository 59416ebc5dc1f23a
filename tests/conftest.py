"""What all tests share: the mark of this run, by which what it leaves on the laptop AWS is found and taken down."""

import gc
import os
from typing import Final
from uuid import uuid4

import pytest

from local.laptop import Laptop
from tests.support.demolition import demolish

RUN: Final = "HOLDFAST_TEST_RUN"
_BUILDERS: Final = "tests/system/"
_GIVES_WAY: Final = 10
_built: Final[list[str]] = []


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "alone: no other system test may run beside it")
    config.addinivalue_line("markers", "lanes: works in threads, each of which sees to it that nobody else is alone")
    config.addinivalue_line("markers", "xdist_group: whose tests go to one worker, if there are several")
    # The workers of pytest-xdist inherit it.
    os.environ.setdefault(RUN, uuid4().hex[:4])


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The tests of a file stay with one worker, for what they share is made once; tests/system joins some files."""
    for item in items:
        if item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What needs no AWS gives way to what others wait for: of several workers, this one is in no hurry from now on."""
    if hasattr(item.config, "workerinput") and not item.nodeid.startswith(_BUILDERS) and os.nice(0) == 0:
        os.nice(_GIVES_WAY)


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.nodeid.startswith(_BUILDERS):
        _built.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Once all workers are done, where environments may have been built, and the laptop AWS stays for the next run."""
    # pytest looks for what was left to itself five times more: it need not look at what lives on.
    gc.collect()
    gc.freeze()
    if _built and not hasattr(session.config, "workerinput") and Laptop().stays():
        demolish(os.environ[RUN])
