"""What goes over the account's event bus, for tests that listen: to their own rule, or to a deployed one."""

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from tests.local.accounts import REGION
from tests.support.cloud import ACCOUNT, Application, Json, root
from tests.support.environments import Environment
from tests.support.oncall import Mailbox, mailbox
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient
    from mypy_boto3_sqs.literals import QueueAttributeFilterType

BATCH: Final = 10
"""Messages that a restore function is given at once."""


@contextmanager
def listening(name: str, pattern: Json) -> Iterator[Mailbox]:
    """Every event that fits ``pattern``."""
    events: EventBridgeClient = root.client("events")
    with mailbox(name, "events.amazonaws.com", _rule(name)) as box:
        events.put_rule(Name=name, EventPattern=json.dumps(pattern))
        events.put_targets(Rule=name, Targets=[{"Id": "test", "Arn": box.arn}])
        yield box
        events.remove_targets(Rule=name, Ids=["test"])
        events.delete_rule(Name=name)


@contextmanager
def let_by(name: str, application: Application, *rules: str) -> Iterator[Mailbox]:
    """Every event that the deployed ``rules`` (logical ids) let by, and so all that wakes a function of ours."""
    events: EventBridgeClient = root.client("events")
    deployed = [application.parts[rule] for rule in rules]
    with mailbox(name, "events.amazonaws.com", _rule("*")) as box:
        for rule in deployed:
            events.put_targets(Rule=rule, Targets=[{"Id": name, "Arn": box.arn}])
        yield box
        for rule in deployed:
            events.remove_targets(Rule=rule, Ids=[name])


def details(box: Mailbox) -> list[dict[str, Any]]:
    """The details of the events that have come so far."""
    return [json.loads(message.body)["detail"] for message in box.heard()]


def waiting(application: Application, queue: str) -> int:
    """The messages of the ``queue`` (logical id) that wait or are being worked on; not those with a delay."""
    sqs: SQSClient = root.client("sqs")
    counts: list[QueueAttributeFilterType] = [
        "ApproximateNumberOfMessages",
        "ApproximateNumberOfMessagesNotVisible",
    ]
    found = sqs.get_queue_attributes(QueueUrl=application.parts[queue], AttributeNames=counts)
    return sum(map(int, found["Attributes"].values()))


def drained(application: Application) -> None:
    """Wait until no event waits for the restore function."""
    until(
        "the queue of the restore function is empty",
        lambda: waiting(application, "SecurityGroupsQueue"),
        lambda seen: seen == 0,
    )


def delivered(environment: Environment, concern: str, bodies: Iterable[str]) -> Json:
    """What the concern's restore function answers to one batch of messages, given to it as its queue would."""
    functions: LambdaClient = root.client("lambda")
    records = [{"messageId": str(number), "body": body} for number, body in enumerate(bodies)]
    function = environment.application.restorer(concern)
    answer = functions.invoke(FunctionName=function, Payload=json.dumps({"Records": records}))
    said: Json = json.loads(answer["Payload"].read())
    assert answer.get("FunctionError", "") == "", f"{function} failed: {said}\n{environment.diagnosis()}"
    return said


def _rule(name: str) -> str:
    return f"arn:aws:events:{REGION}:{ACCOUNT}:rule/{name}"
