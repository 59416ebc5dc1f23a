"""Keys: no twin, nothing done to a key that is leaving, patience with what KMS does not see yet."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError
from moto.kms.models import kms_backends

from holdfast.aws.clients import Clients
from holdfast.core.reconcile import check
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.calls import Calls, refusing
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.specimens.specimen import policy
from tests.unit.aws.subject import Subject

KEY = "AWS::KMS::Key"
UNSEEN = "Policy contains a statement with one or more invalid principals."


def test_key_that_is_going_to_be_deleted_needs_a_human(clients: Clients, calls: Calls) -> None:
    subject = Subject.standing(clients, KEY)
    clients.kms.schedule_key_deletion(KeyId=subject.physical["id"])
    calls.forget()
    with pytest.raises(NeedsHuman, match="cancel-key-deletion"):
        subject.bring_back()
    assert calls.mutating == []


def test_key_that_is_going_to_be_deleted_is_recalled_and_works_again(clients: Clients) -> None:
    subject = Subject.standing(clients, KEY)
    clients.kms.schedule_key_deletion(KeyId=subject.physical["id"])
    leaving = subject.resource.observe()
    assert leaving is not None
    assert leaving.leaving
    assert subject.resource.recall(leaving) == ("CancelKeyDeletion", "EnableKey")
    assert check(subject.resource).holds


CLUSTER = "arn:aws:iam::123456789012:role/holdfast/atlas/atlas-cluster"


@pytest.mark.parametrize(
    "grantee",
    [
        "rds.eu-west-1.amazonaws.com",
        "arn:aws:sts::123456789012:assumed-role/aws:ec2-infrastructure/i-5d476fab",
        "arn:aws:iam::123456789012:role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup",
        CLUSTER,
    ],
)
def test_what_aws_grants_itself_is_left_alone(clients: Clients, grantee: str) -> None:
    subject = _granted(clients, grantee)
    assert check(subject.resource).holds
    subject.bring_back()
    assert clients.kms.list_grants(KeyId=subject.physical["id"])["Grants"]


@pytest.mark.parametrize(
    "grantee",
    [
        "arn:aws:iam::111122223333:role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling",
        "arn:aws:iam::123456789012:root",
        "arn:aws:iam::123456789012:user/mallory",
        "arn:aws:sts::123456789012:assumed-role/admin/aws:ec2-infrastructure",
    ],
)
def test_a_grant_to_anybody_else_is_revoked(clients: Clients, grantee: str) -> None:
    subject = _granted(clients, grantee)
    assert not check(subject.resource).holds
    subject.bring_back()
    assert clients.kms.list_grants(KeyId=subject.physical["id"])["Grants"] == []


def _granted(clients: Clients, grantee: str) -> Subject:
    """A key whose policy names the account and the cluster's role, and that somebody granted to ``grantee``."""
    named: Any = {"AWS": ["arn:aws:iam::123456789012:root", CLUSTER]}
    said = policy(Principal=named, Action="kms:*", Resource="*")
    subject = Subject(clients, KEY, msgspec.structs.replace(SPECIMENS[KEY].promise(clients), key_policy=said))
    subject.bring_back()
    clients.kms.create_grant(KeyId=subject.physical["id"], GranteePrincipal=grantee, Operations=["Decrypt"])
    return subject


def test_key_of_an_earlier_life_is_not_taken_for_ours(clients: Clients) -> None:
    subject = Subject.standing(clients, KEY)
    earlier, subject.physical = subject.physical, {}
    clients.kms.schedule_key_deletion(KeyId=earlier["id"])
    subject.bring_back()
    assert subject.physical["id"] != earlier["id"]


def test_two_keys_with_our_tags_need_a_human(clients: Clients) -> None:
    subject = Subject.standing(clients, KEY)
    subject.physical = {}
    subject.resource.create()
    with pytest.raises(NeedsHuman, match="2 keys carry its tags"):
        subject.bring_back()


def test_role_that_kms_does_not_see_yet_is_worth_waiting_for(clients: Clients) -> None:
    subject = Subject(clients, KEY, SPECIMENS[KEY].promise(clients))
    with (
        refusing(clients.kms_once, "CreateKey", "MalformedPolicyDocumentException", UNSEEN),
        pytest.raises(ComeBackLater, match="does not see a role"),
    ):
        subject.bring_back()
    subject.bring_back()
    SPECIMENS[KEY].deeds["lets everyone use it"](clients, subject.physical["id"])
    with (
        refusing(clients.kms, "PutKeyPolicy", "MalformedPolicyDocumentException", UNSEEN),
        pytest.raises(ComeBackLater, match="does not see a role"),
    ):
        subject.bring_back()


def test_policy_that_is_none_is_not_worth_waiting_for(clients: Clients) -> None:
    subject = Subject(clients, KEY, SPECIMENS[KEY].promise(clients))
    with (
        refusing(
            clients.kms_once, "CreateKey", "MalformedPolicyDocumentException", "The new key policy is not a policy."
        ),
        pytest.raises(ClientError, match="not a policy"),
    ):
        subject.bring_back()


def test_denial_is_waited_out_while_the_tags_of_a_new_key_may_not_count(clients: Clients) -> None:
    subject = Subject.standing(clients, KEY)
    SPECIMENS[KEY].deeds["stops its rotation"](clients, subject.physical["id"])
    denied = refusing(clients.kms, "EnableKeyRotation", "AccessDeniedException", "not authorized to perform")
    with denied, pytest.raises(ComeBackLater, match="tags of the new key"):
        subject.bring_back()

    _age(subject, timedelta(minutes=6))
    denied = refusing(clients.kms, "EnableKeyRotation", "AccessDeniedException", "not authorized to perform")
    with denied, pytest.raises(ClientError, match="not authorized"):
        subject.bring_back()


def test_key_is_closed_to_others_first_and_enabled_before_it_rotates(clients: Clients, calls: Calls) -> None:
    subject = Subject.standing(clients, KEY)
    for name in ("stops its rotation", "lets everyone use it", "disables it"):
        SPECIMENS[KEY].deeds[name](clients, subject.physical["id"])
    calls.forget()
    subject.bring_back()
    assert calls.mutating == ["kms.PutKeyPolicy", "kms.EnableKey", "kms.EnableKeyRotation"]


def _age(subject: Subject, by: timedelta) -> None:
    """Let the key have been made ``by`` ago, in moto's own memory."""
    key = kms_backends["123456789012"]["eu-west-1"].keys[subject.physical["id"]]
    key.creation_date = (datetime.now(UTC) - by).timestamp()
