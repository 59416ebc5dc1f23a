"""What all tests share: the mark of this run, by which what it leaves on the laptop AWS is found and taken down."""

import os
from uuid import uuid4

import pytest

from tests.support.demolition import demolish

RUN = "HOLDFAST_TEST_RUN"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "alone: no other system test may run beside it")
    # The workers of pytest-xdist inherit it.
    os.environ.setdefault(RUN, uuid4().hex[:4])


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Once all workers are done, and only where there is a laptop AWS."""
    if not hasattr(session.config, "workerinput") and "AWS_ENDPOINT_URL" in os.environ:
        demolish(os.environ[RUN])
