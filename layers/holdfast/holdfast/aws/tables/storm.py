"""How many alerts a minute has seen, so that the 21st and all after it become one digest (the incidents table).

Each severity has a count of its own: whoever makes twenty harmless drifts first does not have the page of the next one,
for which a person is needed, put off by a minute.
"""

from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from holdfast.aws.resource import code
from holdfast.aws.tables.incidents import TELLING

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

LIMIT: Final = 20
"""Alerts a minute, of each severity, that on-call reads one by one."""
KEPT: Final = 24 * 3600


class StormTable:
    """Counts by environment and minute."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self._dynamodb = dynamodb
        self._table = table

    def counted(self, environment: str, minute: int, severity: str, incident: str) -> int:
        """Count one alert of ``minute`` (since the epoch), and list the incident if it is over the limit."""
        alerts = f"alerts_{severity}"
        answer = self._add(environment, minute, alerts, {"N": "1"})
        count = int(answer[alerts]["N"])
        if count > LIMIT:
            self._add(environment, minute, "digested", {"SS": [incident]})
        return count

    def digested(self, environment: str, minute: int) -> list[str]:
        """The incidents of a minute that a digest must name."""
        item = self._dynamodb.get_item(TableName=self._table, Key=_key(environment, minute), ConsistentRead=True)
        return sorted(item["Item"]["digested"]["SS"]) if "digested" in item.get("Item", {}) else []

    def claim(self, environment: str, minute: int, now: float) -> bool:
        """Whether the caller, and nobody else for ``TELLING`` seconds, is to tell a digest that names something."""
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(environment, minute),
                UpdateExpression="SET telling = :until",
                ConditionExpression="attribute_exists(digested) AND (attribute_not_exists(telling) OR telling < :now)",
                ExpressionAttributeValues={":now": {"N": str(now)}, ":until": {"N": str(now + TELLING)}},
            )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            return False
        return True

    def told(self, environment: str, minute: int, listed: list[str]) -> None:
        """The digest named ``listed``: what was counted since is left for the next word that asks."""
        self._dynamodb.update_item(
            TableName=self._table,
            Key=_key(environment, minute),
            UpdateExpression="DELETE digested :listed REMOVE telling",
            ExpressionAttributeValues={":listed": {"SS": listed}},
        )

    def _add(
        self, environment: str, minute: int, name: str, value: "AttributeValueTypeDef"
    ) -> "dict[str, AttributeValueTypeDef]":
        """Add to a number or a set of the minute's item; what it is then."""
        answer = self._dynamodb.update_item(
            TableName=self._table,
            Key=_key(environment, minute),
            UpdateExpression=f"ADD {name} :value SET expires_at = :expires_at",
            ExpressionAttributeValues={":value": value, ":expires_at": {"N": str(minute * 60 + KEPT)}},
            ReturnValues="UPDATED_NEW",
        )
        return answer["Attributes"]


def _key(environment: str, minute: int) -> "dict[str, AttributeValueTypeDef]":
    return {"environment": {"S": environment}, "id": {"S": f"storm#{minute}"}}
