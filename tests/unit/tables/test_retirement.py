"""The last word of a teardown, over what it and earlier ones have written down."""

from holdfast.aws.clients import Clients
from holdfast.core.demolition import Fate
from holdfast.environment import build
from holdfast.environment.retirement import attest
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
