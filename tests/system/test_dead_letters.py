"""What was tried in vain is kept, and tried again when on-call says so, as docs/runbooks/dead_letters.md has it."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.acting import acting
from tests.support.cloud import Caller, root
from tests.support.drifts import ANYWHERE, Hands, opened
from tests.support.environments import Environment, rules
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

SSH: Final = opened("ingress", "tcp", (22, 22), ANYWHERE)


@pytest.fixture
def nobody_works(standing: Environment) -> Iterator[str]:
    """The restore function of security groups hears nothing; its event source mapping's id."""
    functions: LambdaClient = root.client("lambda")
    function = standing.application.parts["RestoreSecurityGroupsFunction"]
    (mapping,) = functions.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]
    identity = mapping["UUID"]
    _set(functions, identity, enabled=False)
    yield identity
    _set(functions, identity, enabled=True)


def _set(functions: "LambdaClient", mapping: str, *, enabled: bool) -> None:
    functions.update_event_source_mapping(UUID=mapping, Enabled=enabled)
    until(
        f"the event source mapping is {'on' if enabled else 'off'}",
        lambda: functions.get_event_source_mapping(UUID=mapping)["State"],
        lambda seen: seen == ("Enabled" if enabled else "Disabled"),
    )


@pytest.mark.alone
def test_a_drift_that_was_tried_in_vain_is_restored_when_its_dead_letter_is_moved_back(
    standing: Environment, alice: Caller, nobody_works: str, mark: str
) -> None:
    sqs: SQSClient = root.client("sqs")
    parts, group = standing.application.parts, standing.groups["file_system"]
    queue, dead = parts["SecurityGroupsQueue"], parts["SecurityGroupsDeadLetters"]
    grave = sqs.get_queue_attributes(QueueUrl=dead, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    before = rules(group)
    SSH(Hands(alice.client("ec2"), group, {}))
    with acting(f"in-vain-{mark}", parts["RestoreSecurityGroupsRole"]) as act:
        until(
            "the event was received as often as it may be, and is a dead letter",
            lambda: (act("sqs", "receive_message", QueueUrl=queue, VisibilityTimeout=0), _bodies(sqs, dead))[1],
            lambda seen: any(group in body for body in seen),
            look=standing.diagnosis,
        )
    assert rules(group) != before, "somebody restored it, and this test shows nothing"
    _set(root.client("lambda"), nobody_works, enabled=True)

    sqs.start_message_move_task(SourceArn=grave)
    until("the rules are back", lambda: rules(group), lambda seen: seen == before, look=standing.diagnosis)
    (task,) = sqs.list_message_move_tasks(SourceArn=grave)["Results"]
    assert task["Status"] == "COMPLETED"
    assert _bodies(sqs, dead) == []
    until(
        "an incident that says who it was, restored",
        lambda: [one for one in standing.incidents() if one["physical_id"] == group][-1:],
        lambda seen: seen and seen[0]["state"] == "restored" and alice.arn in {one["arn"] for one in seen[0]["actors"]},
        look=standing.diagnosis,
    )


def _bodies(sqs: "SQSClient", queue: str) -> list[str]:
    answer = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0)
    return [message["Body"] for message in answer.get("Messages", [])]
