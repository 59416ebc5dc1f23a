"""An environment is taken down as its user says: all but the data, or all; what is left is told, and a neighbour stays.

What fails here is mended in layers/holdfast/holdfast/core/demolition.py, environment/retirement.py and
state_machines/teardown.asl.yaml.
"""

import json
import re
import shlex
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import pytest
from botocore.exceptions import ClientError

from tests.support.bus import drained
from tests.support.cloud import Application, Caller, Calls, Json, root, writes
from tests.support.drifts import ANYWHERE, Hands, opened
from tests.support.environments import LAYERS, Environment, rules
from tests.support.tagged import tagged, untagged
from tests.support.waiting import until
from tests.system.conftest import First

if TYPE_CHECKING:
    from mypy_boto3_backup import BackupClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_rds import RDSClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

BUCKETS: Final = ("object_storage/access_log_bucket", "object_storage/data_bucket")
DATA: Final = {"database/instance", "file_storage/file_system", *BUCKETS}
KEYS: Final = {"keys/cluster", "keys/data", "keys/logs"}
STANDS_ON: Final = {
    "database/subnet_group",
    "file_storage/backup_vault",
    "network/private_subnet_1",
    "network/private_subnet_2",
    "network/private_subnet_3",
    "network/vpc",
    "object_storage/access_log_bucket_policy",
    "object_storage/data_bucket_policy",
    "security_groups/database",
}
"""Some of what data cannot do without."""
LEFT: Final = {"file_storage/backup_vault", "keys/data"}
"""By which the database's final snapshot and the file system's backup can be read."""
RUNNING: Final = set(LAYERS) - {
    "database",
    "file_storage",
    "identity",
    "keys",
    "network",
    "object_storage",
    "security_groups",
}
"""The layers of which nothing holds data, and on which none stands."""
ACCOUNTS: Final = "_service_role"
"""How the names of the account's own roles end, which an environment only makes sure of."""


class Down(NamedTuple):
    """The manifest before, and the teardown's own account of what became of each line."""

    before: dict[str, Json]
    account: Json

    def ended(self, end: str) -> dict[str, Json]:
        return {fate["path"]: fate for fate in self.account[end]}


class Neighbour(NamedTuple):
    """Its name begins with the other's. ``tagged`` and ``records`` are as they were before anything was taken down."""

    environment: Environment
    tagged: dict[str, str]
    records: dict[str, Json]


@pytest.fixture(scope="module")
def doomed(first: First) -> Environment:
    return first.environment


@pytest.fixture(scope="module")
def neighbour(doomed: Environment, beside: Environment) -> Neighbour:
    assert beside.name.startswith(doomed.name)
    beside.require_whole()
    return Neighbour(beside, tagged(beside.name), beside.records())


@pytest.fixture(scope="module")
def without_data(doomed: Environment, neighbour: Neighbour) -> Down:
    """Taken down but for its data, of which there is some."""
    before = doomed.records()
    s3: S3Client = root.client("s3")
    s3.put_object(Bucket=before["object_storage/data_bucket"]["physical"]["id"], Key="a", Body=b"kept")
    return Down(before, doomed.require_torn_down(delete_data=False))


@pytest.fixture(scope="module")
def with_data(doomed: Environment, neighbour: Neighbour) -> Down:
    """Taken down with its data."""
    return Down(doomed.records(), doomed.require_torn_down(delete_data=True))


def test_a_confirm_that_is_not_the_name_touches_nothing(
    doomed: Environment, neighbour: Neighbour, application: Application
) -> None:
    before, calls = (doomed.records(), tagged(doomed.name)), Calls(*application.functions)
    ended = doomed.torn_down(delete_data=True, confirm=neighbour.environment.name)
    assert (ended["status"], ended["error"]) == ("FAILED", "WrongInput")
    assert ended["cause"] == f"confirm: must be the environment's name, {doomed.name}, to have it taken down"
    assert writes(calls.mentioning(*doomed.words, *neighbour.environment.words)) == []
    assert (doomed.records(), tagged(doomed.name)) == before


@pytest.mark.parametrize("execution", ["its build", "a teardown nobody started"])
def test_whoever_starts_a_part_of_a_teardown_alone_touches_nothing(
    doomed: Environment, neighbour: Neighbour, application: Application, execution: str
) -> None:
    """With a lease that stands, as anybody may read it, or with an execution made up; with the word for the data."""
    before, lease = (doomed.records(), tagged(doomed.name)), doomed.lease()
    made_up = lease["execution"].replace("-build:", "-teardown:")
    order = {
        "environment": doomed.name,
        "execution": lease["execution"] if execution == "its build" else made_up,
        "fence": int(lease["fence"]),
        "layer": "object_storage",
        "delete_data": True,
    }
    states: SFNClient = root.client("stepfunctions")
    started = states.start_execution(
        stateMachineArn=application.parts["DemolitionStateMachine"], input=json.dumps(order)
    )["executionArn"]
    ended = doomed.ended(started)
    assert (ended["status"], ended["error"]) == (
        "FAILED",
        "WrongInput" if execution == "its build" else "NeedsHuman",
    )
    assert (doomed.records(), tagged(doomed.name)) == before
    assert doomed.lease()["busy"] == lease["busy"]


def test_without_the_word_data_stays_and_all_else_goes(
    doomed: Environment, neighbour: Neighbour, without_data: Down
) -> None:
    kept, deleted = without_data.ended("kept"), without_data.ended("deleted")
    assert kept.keys() >= DATA | KEYS | STANDS_ON
    assert without_data.account["pending"] == []
    assert kept.keys() | deleted.keys() >= _ours(without_data.before), "of these nothing is told"
    assert [path for path, fate in kept.items() if not fate["why"]] == [], "of these not why they are kept"
    assert {path for path in _ours(without_data.before) & kept.keys() if path.partition("/")[0] in RUNNING} == set()

    standing = set(tagged(doomed.name).values())
    assert standing <= kept.keys(), f"still stands: {standing - kept.keys()}"
    assert standing >= DATA
    assert untagged(doomed.name, neighbour.environment.name) == []
    assert [_policy(without_data.before[bucket]["physical"]["id"]) for bucket in BUCKETS], "none protects what is kept"


def test_what_is_kept_is_guarded_no_more(
    doomed: Environment, neighbour: Neighbour, without_data: Down, alice: Caller
) -> None:
    """The neighbour's is: what alice does to both, in this order, is undone there."""
    assert doomed.promised() == set()
    group, other = without_data.before["security_groups/database"]["physical"]["id"], neighbour.environment.groups
    before, opening = rules(other["database"]), opened("ingress", "tcp", (22, 22), ANYWHERE)
    for one in (group, other["database"]):
        opening(Hands(alice.client("ec2"), one, {}))
    until(
        "the neighbour's rules are back",
        lambda: rules(other["database"]),
        lambda seen: seen == before,
        look=neighbour.environment.diagnosis,
    )
    drained(doomed.application)
    assert f"from {ANYWHERE} tcp 22-22" in rules(group), "somebody restored what nobody promises any longer"
    assert [one for one in doomed.incidents() if one["physical_id"] == group] == []


def test_a_build_takes_up_what_was_kept(doomed: Environment, without_data: Down) -> None:
    group = without_data.before["security_groups/database"]["physical"]["id"]
    output = doomed.again()
    findings = [finding for layer in output["evidence"].values() for finding in layer["findings"]]
    assert [one for one in findings if one["verdict"] == "broken"] == []
    after = doomed.records()
    assert after.keys() == without_data.before.keys()
    kept = DATA | KEYS | STANDS_ON
    assert {path: after[path]["physical"] for path in kept} == {
        path: without_data.before[path]["physical"] for path in kept
    }
    s3: S3Client = root.client("s3")
    read = s3.get_object(Bucket=after["object_storage/data_bucket"]["physical"]["id"], Key="a")["Body"].read()
    assert read == b"kept"
    assert f"from {ANYWHERE} tcp 22-22" not in rules(group), "what was opened meanwhile stands open"
    assert doomed.promised() == set(LAYERS), "of these layers nothing is guarded again"


def test_with_the_word_only_what_is_told_is_left(doomed: Environment, neighbour: Neighbour, with_data: Down) -> None:
    kept, deleted, pending = (with_data.ended(end) for end in ("kept", "deleted", "pending"))
    assert kept.keys() == LEFT
    assert pending.keys() == KEYS - LEFT
    assert deleted.keys() >= _ours(with_data.before) - LEFT - KEYS, "of these nothing is told"
    assert {path for path, fate in deleted.items() if fate["left"]} == {"database/instance", "file_storage/file_system"}

    standing = set(tagged(doomed.name).values()) - DATA
    assert standing <= LEFT | KEYS, f"still stands: {standing - LEFT - KEYS}"
    assert untagged(doomed.name, neighbour.environment.name) == []
    assert [bucket for bucket in BUCKETS if _stands(with_data.before[bucket]["physical"]["id"])] == []
    assert doomed.records().keys() == LEFT
    assert doomed.promised() == set()


def test_keys_go_but_for_the_one_that_is_needed(with_data: Down) -> None:
    kms: KMSClient = root.client("kms")
    ids = {path: with_data.before[path]["physical"]["id"] for path in KEYS}
    keys = {path: kms.describe_key(KeyId=key)["KeyMetadata"] for path, key in ids.items()}
    assert {path: key["KeyState"] for path, key in keys.items()} == {
        "keys/cluster": "PendingDeletion",
        "keys/data": "Enabled",
        "keys/logs": "PendingDeletion",
    }
    for path, fate in with_data.ended("pending").items():
        assert fate["why"] == f"AWS deletes it on {keys[path]['DeletionDate']:%Y-%m-%d}"


def test_of_database_and_file_system_a_copy_is_left_under_that_key(with_data: Down) -> None:
    backup: BackupClient = root.client("backup")
    key = with_data.before["keys/data"]["physical"]["Arn"]
    snapshot = _snapshot(with_data.ended("deleted")["database/instance"]["left"])
    assert (snapshot["Status"], snapshot["Encrypted"], snapshot["KmsKeyId"]) == ("available", True, key)
    vault = with_data.before["file_storage/backup_vault"]["physical"]["id"]
    points = backup.list_recovery_points_by_backup_vault(BackupVaultName=vault)["RecoveryPoints"]
    system = with_data.before["file_storage/file_system"]["physical"]["id"]
    copies = [one for one in points if one["ResourceArn"].endswith(f"/{system}")]
    assert [one["Status"] for one in copies] == ["COMPLETED"]
    assert backup.describe_backup_vault(BackupVaultName=vault)["EncryptionKeyArn"] == key


def test_the_snapshot_goes_as_it_is_told(with_data: Down) -> None:
    left = with_data.ended("deleted")["database/instance"]["left"]
    (command,) = re.findall(r"`aws (.+?)`", left)
    root.cli(*shlex.split(command))
    with pytest.raises(ClientError, match="DBSnapshotNotFound"):
        _snapshot(left)


def test_the_neighbour_is_as_it_was(neighbour: Neighbour, with_data: Down) -> None:
    """Nor would a build change anything of it."""
    environment = neighbour.environment
    assert (tagged(environment.name), environment.records()) == (neighbour.tagged, neighbour.records)
    assert environment.foreseen() == {}


def _ours(records: dict[str, Json]) -> set[str]:
    return {path for path in records if not path.endswith(ACCOUNTS)}


def _policy(bucket: str) -> str:
    s3: S3Client = root.client("s3")
    return s3.get_bucket_policy(Bucket=bucket)["Policy"]


def _stands(bucket: str) -> bool:
    s3: S3Client = root.client("s3")
    return bucket in {one["Name"] for one in s3.list_buckets()["Buckets"]}


def _snapshot(left: str) -> Any:
    rds: RDSClient = root.client("rds")
    (name,) = re.findall(r"--db-snapshot-identifier (\S+?)`", left)
    return rds.describe_db_snapshots(DBSnapshotIdentifier=name)["DBSnapshots"][0]
