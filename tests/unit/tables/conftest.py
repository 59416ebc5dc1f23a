"""Holdfast's own tables in moto, with keys and indexes as the template has them."""

from typing import TYPE_CHECKING, Final, NamedTuple

import pytest

from holdfast.aws.clients import Clients
from holdfast.aws.tables.environments import EnvironmentsTable
from holdfast.aws.tables.incidents import IncidentsTable
from holdfast.aws.tables.manifest import ManifestTable
from holdfast.aws.tables.storm import StormTable
from tests.static.stack import stack
from tests.support.life import Clock

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SHAPE: Final = ("TableName", "BillingMode", "AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")
MANIFEST, ENVIRONMENTS, INCIDENTS = "holdfast-manifest", "holdfast-environments", "holdfast-incidents"


class Tables(NamedTuple):
    """``clock`` is theirs."""

    dynamodb: "DynamoDBClient"
    clock: Clock

    @property
    def manifest(self) -> ManifestTable:
        return ManifestTable(self.dynamodb, MANIFEST, self.clock)

    @property
    def environments(self) -> EnvironmentsTable:
        return EnvironmentsTable(self.dynamodb, ENVIRONMENTS, self.clock)

    @property
    def incidents(self) -> IncidentsTable:
        return IncidentsTable(self.dynamodb, INCIDENTS)

    @property
    def storm(self) -> StormTable:
        return StormTable(self.dynamodb, INCIDENTS)


@pytest.fixture
def tables(clients: Clients) -> Tables:
    for properties in stack().of_type("AWS::DynamoDB::Table").values():
        clients.dynamodb.create_table(**{name: properties[name] for name in SHAPE if name in properties})
    return Tables(clients.dynamodb, Clock())
