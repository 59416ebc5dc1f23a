"""What people said of the guard, in DynamoDB: ``environment`` and ``id`` are the key; what has ended goes by itself.

One query shows all that was said of an environment. The guard function writes; the restorers only read.
"""

import time
from collections.abc import Callable
from hashlib import blake2s
from typing import TYPE_CHECKING

import msgspec

from holdfast.core.guard import ExceptionSaid, Guard, ModeSaid, guard_over
from holdfast.core.resource import Change

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

    def everything(self) -> dict[str, list[Word]]:
        """All that counts, of every environment. A scan: there is never much of it."""
        found: dict[str, list[Word]] = {}
        for page in self._dynamodb.get_paginator("scan").paginate(TableName=self._table):
            for item in page["Items"]:
                word = _read(item["said"]["S"])
                if word.counts(self._now()):
                    found.setdefault(item["environment"]["S"], []).append(word)
        return found

    def put(self, environment: str, word: Word) -> None:
        """From now on; a newer word about the same thing takes the place of an older one."""
        self._dynamodb.put_item(
            TableName=self._table,
            Item={
                "environment": {"S": environment},
                "id": {"S": identity(word)},
                "said": {"S": msgspec.json.encode(word).decode()},
                "expires_at": {"N": str(int(word.until) + 1)},
            },
        )

    def withdraw(self, environment: str, word: Word) -> None:
        """What was said about the same thing counts no more."""
        self._dynamodb.delete_item(
            TableName=self._table, Key={"environment": {"S": environment}, "id": {"S": identity(word)}}
        )

    def withdraw_all(self, environment: str) -> None:
        """Nothing that was said of the environment counts any more."""
        for word in self.said(environment):
            self.withdraw(environment, word)


def identity(word: Word) -> str:
    """What it is about: a concern, or one value at one path of one resource."""
    if isinstance(word, ModeSaid):
        return f"mode#{word.concern}"
    change = Change(path=word.path, promised=word.promised, found=word.found)
    mark = blake2s(msgspec.json.encode(change, order="sorted"), digest_size=12).hexdigest()
    return f"exception#{word.resource}#{mark}"


def _read(text: str) -> Word:
    word: Word = msgspec.json.decode(text, type=ModeSaid | ExceptionSaid)
    return word
