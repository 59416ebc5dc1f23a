"""What a teardown keeps of its order, and its last word, over what it and earlier ones have written down."""

import pytest

from holdfast.aws.clients import Clients
from holdfast.core.demolition import Fate
from holdfast.core.manifest import Lease
from holdfast.core.teardown import TeardownOrder
from holdfast.environment import build
from holdfast.environment.retirement import attest, retire
from tests.support.calls import refusing
from tests.unit.tables.conftest import Tables
from tests.unit.tables.test_environments import PLACE


def test_what_only_an_earlier_teardown_kept_is_told_no_more(clients: Clients, tables: Tables) -> None:
    role = Fate(path="identity/rds", kind="AWS::IAM::ServiceLinkedRole", id="rds", end="kept", why="data stands on it")
    bucket = Fate(path="object_storage/data_bucket", kind="AWS::S3::Bucket", id="data", end="deleted")
    for fate in (role, bucket):
        tables.environments.tell("atlas", fate)
    lease = tables.environments.take("atlas", "second", None, PLACE, {"name": "atlas"})
    account = attest(clients, build.Tables(tables.manifest, tables.environments), lease)
    assert [fate["path"] for fate in account.deleted] == [bucket.path]
    assert account.kept == []


def test_where_another_was_quicker_a_teardown_looks_again(clients: Clients, tables: Tables) -> None:
    """It may have been stopped meanwhile. Until it has the lease itself nothing is let go of."""
    ended = "arn:aws:states:eu-west-1:123456789012:execution:build:ended"
    tables.environments.take("atlas", ended, None, PLACE, {"name": "atlas"})
    order = TeardownOrder(name="atlas", confirm="atlas", delete_data=True)
    with refusing(clients.dynamodb, "PutItem", "ConditionalCheckFailedException", "The conditional request failed"):
        assert retire(clients, build.Tables(tables.manifest, tables.environments), order, "teardown") == 5
    held = tables.environments.held("atlas")
    assert held is not None
    assert held.execution == ended


@pytest.mark.parametrize("delete_data", [True, False])
def test_whether_data_goes_is_kept_with_the_teardowns_lease(
    clients: Clients, tables: Tables, *, delete_data: bool
) -> None:
    """What is sent to a function later cannot say otherwise, and the next build's lease does not inherit it."""
    ours, environments = build.Tables(tables.manifest, tables.environments), tables.environments
    ended = "arn:aws:states:eu-west-1:123456789012:execution:build:ended"
    assert not environments.held_by(environments.take("atlas", ended, None, PLACE, {"name": "atlas"})).delete_data
    order = TeardownOrder(name="atlas", confirm="atlas", delete_data=delete_data)
    lease = retire(clients, ours, order, "teardown")
    assert isinstance(lease, Lease)
    held = environments.held_by(lease)
    assert held.delete_data is delete_data
    assert not environments.held_by(environments.take("atlas", "next", held, PLACE, {"name": "atlas"})).delete_data
