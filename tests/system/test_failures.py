"""A layer that fails says which resource, why and what to do; its siblings finish; mended, the build goes on.

What fails here is mended in layers/holdfast/holdfast/core/outcome.py, aws/trouble.py and state_machines/build.asl.yaml.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from tests.support.cloud import STACK, Caller, root
from tests.support.environments import LAYERS, Environment
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_stepfunctions import SFNClient


@contextmanager
def denied(environment: Environment, action: str) -> Iterator[None]:
    """The builder may not do ``action`` for this environment, and for no other."""
    iam: IAMClient = root.client("iam")
    role, name = environment.application.parts["ConvergeRole"], f"deny-{environment.name}"
    condition = {"StringEquals": {"aws:ResourceTag/holdfast:environment": environment.name}}
    statement = {"Effect": "Deny", "Action": action, "Resource": "*", "Condition": condition}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=document)
    try:
        yield
    finally:
        iam.delete_role_policy(RoleName=role, PolicyName=name)


def test_a_failed_build_names_all_that_failed_and_goes_on_when_mended(failing: Environment) -> None:
    with denied(failing, "ec2:AssociateRouteTable"):
        ended = failing.refused()
    assert ended["error"] == "NeedsHuman"
    for words in (
        "[network] network/p",
        "_route_table",
        "AWS refused",
        "UnauthorizedOperation",
        "docs/permissions.md",
        "[logs] not begun: the build stopped at network",
        "[security_groups] not begun: the build stopped at network",
    ):
        assert words in ended["cause"], f"{words} is not in the cause: {ended['cause']}"
    assert failing.promised() == {"identity", "keys"}, "the branch beside did not finish what it began"

    with denied(failing, "ec2:AuthorizeSecurityGroupIngress"):
        ended = failing.refused()
    assert ended["cause"].startswith("[security_groups] security_groups/"), ended["cause"]
    assert failing.promised() == {"network", "identity", "keys", "logs", "object_storage"}

    failing.built()
    assert failing.promised() == set(LAYERS)


@pytest.mark.alone
def test_without_a_trail_that_logs_no_build_begins(standing: Environment) -> None:
    before = standing.records()
    with _no_trail():
        ended = standing.refused()
    _require_words_about_the_trail(ended["error"], ended["cause"])
    assert standing.records() == before


@pytest.mark.alone
def test_a_trail_that_stops_while_a_build_runs_fails_it_at_its_end(standing: Environment, alice: Caller) -> None:
    states: SFNClient = alice.client("stepfunctions")
    execution = standing.start()
    layers = standing.application.parts["LayerStateMachine"]
    until(
        "the build was admitted and its first layers run",
        lambda: states.list_executions(stateMachineArn=layers, statusFilter="RUNNING")["executions"],
        look=standing.diagnosis,
    )
    with _no_trail():
        ended = standing.ended(execution)
    assert ended["status"] == "FAILED", "it ended with guards on that nothing would wake"
    _require_words_about_the_trail(ended["error"], ended["cause"])


@contextmanager
def _no_trail() -> Iterator[None]:
    trail: CloudTrailClient = root.client("cloudtrail")
    trail.stop_logging(Name=STACK)
    try:
        yield
    finally:
        trail.start_logging(Name=STACK)


def _require_words_about_the_trail(error: str, cause: str) -> None:
    assert error == "NeedsHuman"
    for words in ("CloudTrail", "logs management write events", "What to do", "CreateTrail=true"):
        assert words in cause, f"{words} is not in the cause: {cause}"
