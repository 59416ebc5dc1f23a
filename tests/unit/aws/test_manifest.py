"""The manifest, in DynamoDB and in memory: the tests that build in memory lean on both keeping the same promises."""

import pytest

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.vpc import VpcState
from holdfast.aws.tables.manifest import INDEX, ManifestTable
from holdfast.core.manifest import Declared, Lease, Manifest
from holdfast.core.trouble import NeedsHuman
from tests.support.memory import MemoryManifest

OLDER, NEWER = Lease("atlas", "first", 1), Lease("atlas", "second", 2)
NOW = 1_700_000_000.0


def _now() -> float:
    return NOW


def _table(clients: Clients) -> ManifestTable:
    clients.dynamodb.create_table(
        TableName="manifest",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": name, "AttributeType": "S"} for name in ("environment", "path", "physical_id")
        ],
        KeySchema=[{"AttributeName": "environment", "KeyType": "HASH"}, {"AttributeName": "path", "KeyType": "RANGE"}],
        GlobalSecondaryIndexes=[
            {
                "IndexName": INDEX,
                "KeySchema": [{"AttributeName": "physical_id", "KeyType": "HASH"}],
                "Projection": {"ProjectionType": "ALL"},
            }
        ],
    )
    return ManifestTable(clients.dynamodb, "manifest", _now)


@pytest.fixture(params=[_table, lambda _: MemoryManifest(_now)], ids=["DynamoDB", "memory"])
def manifest(request: pytest.FixtureRequest, clients: Clients) -> Manifest:
    made: Manifest = request.param(clients)
    return made


def _line(cidr: str = "10.20.0.0/16") -> Declared:
    desired = VpcState(cidr_block=cidr, enable_dns_support=True, enable_dns_hostnames=True)
    return Declared("AWS::EC2::VPC", "vpc", desired)


def test_what_is_proposed_is_promised_once_the_layer_is_verified(manifest: Manifest) -> None:
    record = manifest.propose(OLDER, "network", [_line()])["network/vpc"]
    assert (record.next, record.desired) == (_line().properties, None)
    manifest.promise(OLDER, "network")
    record = manifest.records("atlas")["network/vpc"]
    assert (record.next, record.desired) == (None, _line().properties)


def test_same_again_proposes_nothing_and_a_change_leaves_the_promise_until_it_is_verified(manifest: Manifest) -> None:
    manifest.propose(OLDER, "network", [_line()])
    manifest.promise(OLDER, "network")
    assert manifest.propose(OLDER, "network", [_line()])["network/vpc"].next is None
    record = manifest.propose(OLDER, "network", [_line("10.30.0.0/16")])["network/vpc"]
    assert (record.next, record.desired) == (_line("10.30.0.0/16").properties, _line().properties)


def test_promise_is_the_layers_own(manifest: Manifest) -> None:
    manifest.propose(OLDER, "network", [_line()])
    manifest.promise(OLDER, "keys")
    assert manifest.records("atlas")["network/vpc"].desired is None


def test_call_that_was_not_made_is_no_try_and_its_time_stays(manifest: Manifest) -> None:
    record = manifest.propose(OLDER, "network", [_line()])["network/vpc"]
    record = manifest.spare(OLDER, manifest.intend(OLDER, manifest.intend(OLDER, record)))
    kept = manifest.records("atlas")["network/vpc"]
    assert kept == record
    assert (kept.tried(OLDER.fence), kept.intent) == (1, NOW)


def test_intent_and_ids_are_kept(manifest: Manifest) -> None:
    record = manifest.propose(OLDER, "network", [_line()])["network/vpc"]
    record = manifest.learn(manifest.intend(OLDER, record), {"id": "vpc-1"})
    kept = manifest.records("atlas")["network/vpc"]
    assert kept == record
    assert (kept.intent, kept.physical) == (NOW, {"id": "vpc-1"})
    assert kept.next == _line().properties, "learning an id changes no promise"


def test_older_builder_can_write_no_more(manifest: Manifest) -> None:
    record = manifest.propose(OLDER, "network", [_line()])["network/vpc"]
    manifest.propose(NEWER, "network", [_line()])
    for write in (
        lambda: manifest.propose(OLDER, "network", [_line("10.30.0.0/16")]),
        lambda: manifest.intend(OLDER, record),
        lambda: manifest.promise(OLDER, "network"),
    ):
        with pytest.raises(NeedsHuman, match="another build has taken over"):
            write()
    kept = manifest.records("atlas")["network/vpc"]
    assert (kept.next, kept.desired, kept.intent) == (_line().properties, None, 0.0)


def test_environments_are_apart(manifest: Manifest) -> None:
    manifest.propose(OLDER, "network", [_line()])
    assert manifest.records("atlas-2") == {}


def test_what_was_forgotten_does_not_come_back_half(manifest: Manifest) -> None:
    """A restorer, or a builder that lost its lease, may still be at work on it when a teardown forgets it."""
    record = manifest.propose(OLDER, "network", [_line()])["network/vpc"]
    manifest.forget(NEWER, record)
    assert manifest.learn(record, {"id": "vpc-1"}).physical == {"id": "vpc-1"}
    assert manifest.learn(record, {}).physical == {}
    with pytest.raises(NeedsHuman, match="another build has taken over"):
        manifest.intend(OLDER, record)
    assert manifest.records("atlas") == {}
