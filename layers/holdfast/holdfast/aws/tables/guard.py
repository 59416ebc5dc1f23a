"""What people said of the guard, in DynamoDB: ``environment`` and ``id`` are the key; what has ended goes by itself.

One query shows all that was said of an environment. The guard function writes; the restorers only read.
"""

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec

from holdfast.core.guard import ExceptionSaid, Guard, ModeSaid, guard_over

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Word = ModeSaid | ExceptionSaid


class GuardTable:
    """All that was said, by environment."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, now: Callable[[], float] = time.time) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._now = now

    def said(self, environment: str) -> list[Word]:
        """All that counts at this moment."""
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="environment = :environment",
            ExpressionAttributeValues={":environment": {"S": environment}},
            ConsistentRead=True,
        )
        words = [_read(item["said"]["S"]) for page in pages for item in page["Items"]]
        return [word for word in words if word.counts(self._now())]

    def over(self, environment: str, resource: str, concern: str) -> Guard:
        """The guard over one resource (``layer/name``) by one concern."""
        return guard_over(resource, concern, self.said(environment), self._now())


def _read(text: str) -> Word:
    word: Word = msgspec.json.decode(text, type=ModeSaid | ExceptionSaid)
    return word
