"""What the manifest's table does beside its promises: whose an id is, what people can read, what a conflict becomes.

The promises that it shares with the manifest in memory are in tests/unit/aws/test_manifest.py.
"""

import pytest

from holdfast.aws.clients import Clients
from holdfast.core.manifest import Declared, Lease
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.calls import refusing
from tests.support.simulated import Part
from tests.unit.tables.conftest import MANIFEST, Tables

OLDER, NEWER = Lease("atlas", "first", 1), Lease("atlas", "second", 2)


def _line(name: str = "vpc", size: int = 1) -> Declared:
    return Declared("AWS::EC2::VPC", name, Part(size=size, tags={"Name": name}))


def test_id_leads_to_the_record_that_it_belongs_to(tables: Tables) -> None:
    manifest = tables.manifest
    records = manifest.propose(OLDER, "network", [_line("vpc"), _line("subnet")])
    learned = manifest.learn(records["network/vpc"], {"id": "vpc-1", "Arn": "arn:of:vpc-1"})
    assert manifest.owners("vpc-1") == [learned]
    assert manifest.owners("vpc-2") == [], "what is not ours has no record, and so no call to anything"


def test_environments_are_those_that_have_a_record(tables: Tables) -> None:
    assert tables.manifest.every_environment() == set()
    for name in ("atlas", "borealis", "atlas"):
        tables.manifest.propose(Lease(name, "first", 1), "layer", [_line("one"), _line("another")])
    assert tables.manifest.every_environment() == {"atlas", "borealis"}


def test_resource_that_came_back_under_a_new_id_is_found_by_that_alone(tables: Tables) -> None:
    manifest = tables.manifest
    record = manifest.propose(OLDER, "network", [_line()])["network/vpc"]
    manifest.learn(manifest.learn(record, {"id": "vpc-1"}), {"id": "vpc-2"})
    assert manifest.owners("vpc-1") == []
    assert [one.physical for one in manifest.owners("vpc-2")] == [{"id": "vpc-2"}]


def test_what_is_gone_is_forgotten(tables: Tables) -> None:
    manifest = tables.manifest
    record = manifest.propose(OLDER, "network", [_line()])["network/vpc"]
    forgotten = manifest.learn(manifest.learn(record, {"id": "vpc-1"}), {})
    assert manifest.records("atlas")["network/vpc"] == forgotten
    assert (forgotten.physical, manifest.owners("vpc-1")) == ({}, [])


def test_two_environments_may_own_the_same_id(tables: Tables) -> None:
    """What AWS names after nothing of ours (a service-linked role) belongs to all that need it."""
    for lease in (OLDER, Lease("borealis", "other", 1)):
        record = tables.manifest.propose(lease, "identity", [_line("role")])["identity/role"]
        tables.manifest.learn(record, {"id": "AWSServiceRoleForAutoScaling"})
    owners = tables.manifest.owners("AWSServiceRoleForAutoScaling")
    assert sorted(one.environment for one in owners) == ["atlas", "borealis"]


def test_learning_an_id_needs_no_lease_and_changes_no_promise(tables: Tables) -> None:
    """The restorer, too, may write physical ids, and nothing else."""
    manifest = tables.manifest
    record = manifest.propose(OLDER, "network", [_line()])["network/vpc"]
    manifest.propose(NEWER, "network", [_line(size=2)])
    manifest.learn(record, {"id": "vpc-1"})
    kept = manifest.records("atlas")["network/vpc"]
    assert (kept.next, kept.fence, kept.physical) == (_line(size=2).properties, 2, {"id": "vpc-1"})


def test_promise_of_an_older_builder_is_refused_as_a_whole(tables: Tables) -> None:
    manifest = tables.manifest
    manifest.propose(OLDER, "network", [_line("vpc"), _line("subnet")])
    manifest.propose(NEWER, "network", [_line("vpc")])
    with pytest.raises(NeedsHuman, match="another build has taken over from first"):
        manifest.promise(OLDER, "network")
    assert not [one for one in manifest.records("atlas").values() if one.desired], "all of it or none"


def test_proposal_of_an_older_builder_is_refused_even_if_it_says_the_same(tables: Tables) -> None:
    tables.manifest.propose(NEWER, "network", [_line()])
    with pytest.raises(NeedsHuman, match="another build has taken over"):
        tables.manifest.propose(OLDER, "network", [_line()])


def test_some_answers_with_those_that_exist(tables: Tables) -> None:
    tables.manifest.propose(OLDER, "network", [_line("vpc"), _line("subnet"), _line("other")])
    found = tables.manifest.some("atlas", ["network/vpc", "network/subnet", "network/missing"])
    assert set(found) == {"network/vpc", "network/subnet"}
    assert tables.manifest.some("atlas", []) == {}


def test_environment_that_fills_more_than_a_page_is_read_whole(tables: Tables) -> None:
    """Query answers with at most 1 MB ("Query", DynamoDB API reference)."""
    fat = {f"key-{number}": "x" * 250 for number in range(50)}
    for layer in ("one", "two", "three"):
        lines = [Declared("AWS::EC2::VPC", f"r{number}", Part(tags=fat)) for number in range(40)]
        tables.manifest.propose(OLDER, layer, lines)
    assert len(tables.manifest.records("atlas")) == 120


def test_conflict_of_two_writers_is_a_matter_of_waiting(tables: Tables, clients: Clients) -> None:
    reasons = "Transaction cancelled, please refer cancellation reasons for specific reasons [TransactionConflict]"
    with (
        refusing(clients.dynamodb, "TransactWriteItems", "TransactionCanceledException", reasons),
        pytest.raises(ComeBackLater, match="manifest of atlas is being written"),
    ):
        tables.manifest.propose(OLDER, "network", [_line()])


def test_what_is_kept_can_be_read_by_people(tables: Tables) -> None:
    record = tables.manifest.propose(OLDER, "network", [_line()])["network/vpc"]
    tables.manifest.learn(record, {"id": "vpc-1"})
    item = tables.dynamodb.get_item(
        TableName=MANIFEST, Key={"environment": {"S": "atlas"}, "path": {"S": "network/vpc"}}
    )["Item"]
    assert item["next"]["S"] == '{"Parent":"","Peers":[],"Size":1,"Tags":{"Name":"vpc"}}', "sorted, so that two compare"
    assert item["physical_id"]["S"] == "vpc-1"
