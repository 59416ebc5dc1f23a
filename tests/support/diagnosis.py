"""Where to look when something did not come: what lies in queues, what incidents say, what functions said."""

import json
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tests.support.cloud import Application, root

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient

_LOOK_BACK: Final = 60
_WORDS: Final = ("ERROR", "WARNING", "errorMessage", "Task timed out")


def diagnosis(application: Application, environment: str) -> str:
    """What the deployed parts have to say about ``environment``."""
    return "\n".join(
        ["where to look:", *_queues(application), *_incidents(application, environment), *_logs(application)]
    )


def _queues(application: Application) -> Iterator[str]:
    sqs: SQSClient = root.client("sqs")
    for part in ("SecurityGroupsQueue", "SecurityGroupsDeadLetters", "AnnouncementsQueue", "AnnouncementsDeadLetters"):
        answer = sqs.get_queue_attributes(QueueUrl=application.parts[part], AttributeNames=["All"])
        counts = {name: n for name, n in answer["Attributes"].items() if name.startswith("ApproximateNumber")}
        if any(n != "0" for n in counts.values()):
            yield f"  {part}: {counts}"


def _incidents(application: Application, environment: str) -> Iterator[str]:
    dynamodb: DynamoDBClient = root.client("dynamodb")
    items = dynamodb.query(
        TableName=application.outputs["IncidentsTableName"],
        KeyConditionExpression="environment = :environment",
        ExpressionAttributeValues={":environment": {"S": environment}},
    )["Items"]
    for item in items:
        if "incident" in item:
            told = item.get("told", {"S": "nobody"})["S"]
            incident = json.loads(item["incident"]["S"])
            yield f"  incident {incident['id']} of {incident['resource']}: {incident['state']}, told: {told}"


def _logs(application: Application) -> Iterator[str]:
    logs: CloudWatchLogsClient = root.client("logs")
    group = application.parts["FunctionsLogGroup"]
    since = int((time.time() - _LOOK_BACK) * 1000)
    yield f"  the log group {group}, of which the last troubles:"
    for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group, startTime=since):
        for event in page["events"]:
            if any(word in event["message"] for word in _WORDS):
                yield f"    {event['message'].strip()[:600]}"
