"""Incidents in DynamoDB: ``environment`` and ``id`` are the key, so that an environment's list by time needs no scan.

Beside them, under ``watch#<layer>/<name>#<concern>``, what is remembered of each resource and a copy of its latest
incident, kept as long as that. Both are written in one transaction, conditional on the watch's version: of two
restorers at once, one starts over.
"""

from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.resource import code
from holdfast.core.breaker import Watch
from holdfast.core.chronicle import Overtaken
from holdfast.core.incident import Incident
from holdfast.core.manifest import Record

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef, TransactWriteItemTypeDef

KEPT = 400 * 24 * 3600
"""Seconds that an incident is kept (the table's TTL): thirteen months, one audit and a little more."""


TELLING = 60
"""Seconds, the timeout of the function that tells: whoever claimed an alert longer ago has died over it."""
OVERTAKEN = frozenset({"ConditionalCheckFailed", "TransactionConflict"})
"""Reasons to cancel a transaction that mean another writer. Any other (an item too large) is an error of its own."""


class IncidentsTable:
    """``core.chronicle.Incidents`` on one table."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def watch(self, record: Record, concern: str) -> tuple[Watch, Incident | None]:
        answer = self._dynamodb.get_item(
            TableName=self._table, Key=_watch_key(record.environment, record.path, concern), ConsistentRead=True
        )
        item = answer.get("Item")
        if item is None:
            return Watch(), None
        # The version is the one that a write is conditional on, whatever somebody had the rest of the item say.
        version = int(item["version"]["N"])
        watch = msgspec.structs.replace(msgspec.json.decode(item["watch"]["S"], type=Watch), version=version)
        return watch, msgspec.json.decode(item["latest"]["S"], type=Incident)

    def write(self, incident: Incident, watch: Watch) -> Watch:
        newer = msgspec.structs.replace(watch, version=watch.version + 1)
        body = msgspec.json.encode(incident).decode()
        remember: TransactWriteItemTypeDef = {
            "Put": {
                "TableName": self._table,
                "Item": _watch_key(incident.environment, incident.resource, incident.concern)
                | {
                    "version": {"N": str(newer.version)},
                    "watch": {"S": msgspec.json.encode(newer).decode()},
                    "latest": {"S": body},
                    "expires_at": {"N": str(int(incident.last_drift_at or incident.opened_at) + KEPT)},
                },
                "ConditionExpression": "attribute_not_exists(version) OR version = :version",
                "ExpressionAttributeValues": {":version": {"N": str(watch.version)}},
            }
        }
        keep: TransactWriteItemTypeDef = {
            "Update": {
                "TableName": self._table,
                "Key": {"environment": {"S": incident.environment}, "id": {"S": incident.id}},
                "UpdateExpression": "SET #state = :state, #resource = :resource, physical_id = :physical_id, "
                "folded = :folded, incident = :incident, expires_at = :expires_at",
                "ExpressionAttributeNames": {"#state": "state", "#resource": "resource"},
                "ExpressionAttributeValues": {
                    ":state": {"S": incident.state},
                    ":resource": {"S": incident.resource},
                    ":physical_id": {"S": incident.physical_id},
                    ":folded": {"BOOL": incident.folded},
                    ":incident": {"S": body},
                    ":expires_at": {"N": str(int(incident.opened_at) + KEPT)},
                },
            }
        }
        try:
            self._dynamodb.transact_write_items(TransactItems=[remember, keep])
        except ClientError as error:
            if code(error) != "TransactionCanceledException" or not OVERTAKEN & set(_reasons(error)):
                raise
            raise Overtaken(incident.resource) from error
        return newer

    def incident(self, environment: str, identity: str) -> tuple[Incident, str] | None:
        """The incident as it now stands, and the state that on-call was last told of (empty: none)."""
        key: dict[str, AttributeValueTypeDef] = {"environment": {"S": environment}, "id": {"S": identity}}
        item = self._dynamodb.get_item(TableName=self._table, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            return None
        told = item["told"]["S"] if "told" in item else ""
        return msgspec.json.decode(item["incident"]["S"], type=Incident), told

    def newest(self, environment: str, count: int) -> list[Incident]:
        """The latest ``count`` incidents of an environment, the newest first."""
        answer = self._dynamodb.query(
            TableName=self._table,
            KeyConditionExpression="environment = :environment AND begins_with(id, :begins)",
            ExpressionAttributeValues={":environment": {"S": environment}, ":begins": {"S": f"{environment}-"}},
            ScanIndexForward=False,
            Limit=count,
        )
        return [msgspec.json.decode(item["incident"]["S"], type=Incident) for item in answer["Items"]]

    def complete(self, before: Incident, after: Incident) -> bool:
        """Keep what was learnt of an incident, unless somebody has written to it since it was read."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"environment": {"S": before.environment}, "id": {"S": before.id}},
                UpdateExpression="SET incident = :after",
                ConditionExpression="incident = :before",
                ExpressionAttributeValues={
                    ":before": {"S": msgspec.json.encode(before).decode()},
                    ":after": {"S": msgspec.json.encode(after).decode()},
                },
            )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def claim(self, incident: Incident, now: float) -> bool:
        """Whether the caller, and nobody else for ``TELLING`` seconds, is to tell on-call of the incident's state."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key={"environment": {"S": incident.environment}, "id": {"S": incident.id}},
                UpdateExpression="SET telling = :until",
                ConditionExpression="(attribute_not_exists(told) OR told <> :state) "
                "AND (attribute_not_exists(telling) OR telling < :now)",
                ExpressionAttributeValues={
                    ":state": {"S": incident.state},
                    ":now": {"N": str(now)},
                    ":until": {"N": str(now + TELLING)},
                },
            )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def told(self, incident: Incident) -> None:
        """Remember that on-call was told of the incident in its present state."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key={"environment": {"S": incident.environment}, "id": {"S": incident.id}},
            UpdateExpression="SET told = :state REMOVE telling",
            ExpressionAttributeValues={":state": {"S": incident.state}},
        )


def _watch_key(environment: str, path: str, concern: str) -> "dict[str, AttributeValueTypeDef]":
    return {"environment": {"S": environment}, "id": {"S": f"watch#{path}#{concern}"}}


def _reasons(error: ClientError) -> list[str]:
    """Why DynamoDB cancelled a transaction, item by item ("TransactWriteItems", DynamoDB API reference)."""
    reasons = error.response.get("CancellationReasons", [])
    return [reason.get("Code", "") for reason in reasons] or [word for word in OVERTAKEN if word in str(error)]
