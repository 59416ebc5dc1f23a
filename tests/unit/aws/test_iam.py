"""Roles: what AWS does that the common contract does not reach."""

import json

import pytest
from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.core.reconcile import check
from holdfast.core.trouble import NeedsHuman
from tests.support.calls import Calls, refusing
from tests.unit.aws.specimens import SPECIMENS, policy
from tests.unit.aws.subject import Subject

ROLE, SERVICE_LINKED_ROLE = "AWS::IAM::Role", "AWS::IAM::ServiceLinkedRole"
TAKEN = "Service role name AWSServiceRoleForAutoScaling has been taken in this account, please try a different suffix."


def test_role_of_the_same_name_elsewhere_is_never_touched(clients: Clients, calls: Calls) -> None:
    trust = json.dumps(policy(Principal={"Service": "ec2.amazonaws.com"}, Action="sts:AssumeRole"))
    clients.iam.create_role(RoleName="atlas-specimen", AssumeRolePolicyDocument=trust)
    subject = Subject(clients, ROLE, SPECIMENS[ROLE].promise(clients))
    calls.forget()
    with pytest.raises(NeedsHuman, match="Path: promised /holdfast/atlas/, found /"):
        subject.bring_back()
    assert calls.mutating == []


def test_boundary_comes_back_first_and_access_is_narrowed_before_it_is_given(clients: Clients, calls: Calls) -> None:
    subject = Subject.standing(clients, ROLE)
    for name in (
        "attaches a policy",
        "detaches ours",
        "adds an inline policy",
        "deletes ours",
        "trusts everyone",
        "lifts the boundary",
    ):
        SPECIMENS[ROLE].deeds[name](clients, subject.physical["id"])
    calls.forget()
    subject.bring_back()
    assert calls.mutating == [
        "iam.PutRolePermissionsBoundary",
        "iam.UpdateAssumeRolePolicy",
        "iam.DetachRolePolicy",
        "iam.DeleteRolePolicy",
        "iam.AttachRolePolicy",
        "iam.PutRolePolicy",
    ], "without the boundary IAM allows us no other write"


def test_service_linked_role_that_someone_made_meanwhile_is_no_failure(clients: Clients) -> None:
    subject = Subject(clients, SERVICE_LINKED_ROLE, SPECIMENS[SERVICE_LINKED_ROLE].promise(clients))
    with refusing(clients.iam, "CreateServiceLinkedRole", "InvalidInput", TAKEN):
        assert subject.resource.create() == {}
    with (
        refusing(clients.iam, "CreateServiceLinkedRole", "InvalidInput", "No such service"),
        pytest.raises(ClientError, match="No such service"),
    ):
        subject.resource.create()


def test_service_linked_role_with_a_custom_suffix_is_another_one(clients: Clients) -> None:
    clients.iam.create_service_linked_role(AWSServiceName="autoscaling.amazonaws.com", CustomSuffix="other")
    subject = Subject(clients, SERVICE_LINKED_ROLE, SPECIMENS[SERVICE_LINKED_ROLE].promise(clients))
    assert subject.resource.observe() is None
    subject.bring_back()
    assert subject.physical["id"] == "AWSServiceRoleForAutoScaling"


def test_service_linked_role_stays_when_we_go(clients: Clients) -> None:
    subject = Subject.standing(clients, SERVICE_LINKED_ROLE)
    subject.delete()
    assert check(subject.resource).holds, "others of the account may lean on it"
