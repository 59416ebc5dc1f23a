"""A table's own policy binds: role, user and root, by item, by transaction and by PartiQL; mended in gaps/dynamodb.py.

Page: "Authorization with IAM identity-based policies and DynamoDB resource-based policies"
(amazondynamodb/latest/developerguide/rbac-auth-iam-id-based-policies-DDB.html).
"""

import json
from typing import Any, Final
from uuid import uuid4

import pytest

from tests.local.accounts import Account, Clients, clients, refused
from tests.local.stacks import fault

TABLE: Final = "manifest"
ITEM: Final = {"pk": {"S": "1"}}
WRITES: Final = ["dynamodb:PutItem", "dynamodb:PartiQLInsert"]


def create_table(tables: Any) -> str:
    made = tables.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
    )
    return str(made["TableDescription"]["TableArn"])


class Guarded:
    """A table that only `admitted`, a role with a path, may write to; everyone's own policy allows all of DynamoDB."""

    def __init__(self) -> None:
        self.account = Account()
        self.root = self.account.root("dynamodb")
        self.arn = create_table(self.root)
        admitted = self.account.role("/holdfast/")
        self.admitted, self.other = self._session(admitted), self._session(self.account.role())
        statement = {"Effect": "Deny", "Principal": "*", "Action": WRITES, "Resource": "*"}
        condition = {"ArnNotEquals": {"aws:PrincipalArn": admitted}}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement | {"Condition": condition}]})
        self.root.put_resource_policy(ResourceArn=self.arn, Policy=policy)

    def _session(self, role: str) -> Any:
        allowed = {"Effect": "Allow", "Action": "dynamodb:*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [allowed]})
        name = role.rsplit("/", 1)[-1]
        self.account.root("iam").put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=document)
        key = self.account.root("sts").assume_role(RoleArn=role, RoleSessionName=uuid4().hex)["Credentials"]
        made: Clients = clients(key)
        return made("dynamodb")


@pytest.fixture(scope="module")
def guarded() -> Guarded:
    return Guarded()


def test_the_admitted_role_writes(guarded: Guarded) -> None:
    guarded.admitted.put_item(TableName=TABLE, Item=ITEM)
    guarded.admitted.execute_statement(Statement=f"INSERT INTO {TABLE} VALUE {{'pk': 'partiql'}}")


@pytest.mark.parametrize("who", ["other", "root"])
def test_nobody_else_writes_whatever_their_own_policy_says(guarded: Guarded, who: str) -> None:
    table = getattr(guarded, who)
    put = {"Put": {"TableName": TABLE, "Item": ITEM}}
    messages = [
        refused(table.put_item, TableName=TABLE, Item=ITEM),
        refused(table.transact_write_items, TransactItems=[put]),
        refused(table.execute_statement, Statement=f"INSERT INTO {TABLE} VALUE {{'pk': '2'}}"),
    ]
    assert all("explicit deny in a resource-based policy" in message for message in messages)


def test_what_the_policy_does_not_name_stays_as_it_was(guarded: Guarded) -> None:
    guarded.other.get_item(TableName=TABLE, Key=ITEM)
    guarded.other.execute_statement(Statement=f"SELECT * FROM {TABLE}")


def test_an_allow_admits_who_has_no_policy_of_their_own() -> None:
    account = Account()
    user = account.user({"Action": "sts:GetCallerIdentity", "Resource": "*"}, name="reader")
    table = account.root("dynamodb")
    arn = create_table(table)
    refused(user("dynamodb").get_item, TableName=TABLE, Key=ITEM)
    principal = {"AWS": account.arn("iam", "user/reader")}
    statement = {"Effect": "Allow", "Principal": principal, "Action": "dynamodb:GetItem", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    table.put_resource_policy(ResourceArn=arn, Policy=policy)
    user("dynamodb").get_item(TableName=TABLE, Key=ITEM)


def test_root_can_always_take_the_policy_away() -> None:
    guarded = Guarded()
    guarded.root.delete_resource_policy(ResourceArn=guarded.arn)
    guarded.root.put_item(TableName=TABLE, Item=ITEM)


def test_a_policy_goes_with_its_table() -> None:
    guarded = Guarded()
    guarded.root.delete_table(TableName=TABLE)
    create_table(guarded.root)
    assert fault(guarded.root.get_resource_policy, ResourceArn=guarded.arn) == "PolicyNotFoundException"
