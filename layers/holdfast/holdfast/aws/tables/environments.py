"""Environments in DynamoDB: a part ``lease`` each, ``evidence#<layer>``, and ``fate#<path>`` of what was taken down.

The lease names the execution that may build. It is dead when Step Functions says that the execution no longer runs and
none of its functions is still at work: each says so (``busy``) before it begins and when it ends. So a build can go on
at once after another was stopped; only a killed function makes it wait, for no longer than that function's timeout.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.resource import code
from holdfast.core.demolition import Fate
from holdfast.core.evidence import Evidence
from holdfast.core.manifest import Lease
from holdfast.core.site import Place
from holdfast.core.trouble import ComeBackLater, taken_over

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

LEASE: Final = "lease"
EVIDENCE: Final = "evidence#"
FATE: Final = "fate#"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A lease as it stands: ``busy`` maps a layer to the time (epoch) when its function will have ended for sure.

    ``delete_data`` is what a teardown was told by its user.
    """

    execution: str
    fence: int
    busy: dict[str, float]
    place: Place
    spec: dict[str, object]
    delete_data: bool = False


class EnvironmentsTable:
    """Leases, and what is known of each environment."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str, now: Callable[[], float]) -> None:
        self._dynamodb = dynamodb
        self._table = table
        self._now = now

    def held(self, environment: str) -> Held | None:
        """The newest lease of the environment, None before the first build."""
        answer = self._dynamodb.get_item(TableName=self._table, Key=_key(environment, LEASE), ConsistentRead=True)
        item = answer.get("Item")
        if item is None:
            return None
        return Held(
            execution=item["execution"]["S"],
            fence=int(item["fence"]["N"]),
            busy={name: float(until["N"]) for name, until in item["busy"]["M"].items()},
            place=msgspec.json.decode(item["place"]["S"], type=Place),
            spec=msgspec.json.decode(item["spec"]["S"], type=dict[str, object]),
            delete_data="delete_data" in item and item["delete_data"]["BOOL"],
        )

    def held_by(self, lease: Lease) -> Held:
        """What ``lease`` holds. Raises ``NeedsHuman`` if it is not the newest, or not that execution's."""
        held = self.held(lease.environment)
        if held is None or (held.execution, held.fence) != (lease.execution, lease.fence):
            raise taken_over(lease.environment, lease.execution, held.execution if held is not None else "")
        return held

    def names(self) -> list[str]:
        """All environments that were ever built. A table holds some twenty small items of each: it is read whole."""
        pages = self._dynamodb.get_paginator("scan").paginate(
            TableName=self._table,
            FilterExpression="part = :lease",
            ProjectionExpression="environment",
            ExpressionAttributeValues={":lease": {"S": LEASE}},
            ConsistentRead=True,
        )
        return sorted(item["environment"]["S"] for page in pages for item in page["Items"])

    def take(
        self,
        environment: str,
        execution: str,
        after: Held | None,
        place: Place,
        spec: object,
        *,
        delete_data: bool = False,
    ) -> Lease:
        """Take the lease that ``after`` held; the same execution gets the same fence again.

        Raises ``ComeBackLater`` if somebody else was quicker.
        """
        if after is not None and after.execution == execution:
            return Lease(environment, execution, after.fence)
        fence = after.fence + 1 if after is not None else 1
        try:
            self._dynamodb.put_item(
                TableName=self._table,
                Item=_key(environment, LEASE)
                | {
                    "execution": {"S": execution},
                    "fence": {"N": str(fence)},
                    "busy": {"M": {}},
                    "place": {"S": msgspec.json.encode(place).decode()},
                    "spec": {"S": msgspec.json.encode(spec).decode()},
                    "delete_data": {"BOOL": delete_data},
                    "taken_at": {"N": str(self._now())},
                },
                ConditionExpression="attribute_not_exists(fence) OR fence = :before",
                ExpressionAttributeValues={":before": {"N": str(fence - 1)}},
            )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            raise ComeBackLater(f"another build of {environment} began just now", 5) from error
        return Lease(environment, execution, fence)

    def at_work(self, lease: Lease, layer: str, until: float) -> None:
        """Say that a function works on ``layer`` until it ends, at ``until`` (epoch) at the latest."""
        self._mark(lease, "SET busy.#layer = :until", layer, {":until": {"N": str(until)}})

    def done(self, lease: Lease, layer: str) -> None:
        """Say that the function has ended."""
        self._mark(lease, "REMOVE busy.#layer", layer, {})

    def keep(self, evidence: Evidence) -> None:
        """Keep the newest evidence of a layer."""
        self._dynamodb.put_item(
            TableName=self._table,
            Item=_key(evidence.environment, EVIDENCE + evidence.layer)
            | {"evidence": {"S": msgspec.json.encode(evidence, order="sorted").decode()}},
        )

    def evidence(self, environment: str) -> dict[str, Evidence]:
        """The newest evidence by layer."""
        items = self._parts(environment, EVIDENCE)
        found = [msgspec.json.decode(item["evidence"]["S"], type=Evidence) for item in items]
        return {evidence.layer: evidence for evidence in found}

    def tell(self, environment: str, fate: Fate) -> None:
        """Keep what became of a resource."""
        item = _key(environment, FATE + fate.path) | {"fate": {"S": msgspec.json.encode(fate).decode()}}
        self._dynamodb.put_item(TableName=self._table, Item=item)

    def fates(self, environment: str) -> list[Fate]:
        """What became of the environment's resources since its last build."""
        return [msgspec.json.decode(item["fate"]["S"], type=Fate) for item in self._parts(environment, FATE)]

    def forget_fates(self, environment: str) -> None:
        """It is built again: what is kept is no longer what a teardown left."""
        self._delete(environment, FATE)

    def forget_evidence(self, environment: str) -> None:
        """Nothing of it stands that the evidence could speak of."""
        self._delete(environment, EVIDENCE)

    def _parts(self, environment: str, prefix: str) -> "list[dict[str, AttributeValueTypeDef]]":
        pages = self._dynamodb.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="environment = :environment AND begins_with(part, :prefix)",
            ExpressionAttributeValues={":environment": {"S": environment}, ":prefix": {"S": prefix}},
            ConsistentRead=True,
        )
        return [item for page in pages for item in page["Items"]]

    def _delete(self, environment: str, prefix: str) -> None:
        for item in self._parts(environment, prefix):
            self._dynamodb.delete_item(TableName=self._table, Key=_key(environment, item["part"]["S"]))

    def _mark(self, lease: Lease, expression: str, layer: str, values: "dict[str, AttributeValueTypeDef]") -> None:
        try:
            self._dynamodb.update_item(
                TableName=self._table,
                Key=_key(lease.environment, LEASE),
                UpdateExpression=expression,
                ConditionExpression="fence = :fence",
                ExpressionAttributeNames={"#layer": layer},
                ExpressionAttributeValues=values | {":fence": {"N": str(lease.fence)}},
            )
        except ClientError as error:
            if code(error) != "ConditionalCheckFailedException":
                raise
            held = self.held(lease.environment)
            raise taken_over(lease.environment, lease.execution, held.execution if held is not None else "") from error


def _key(environment: str, part: str) -> "dict[str, AttributeValueTypeDef]":
    return {"environment": {"S": environment}, "part": {"S": part}}
