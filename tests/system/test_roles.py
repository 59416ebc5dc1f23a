"""No role of ours can do more than its work: who restores cannot claim, and who claims cannot change.

What fails here is mended in the roles and the table's policy of template.yaml, beside docs/permissions.md.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

import pytest
from botocore.exceptions import ClientError

from tests.local.accounts import SSH_FROM_ANYWHERE
from tests.support.acting import Act, acting
from tests.support.cloud import root, user
from tests.support.environments import Environment, rules, tags

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

REFUSED: Final = "UnauthorizedOperation"
OURS: Final = [{"Key": "holdfast:environment", "Value": "another"}]
RULE: Final = {"IpPermissions": SSH_FROM_ANYWHERE}
WRITES: Final[dict[str, dict[str, Any]]] = {
    "authorize_security_group_ingress": RULE,
    "authorize_security_group_egress": RULE,
    "revoke_security_group_ingress": RULE,
    "revoke_security_group_egress": RULE,
}


@pytest.fixture(scope="module")
def restorer(standing: Environment, mark: str) -> Iterator[Act]:
    with acting(f"as-restorer-{mark}", standing.application.parts["RestoreSecurityGroupsRole"]) as act:
        yield act


@pytest.fixture(scope="module")
def reclaimer(standing: Environment, mark: str) -> Iterator[Act]:
    with acting(f"as-reclaimer-{mark}", standing.application.parts["ReclaimRole"]) as act:
        yield act


@pytest.fixture(scope="module")
def foreign(standing: Environment) -> str:
    """A group of nobody's, in our VPC."""
    ec2: EC2Client = root.client("ec2")
    made = ec2.create_security_group(GroupName="foreign", Description="-", VpcId=standing.ids["network/vpc"])
    return made["GroupId"]


@pytest.mark.parametrize("call", WRITES)
def test_restore_changes_no_group_that_is_not_ours(call: str, restorer: Act, foreign: str) -> None:
    before = rules(foreign)
    assert restorer("ec2", call, GroupId=foreign, **WRITES[call]) == REFUSED
    assert rules(foreign) == before


def test_restore_changes_a_group_of_ours(restorer: Act, standing: Environment) -> None:
    """So that the refusals above mean what they say: a rule that is not there may be revoked."""
    said = restorer("ec2", "revoke_security_group_ingress", GroupId=standing.groups["database"], **RULE)
    assert said == "InvalidPermission.NotFound"


def test_restore_claims_nothing(restorer: Act, standing: Environment, foreign: str) -> None:
    assert restorer("ec2", "create_tags", Resources=[foreign], Tags=OURS) == REFUSED
    assert restorer("ec2", "create_tags", Resources=[standing.ids["network/vpc"]], Tags=OURS) == REFUSED
    assert tags(foreign) == {}


@pytest.mark.parametrize(
    ("what", "given"),
    [
        ("another tag", [{"Key": "owner", "Value": "me"}]),
        ("another tag beside ours", [*OURS, {"Key": "owner", "Value": "me"}]),
    ],
    ids=["another-tag", "another-tag-beside-ours"],
)
def test_reclaim_sets_no_tag_but_ours(what: str, given: Any, reclaimer: Act, foreign: str) -> None:
    assert reclaimer("ec2", "create_tags", Resources=[foreign], Tags=given) == REFUSED, what
    assert tags(foreign) == {}


def test_reclaim_touches_nothing_that_has_our_tag(reclaimer: Act, standing: Environment) -> None:
    before = tags(standing.groups["alb"])
    assert reclaimer("ec2", "create_tags", Resources=[standing.groups["alb"]], Tags=OURS) == REFUSED
    assert tags(standing.groups["alb"]) == before


@pytest.mark.parametrize("call", WRITES)
def test_reclaim_changes_no_rule(call: str, reclaimer: Act, standing: Environment, foreign: str) -> None:
    for group in (foreign, standing.groups["alb"]):
        assert reclaimer("ec2", call, GroupId=group, **WRITES[call]) == REFUSED


def test_restore_writes_nothing_into_the_manifest(restorer: Act, standing: Environment) -> None:
    table, key = standing.application.outputs["ManifestTableName"], _key(standing, "security_groups/alb")
    assert restorer("dynamodb", "delete_item", TableName=table, Key=key) == "AccessDeniedException"


@pytest.mark.parametrize("call", ["put_item", "delete_item", "update_item"])
def test_nobody_but_builders_writes_the_manifest(call: str, standing: Environment, mark: str) -> None:
    """Whatever their own policies allow, root included: who writes the manifest commands the restorer."""
    table, key = standing.application.outputs["ManifestTableName"], _key(standing, "security_groups/alb")
    arguments = {"TableName": table, "Item" if call == "put_item" else "Key": key}
    before = standing.records()
    with user(f"eve-{mark}", {"Action": "dynamodb:*", "Resource": "*"}) as eve:
        for caller in (eve, root):
            with pytest.raises(ClientError, match="AccessDeniedException"):
                getattr(caller.client("dynamodb"), call)(**arguments)
    assert standing.records() == before


def test_nobody_may_act_by_a_role_of_ours(standing: Environment, mark: str) -> None:
    with user(f"mia-{mark}", {"Action": "sts:*", "Resource": "*"}) as mia:
        for part in ("ConvergeRole", "RestoreSecurityGroupsRole", "ReclaimRole"):
            role = f"arn:aws:iam::000000000000:role/{standing.application.parts[part]}"
            with pytest.raises(ClientError, match="AccessDenied"):
                mia.client("sts").assume_role(RoleArn=role, RoleSessionName="mia")


def _key(environment: Environment, path: str) -> dict[str, Any]:
    return {"environment": {"S": environment.name}, "path": {"S": path}}
