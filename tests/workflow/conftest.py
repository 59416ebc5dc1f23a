"""The shipped state machines on the laptop AWS that AWS_ENDPOINT_URL names, with stand-ins for the functions."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.local.conftest import Deploy, deploy, machine, role, states
from tests.local.workflows import Machine
from tests.workflow import stand_ins
from tests.workflow.workflow import Functions, Workflow

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

__all__ = ["deploy", "machine", "role", "states"]


@pytest.fixture(scope="module")
def functions(deploy: Deploy) -> Functions:
    """Stand-ins that do as the environment's file says; they remember nothing."""
    return Functions(
        *(
            deploy(source)
            for source in (
                stand_ins.ADMIT,
                stand_ins.CONVERGE,
                stand_ins.VERIFY,
                stand_ins.CONCLUDE,
                stand_ins.ANNOUNCE,
            )
        )
    )


@pytest.fixture
def workflow(states: "SFNClient", machine: Machine, functions: Functions) -> Iterator[Workflow]:
    shipped = Workflow(states, machine, functions)
    yield shipped
    shipped.stop_all()
