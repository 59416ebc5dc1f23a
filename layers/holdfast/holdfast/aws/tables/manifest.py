"""The manifest in DynamoDB: ``environment`` and ``path`` are its key, ``by_physical_id`` its index by AWS's ids.

Every write of a builder carries its lease's fencing number and is refused by a record that has seen a higher one: who
has lost the lease can change nothing any more. The check is on the record itself, not on the lease, because layers that
build side by side would otherwise cancel each other's transactions ("TransactWriteItems", DynamoDB API reference).
"""

import time
from collections.abc import Callable, Iterable, Mapping
from itertools import batched
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.resource import already_so, code
from holdfast.core.manifest import Declared, Lease, Record, Records
from holdfast.core.resource import Physical
from holdfast.core.trouble import ComeBackLater, taken_over

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import (
        AttributeValueTypeDef,
        KeysAndAttributesTypeDef,
        TransactWriteItemTypeDef,
        UpdateItemInputTypeDef,
        UpdateTypeDef,
    )

INDEX = "by_physical_id"
NEWEST = "attribute_not_exists(fence) OR fence <= :fence"
"""A builder may write only what no newer one has written."""
KNOWN = "attribute_exists(#path)"
"""Whoever does not propose a record may only write to one that there is: what was forgotten never comes back half.
By its key, since a restorer may name no attribute but that and the ids (``dynamodb:Attributes``)."""
A_TRANSACTION = 100
"""Items that one transaction takes ("TransactWriteItems", DynamoDB API reference)."""


class ManifestTable:
    """``core.manifest.Manifest`` on one table."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, now: Callable[[], float] = time.time) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._now = now

    def records(self, environment: str) -> Records:
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="environment = :environment",
            ExpressionAttributeValues={":environment": {"S": environment}},
            ConsistentRead=True,
        )
        found = [_record(item) for page in pages for item in page["Items"]]
        return {record.path: record for record in found}

    def every_environment(self) -> set[str]:
        """The names of all environments of which anything is known."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table, ProjectionExpression="environment", ConsistentRead=True
        )
        return {item["environment"]["S"] for page in pages for item in page["Items"]}

    def owners(self, physical_id: str) -> list[Record]:
        """The records whose resource AWS calls ``physical_id``: none, if it is not ours."""
        answer = self._dynamodb.query(
            TableName=self._table,
            IndexName=INDEX,
            KeyConditionExpression="physical_id = :id",
            ExpressionAttributeValues={":id": {"S": physical_id}},
        )
        return [_record(item) for item in answer["Items"]]

    def some(self, environment: str, paths: Iterable[str]) -> Records:
        """The records at ``paths``, as many as exist (at most 100)."""
        keys = [_key(environment, path) for path in sorted(paths)]
        asked: dict[str, KeysAndAttributesTypeDef] = (
            {self._table: {"Keys": keys, "ConsistentRead": True}} if keys else {}
        )
        found: list[Record] = []
        while asked:
            answer = self._dynamodb.batch_get_item(RequestItems=asked)
            found += [_record(item) for item in answer["Responses"].get(self._table, [])]
            asked = {table: {**rest, "ConsistentRead": True} for table, rest in answer["UnprocessedKeys"].items()}
        return {record.path: record for record in found}

    def propose(self, lease: Lease, layer: str, declared: Iterable[Declared]) -> Records:
        records = self.records(lease.environment)
        updates: list[TransactWriteItemTypeDef] = []
        for line in declared:
            path = f"{layer}/{line.name}"
            if path in records and records[path].target == line.properties:
                updates.append(self._update(lease, path, "SET fence = :fence"))
            else:
                expression = "SET #kind = :kind, #next = :next, fence = :fence"
                proposal = {":kind": line.kind, ":next": _encoded(line.properties)}
                updates.append(self._update(lease, path, expression, proposal))
        self._write(lease, updates)
        return self.records(lease.environment)

    def intend(self, lease: Lease, record: Record) -> Record:
        now = self._now()
        tries = record.tried(lease.fence) + 1
        expression = "SET intent = :now, attempt = :fence, tries = :tries, fence = :fence"
        self._write(lease, [self._update(lease, record.path, expression, {":now": now, ":tries": tries})])
        return msgspec.structs.replace(record, intent=now, attempt=lease.fence, tries=tries, fence=lease.fence)

    def spare(self, lease: Lease, record: Record) -> Record:
        tries = record.tries - 1
        self._write(lease, [self._update(lease, record.path, "SET tries = :tries, fence = :fence", {":tries": tries})])
        return msgspec.structs.replace(record, tries=tries)

    def learn(self, record: Record, physical: Physical) -> Record:
        update: UpdateItemInputTypeDef = {
            "TableName": self._table,
            "Key": _key(record.environment, record.path),
            "UpdateExpression": "REMOVE physical, physical_id",
            "ConditionExpression": KNOWN,
            "ExpressionAttributeNames": {"#path": "path"},
        }
        if physical:
            update["UpdateExpression"] = "SET physical = :physical, physical_id = :id"
            update["ExpressionAttributeValues"] = {
                ":physical": {"S": _encoded(dict(physical))},
                ":id": {"S": physical["id"]},
            }
        with already_so("ConditionalCheckFailedException"):
            self._dynamodb.update_item(**update)
        return msgspec.structs.replace(record, physical=dict(physical))

    def promise(self, lease: Lease, layer: str) -> None:
        proposed = [one for one in self.records(lease.environment).values() if one.layer == layer and one.next]
        expression = "SET desired = #next, fence = :fence REMOVE #next"
        self._write(lease, [self._update(lease, record.path, expression) for record in proposed])

    def retire(self, lease: Lease) -> Records:
        expression = "SET #next = if_not_exists(#next, desired), fence = :fence REMOVE desired"
        guarded = [one for one in self.records(lease.environment).values() if one.desired is not None]
        for some in batched(guarded, A_TRANSACTION, strict=False):
            self._write(lease, [self._update(lease, record.path, expression) for record in some])
        return self.records(lease.environment)

    def forget(self, lease: Lease, record: Record) -> None:
        try:
            self._dynamodb.delete_item(
                TableName=self._table,
                Key=_key(record.environment, record.path),
                ConditionExpression=NEWEST,
                ExpressionAttributeValues={":fence": {"N": str(lease.fence)}},
            )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            raise taken_over(lease.environment, lease.execution) from error

    def _update(
        self, lease: Lease, path: str, expression: str, values: Mapping[str, str | float] | None = None
    ) -> "TransactWriteItemTypeDef":
        """One write that only the newest builder of the record may make."""
        taken: dict[str, AttributeValueTypeDef] = {":fence": {"N": str(lease.fence)}}
        for key, value in (values or {}).items():
            taken[key] = {"S": value} if isinstance(value, str) else {"N": str(value)}
        condition = NEWEST if ":kind" in taken else f"({NEWEST}) AND {KNOWN}"
        names = {f"#{word}": word for word in ("kind", "next", "path") if f"#{word}" in f"{expression} {condition}"}
        update: UpdateTypeDef = {
            "TableName": self._table,
            "Key": _key(lease.environment, path),
            "UpdateExpression": expression,
            "ConditionExpression": condition,
            "ExpressionAttributeValues": taken,
        }
        if names:
            update["ExpressionAttributeNames"] = names
        return {"Update": update}

    def _write(self, lease: Lease, updates: "list[TransactWriteItemTypeDef]") -> None:
        """All of ``updates`` or none; raises ``NeedsHuman`` if a newer builder has written one of the records."""
        if not updates:
            return
        try:
            self._dynamodb.transact_write_items(TransactItems=updates)
        except ClientError as error:
            if code(error) != "TransactionCanceledException":
                raise
            if "ConditionalCheckFailed" not in str(error):
                raise ComeBackLater(f"the manifest of {lease.environment} is being written", 1) from error
            raise taken_over(lease.environment, lease.execution) from error


def _record(item: "dict[str, AttributeValueTypeDef]") -> Record:
    layer, _, name = item["path"]["S"].partition("/")
    return Record(
        environment=item["environment"]["S"],
        layer=layer,
        name=name,
        kind=item["kind"]["S"],
        desired=_decoded(item, "desired"),
        next=_decoded(item, "next"),
        physical=msgspec.json.decode(item["physical"]["S"], type=dict[str, str]) if "physical" in item else {},
        intent=float(item["intent"]["N"]) if "intent" in item else 0.0,
        attempt=int(item["attempt"]["N"]) if "attempt" in item else 0,
        tries=int(item["tries"]["N"]) if "tries" in item else 0,
        fence=int(item["fence"]["N"]) if "fence" in item else 0,
    )


def _decoded(item: "dict[str, AttributeValueTypeDef]", attribute: str) -> dict[str, object] | None:
    return msgspec.json.decode(item[attribute]["S"], type=dict[str, object]) if attribute in item else None


def _encoded(value: object) -> str:
    return msgspec.json.encode(value, order="sorted").decode()


def _key(environment: str, path: str) -> "dict[str, AttributeValueTypeDef]":
    return {"environment": {"S": environment}, "path": {"S": path}}
