"""What nobody can put back is paged at once, with what to do: data that was deleted, and what stands in its place.

Nothing is made instead: an empty database under the name of the lost one would hide the loss. What fails here is mended
in layers/holdfast/holdfast/core/restoration.py, or in `when_gone` and `incarnation` of the kind.
"""

import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest
from botocore.exceptions import ClientError

from tests.support.cloud import Caller, Json
from tests.support.drifting import Hands, differs
from tests.support.environments import Environment
from tests.support.oncall import OnCall, on_call
from tests.support.waiting import PATIENCE, until

DATABASE, FILES, BUCKET = "database/instance", "file_storage/file_system", "object_storage/data_bucket"
GONE = "It is gone"
"""What on-call reads of what nothing stands in the place of."""


class Loss(NamedTuple):
    """What somebody does, to what, and what on-call is told of it beside who it was."""

    what: str
    path: str
    make: Callable[[Hands], object]
    told: tuple[str, ...]


def _insisted(calls: Callable[[], object], *refusals: str) -> None:
    """``calls`` again and again until AWS takes them: what protects is restored, and whoever is quick is quicker."""

    def taken() -> bool:
        try:
            calls()
        except ClientError as error:
            if error.response["Error"]["Code"] not in refusals:
                raise
            return False
        return True

    until(f"somebody gets past {refusals}", taken, seconds=2 * PATIENCE)


def _database_deleted(hands: Hands) -> None:
    rds: Any = hands.client("rds")
    name = hands.id(DATABASE)

    def unprotected_and_deleted() -> None:
        rds.modify_db_instance(DBInstanceIdentifier=name, DeletionProtection=False, ApplyImmediately=True)
        rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)

    _insisted(unprotected_and_deleted, "InvalidParameterCombination", "InvalidDBInstanceState")


def _database_replaced(hands: Hands) -> None:
    """By one of the same name that nobody encrypted and everybody reaches."""
    hands.client("rds").create_db_instance(
        DBInstanceIdentifier=hands.environment.name,
        DBInstanceClass="db.t4g.micro",
        Engine="postgres",
        MasterUsername="mallory",
        MasterUserPassword="not-a-secret",
        AllocatedStorage=20,
        PubliclyAccessible=True,
        StorageEncrypted=False,
    )


def _files_deleted(hands: Hands) -> None:
    efs: Any = hands.client("efs")
    system = hands.id(FILES)

    def emptied_and_deleted() -> None:
        for target in efs.describe_mount_targets(FileSystemId=system)["MountTargets"]:
            efs.delete_mount_target(MountTargetId=target["MountTargetId"])
        efs.delete_file_system(FileSystemId=system)

    _insisted(emptied_and_deleted, "FileSystemInUse", "MountTargetNotFound")


def _bucket_deleted(hands: Hands) -> None:
    s3: Any = hands.client("s3")
    bucket = hands.id(BUCKET)
    for version in s3.list_object_versions(Bucket=bucket).get("Versions", []):
        s3.delete_object(Bucket=bucket, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(Bucket=bucket)


LOSSES: Final = (
    Loss("the file system deleted", FILES, _files_deleted, (GONE, "restore the newest recovery point")),
    Loss("the bucket deleted", BUCKET, _bucket_deleted, (GONE, "aws s3api head-bucket")),
    Loss(
        "the database deleted",
        DATABASE,
        _database_deleted,
        (GONE, "restore the last backup under the same name"),
    ),
    Loss("the database replaced by another", DATABASE, _database_replaced, ("another stands under its name",)),
)
"""In this order: of what is deleted another can take the place."""


@pytest.fixture(scope="module")
def paged(pair: tuple[Environment, Environment]) -> Any:
    with on_call(pair[1]) as called:
        yield called


@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.what.replace(" ", "-"))
def test_a_loss_is_paged_with_what_to_do_and_nothing_is_made_in_its_place(
    loss: Loss, pair: tuple[Environment, Environment], vandal: Caller, paged: OnCall
) -> None:
    environment = pair[1]
    before, began = environment.record(loss.path), time.time()
    loss.make(Hands(vandal, environment))
    incident = until(
        f"{loss.path} needs a human, and the incident says who it was",
        lambda: _of(environment, loss.path, began),
        lambda seen: seen and seen[-1]["state"] == "needs human" and vandal.arn in _actors(seen[-1]),
        look=environment.diagnosis,
        seconds=2 * PATIENCE,
    )[-1]
    alert = until(
        "on-call is paged",
        lambda: [one for one in paged.mailbox.heard() if incident["id"] in one.text and "digest" not in one.text],
        bool,
        look=environment.diagnosis,
        seconds=2 * PATIENCE,
    )[-1]
    assert (alert.attributes["state"], alert.attributes["severity"]) == ("needs human", "critical")
    for word in (vandal.arn, "What to do", *loss.told):
        assert word in alert.text, f"{word} is not in the alert:\n{alert.text}"
    assert environment.record(loss.path) == before, "what was lost is not to be taken for what stands now"
    if GONE in loss.told:
        assert differs(environment, loss.path) == "it is gone", "something was made in its place"


def _of(environment: Environment, path: str, since: float) -> list[Json]:
    return [one for one in environment.incidents(since) if one["resource"] == path]


def _actors(incident: Json) -> set[str]:
    return {actor["arn"] for actor in incident["actors"]}
