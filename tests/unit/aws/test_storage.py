"""What buckets, file systems and vaults do beside the contract of every kind: whose they are, and how they go."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest
from moto.efs.models import efs_backends

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import KINDS
from holdfast.aws.policy import canonical, read
from holdfast.core.concern import HOME
from holdfast.core.reconcile import check
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.calls import refusing
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.specimens.storage import BUCKET, HERE
from tests.unit.aws.subject import Subject


def test_a_bucket_of_the_account_that_is_not_ours_is_never_taken_over(clients: Clients) -> None:
    clients.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration=HERE)
    subject = Subject(clients, "AWS::S3::Bucket", SPECIMENS["AWS::S3::Bucket"].promise(clients))
    with pytest.raises(NeedsHuman, match="somebody else's"):
        subject.bring_back()


def test_a_bucket_name_that_another_account_has_needs_a_human(clients: Clients) -> None:
    subject = Subject(clients, "AWS::S3::Bucket", SPECIMENS["AWS::S3::Bucket"].promise(clients))
    taken = refusing(clients.s3, "CreateBucket", "BucketAlreadyExists", "The requested bucket name is not available.")
    with taken, pytest.raises(NeedsHuman, match="another account"):
        subject.bring_back()


def test_a_full_bucket_is_emptied_of_every_version_and_upload_before_it_goes(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::S3::Bucket")
    for _ in range(2):
        clients.s3.put_object(Bucket=BUCKET, Key="a", Body=b"-")
    clients.s3.delete_object(Bucket=BUCKET, Key="a")
    clients.s3.create_multipart_upload(Bucket=BUCKET, Key="b")
    subject.delete()
    assert subject.resource.observe() is None


def test_an_object_that_s3_refuses_to_delete_is_told(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::S3::Bucket")
    clients.s3.put_object(Bucket=BUCKET, Key="a", Body=b"-")
    kept = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:DeleteObject", "s3:DeleteObjectVersion"],
        "Resource": f"arn:aws:s3:::{BUCKET}/*",
    }
    clients.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": [kept]}))
    with pytest.raises(NeedsHuman, match="S3 does not delete 1 of its objects, such as a: AccessDenied"):
        subject.delete()


MORE: Any = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{BUCKET}/*"}
ACCOUNT: Final = "arn:aws:iam::123456789012:"


def _said_more(clients: Clients, more: dict[str, Any]) -> tuple[Subject, Any, Any]:
    """Somebody adds a statement to ours: the policy, both statements before it is brought back and all after it."""
    subject = Subject.standing(clients, "AWS::S3::BucketPolicy")
    written = read(clients.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])
    ours: Any = written["Statement"]
    clients.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({**written, "Statement": [*ours, more]}))
    subject.bring_back()
    after: Any = read(clients.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    return subject, ours, after


@pytest.mark.parametrize(
    "principal",
    [
        {"Principal": "*"},
        {"Principal": {"AWS": "*"}},
        {"Principal": {"AWS": "111122223333"}},
        {"Principal": {"AWS": ["arn:aws:iam::111122223333:role/reader", f"{ACCOUNT}role/reader"]}},
        {"Principal": {"Service": "delivery.logs.amazonaws.com"}},
        {"Principal": {"AWS": f"{ACCOUNT}role/reader", "Service": "delivery.logs.amazonaws.com"}},
        {"NotPrincipal": {"AWS": f"{ACCOUNT}role/reader"}},
        {"Principal": {"AWS": f"{ACCOUNT}root"}},
        {"Effect": "Deny", "Principal": {"AWS": f"{ACCOUNT}role/holdfast/atlas/atlas-application"}},
        {"Effect": "Deny", "Principal": "*"},
    ],
)
def test_a_statement_that_weakens_a_buckets_policy_goes(clients: Clients, principal: dict[str, Any]) -> None:
    subject, ours, after = _said_more(clients, {**MORE, **principal})
    assert after == ours
    assert check(subject.resource).holds


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
def test_what_somebody_says_of_a_role_of_their_own_stays_and_ours_comes_back_beside_it(
    clients: Clients, effect: str
) -> None:
    theirs = {**MORE, "Effect": effect, "Principal": {"AWS": f"{ACCOUNT}role/reader"}}
    subject, ours, after = _said_more(clients, theirs)
    assert after == [*ours, theirs], "it is no drift"
    clients.s3.put_bucket_policy(Bucket=BUCKET, Policy=json.dumps({"Version": "2012-10-17", "Statement": theirs}))
    subject.bring_back()
    after = read(clients.s3.get_bucket_policy(Bucket=BUCKET)["Policy"])["Statement"]
    assert canonical({"Statement": after}) == canonical({"Statement": [*ours, theirs]})


def test_a_file_system_is_backed_up_once_before_it_goes(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EFS::FileSystem")
    clients.backup.create_backup_vault(BackupVaultName="atlas")
    subject.delete()
    assert subject.resource.observe() is None
    points = clients.backup.list_recovery_points_by_backup_vault(BackupVaultName="atlas")["RecoveryPoints"]
    assert len(points) == 1, "what teardown leaves is one last backup"


def test_a_file_system_that_is_being_deleted_is_going(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::EFS::FileSystem")
    stored = efs_backends["123456789012"]["eu-west-1"].file_systems_by_id[subject.physical["id"]]
    for state in ("updating", "deleting"):
        stored.life_cycle_state = state
        seen = subject.resource.observe()
        assert seen is not None
        assert (seen.wait > 0, seen.going) == (True, state == "deleting")


@pytest.fixture
def ending(clients: Clients, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """No job here takes time: what it says of the last one is said for it."""
    return lambda state: monkeypatch.setattr(clients.backup, "describe_backup_job", lambda **_: {"State": state})


def test_a_file_system_stays_while_its_last_backup_is_on_the_way(
    clients: Clients, ending: Callable[[str], None]
) -> None:
    subject = Subject.standing(clients, "AWS::EFS::FileSystem")
    clients.backup.create_backup_vault(BackupVaultName="atlas")
    ending("RUNNING")
    with pytest.raises(ComeBackLater, match="RUNNING"):
        subject.delete()
    assert check(subject.resource).holds


def test_a_file_system_whose_last_backup_failed_needs_a_human(clients: Clients, ending: Callable[[str], None]) -> None:
    subject = Subject.standing(clients, "AWS::EFS::FileSystem")
    clients.backup.create_backup_vault(BackupVaultName="atlas")
    ending("FAILED")
    with pytest.raises(NeedsHuman, match="FAILED"):
        subject.delete()
    assert check(subject.resource).holds


def test_a_vault_that_is_not_ours_is_never_taken_over(clients: Clients) -> None:
    clients.backup.create_backup_vault(BackupVaultName="atlas")
    subject = Subject(clients, "AWS::Backup::BackupVault", SPECIMENS["AWS::Backup::BackupVault"].promise(clients))
    with pytest.raises(NeedsHuman, match="somebody else's"):
        subject.bring_back()


def test_a_selection_that_leaves_the_file_system_out_is_replaced(clients: Clients) -> None:
    subject = Subject.standing(clients, "AWS::Backup::BackupSelection")
    [plan] = [one["BackupPlanId"] for one in clients.backup.list_backup_plans()["BackupPlansList"]]
    found = clients.backup.get_backup_selection(BackupPlanId=plan, SelectionId=subject.physical["id"])
    clients.backup.delete_backup_selection(BackupPlanId=plan, SelectionId=subject.physical["id"])
    selection: Any = {**found["BackupSelection"], "NotResources": found["BackupSelection"]["Resources"]}
    clients.backup.create_backup_selection(BackupPlanId=plan, BackupSelection=selection)
    assert check(subject.resource).drift
    subject.bring_back()
    assert check(subject.resource).holds


@pytest.mark.parametrize("kind", ["AWS::S3::Bucket", "AWS::EFS::FileSystem", "AWS::Backup::BackupVault"])
def test_what_holds_data_says_so(kind: str) -> None:
    assert KINDS[kind].holds_data, "teardown would take it away without a second word"


@pytest.mark.parametrize("kind", [kind for kind, one in KINDS.items() if one.holds_data])
def test_whoever_is_paged_for_lost_data_is_led_to_a_page_with_the_plan(kind: str) -> None:
    """To start a build is not all of it: it makes an empty one, or stops at what it cannot read."""
    named = re.search(r"docs/runbooks/\w+\.md", KINDS[kind].when_gone)
    assert named, f"{kind}: say in when_gone what is done before a build or after it, and which page has the plan"
    page = Path(__file__).parents[3].joinpath(named[0]).read_text()
    if step := re.search(r"step (\d)", KINDS[kind].when_gone):
        assert f"\n## {step[1]}. " in page
    concern = HOME[kind]
    assert named[0].endswith(f"/{concern}.md"), "the alert names the page of its concern: the plan must be there"
