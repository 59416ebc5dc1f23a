"""A database's own ways: what RDS does by itself, what waits, what opens it, and how it goes."""

from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto.rds.models import DBInstance, RDSBackend, rds_backends

from holdfast.aws.clients import Clients
from holdfast.aws.rds.db_instance import DbInstance
from holdfast.core.manifest import properties
from holdfast.core.reconcile import check
from holdfast.core.resource import Change
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.calls import refusing
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.subject import Subject

KIND = "AWS::RDS::DBInstance"


@pytest.fixture
def database(clients: Clients) -> Subject:
    return Subject.standing(clients, KIND)


def _shown(**attributes: Any) -> DBInstance:
    """The instance as moto shows it, with ``attributes`` that RDS would have set."""
    instance: DBInstance = rds_backends["123456789012"]["eu-west-1"].databases["atlas"]
    for name, value in attributes.items():
        setattr(instance, name, value)
    return instance


def _modify(clients: Clients, **members: Any) -> None:
    clients.rds.modify_db_instance(DBInstanceIdentifier="atlas", ApplyImmediately=True, **members)


@pytest.mark.parametrize("grown", [{"allocated_storage": 300}, {"engine_version": "17.9"}])
def test_what_rds_goes_on_to_by_itself_is_no_drift(database: Subject, grown: dict[str, Any]) -> None:
    _shown(**grown)
    assert check(database.resource).holds


@pytest.mark.parametrize("status", ["creating", "backing-up", "modifying", "upgrading", "deleting", "rebooting"])
def test_while_rds_is_at_work_it_is_waited_for(database: Subject, status: str) -> None:
    _shown(status=status)
    observed = check(database.resource).observed
    assert observed is not None
    assert observed.wait > 0
    assert observed.going is (status == "deleting")


@pytest.mark.parametrize("status", ["failed", "incompatible-parameters", "storage-full", "stopped"])
def test_what_does_not_pass_by_itself_needs_a_person_who_is_told_what_to_do(database: Subject, status: str) -> None:
    _shown(status=status)
    with pytest.raises(NeedsHuman, match=f"{status}: .+"):
        check(database.resource)


def test_full_database_is_given_the_storage_that_is_asked_for(database: Subject) -> None:
    _shown(status="storage-full")
    database.change_promise(allocated_storage=200)
    drift = check(database.resource).drift
    assert [change.path for change in drift] == ["AllocatedStorage"]


def test_change_that_waits_for_the_window_and_was_not_ours_is_drift(clients: Clients, database: Subject) -> None:
    _shown(pending_modified_values={"DBInstanceClass": "db.t4g.micro"})
    assert [change.found for change in check(database.resource).drift] == ["db.t4g.micro"]


def test_change_of_ours_that_is_under_way_is_waited_for(database: Subject) -> None:
    _shown(db_instance_class="db.t4g.micro", pending_modified_values={"DBInstanceClass": "db.m7g.large"})
    checked = check(database.resource)
    assert checked.drift == ()
    assert checked.observed is not None
    assert checked.observed.wait > 0


def test_what_stands_open_is_closed_in_a_call_of_its_own(clients: Clients, database: Subject) -> None:
    """RDS refuses a call as a whole: storage that may not grow yet must not keep the database public."""
    _modify(clients, PubliclyAccessible=True, MultiAZ=False)
    checked = check(database.resource)
    assert checked.observed is not None
    assert database.resource.update(checked.observed, checked.drift) == ("ModifyDBInstance PubliclyAccessible",)
    assert [change.path for change in check(database.resource).drift] == ["MultiAZ"]


def test_who_shuts_a_door_does_not_bring_about_what_waits_for_the_window(
    clients: Clients, database: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ "Immediately" is of all that is pending: what is open goes without it, the rest takes its own change along."""
    _modify(clients, PubliclyAccessible=True, MultiAZ=False)
    asked: list[dict[str, Any]] = []
    modify = clients.rds.modify_db_instance

    def heard(**given: Any) -> Any:
        asked.append(given)
        return modify(**given)

    monkeypatch.setattr(clients.rds, "modify_db_instance", heard)
    database.bring_back()
    assert [(sorted(one)[2:], one["ApplyImmediately"]) for one in asked] == [
        (["PubliclyAccessible"], False),
        (["MultiAZ"], True),
    ]


def test_read_replica_that_somebody_made_needs_a_human_once_all_else_is_shut(
    clients: Clients, database: Subject
) -> None:
    clients.rds.create_db_instance_read_replica(
        DBInstanceIdentifier="theirs", SourceDBInstanceIdentifier="atlas", DBInstanceClass="db.t3.micro"
    )
    _modify(clients, PubliclyAccessible=True)
    checked = check(database.resource)
    assert checked.observed is not None
    with pytest.raises(NeedsHuman, match=r"read replica of it \(theirs\)"):
        database.resource.update(checked.observed, checked.drift)
    assert [change.path for change in check(database.resource).drift] == ["ReadReplicaDBInstanceIdentifiers"]


def test_password_that_somebody_keeps_is_given_back_to_rds(clients: Clients, database: Subject) -> None:
    before = database.physical["MasterUserSecretArn"]
    _modify(clients, ManageMasterUserPassword=False, MasterUserPassword="not-a-secret")
    assert [change.path for change in check(database.resource).drift] == ["ManageMasterUserPassword"]
    database.bring_back()
    assert database.physical["MasterUserSecretArn"] != before, "the pods read the new one by reference"


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"allocated_storage": 50}, "AllocatedStorage is 100, asked for 50: it can only grow"),
        ({"engine_version": "18"}, "EngineVersion is 17, asked for 18"),
        ({"kms_key_id": "another"}, "KmsKeyId is"),
    ],
)
def test_what_cannot_be_done_in_place_is_refused_beforehand(clients: Clients, asked: dict[str, Any], said: str) -> None:
    stands = Subject(clients, KIND, SPECIMENS[KIND].promise(clients))
    wanted = Subject(clients, KIND, stands.promised)
    wanted.change_promise(**asked)
    (refusal,) = DbInstance.refusals(properties(stands.promised), properties(wanted.promised))
    assert refusal.startswith(said)


@pytest.mark.parametrize("size", [100, 105, 400])
def test_storage_may_stay_or_grow(clients: Clients, size: int) -> None:
    stands = Subject(clients, KIND, SPECIMENS[KIND].promise(clients))
    wanted = Subject(clients, KIND, stands.promised)
    wanted.change_promise(allocated_storage=size)
    assert not [*DbInstance.refusals(properties(stands.promised), properties(wanted.promised))]


def test_strangers_database_of_the_same_name_is_left_alone(clients: Clients) -> None:
    clients.rds.create_db_instance(
        DBInstanceIdentifier="atlas",
        DBInstanceClass="db.t3.micro",
        Engine="postgres",
        MasterUsername="somebody",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=20,
    )
    subject = Subject(clients, KIND, SPECIMENS[KIND].promise(clients))
    with pytest.raises(NeedsHuman, match="the database atlas is somebody else's"):
        subject.bring_back()


def test_it_goes_with_a_last_snapshot_that_bears_its_own_name(clients: Clients, database: Subject) -> None:
    database.delete()
    (snapshot,) = clients.rds.describe_db_snapshots()["DBSnapshots"]
    assert snapshot["DBSnapshotIdentifier"] == "atlas-final-m5enshxfpu6xhz4g4zei5qio2u"
    assert snapshot["DBInstanceIdentifier"] == "atlas"


def test_key_whose_tags_kms_does_not_see_yet_is_come_back_to(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> None:
    denied = ClientError({"Error": {"Code": "KMSKeyNotAccessibleFault", "Message": "denied"}}, "CreateDBInstance")

    def refuse(**_: object) -> None:
        raise denied

    subject = Subject(clients, KIND, SPECIMENS[KIND].promise(clients))
    monkeypatch.setattr(clients.rds, "create_db_instance", refuse)
    with pytest.raises(ComeBackLater, match="does not see the tags of the new key"):
        subject.bring_back()


def test_change_that_rds_gave_up_on_is_told_with_its_reason(
    clients: Clients, database: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = [("failure", "There is no capacity for db.m7g.large"), ("backup", "Finished a backup")]
    asked = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)

    def described(backend: RDSBackend, source_identifier: str, source_type: str, start_time: Any, **_: Any) -> Any:
        """moto makes no events of this kind, and knows neither times nor categories."""
        assert (source_identifier, source_type) == ("atlas", "db-instance")
        assert start_time.replace(tzinfo=UTC) == asked
        return [
            {"SourceIdentifier": "atlas", "Message": message, "EventCategories": [category]}
            for category, message in told
        ]

    assert database.resource.gave_up(asked.timestamp()) == ""
    monkeypatch.setattr(RDSBackend, "describe_events", described)
    assert database.resource.gave_up(asked.timestamp()) == "There is no capacity for db.m7g.large"


@pytest.mark.parametrize(("status", "trouble"), [("backing-up", ComeBackLater), ("available", ClientError)])
def test_what_rds_began_since_it_was_looked_at_passes_and_another_refusal_does_not(
    clients: Clients, database: Subject, status: str, trouble: type[Exception]
) -> None:
    resource = database.resource
    observed = resource.observe()
    assert observed is not None
    _shown(status=status)
    refused = refusing(clients.rds, "ModifyDBInstance", "InvalidDBInstanceState", "Instance is not available")
    with refused, pytest.raises(trouble):
        resource.update(observed, (Change(path="PubliclyAccessible", promised=False, found=True),))
