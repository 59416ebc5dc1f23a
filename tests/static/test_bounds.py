"""The builder's rights reach as far as the layers go, and no farther: paths, policies, services, aliases, log groups.

So do reclaim's. A layer that grows finds here which statement must grow with it.
"""

from fnmatch import fnmatchcase
from typing import Any, Final

import pytest

from holdfast.aws.ec2.resource import Ec2Resource
from holdfast.aws.iam.role import RoleState
from holdfast.aws.iam.service_linked_role import ServiceLinkedRoleState
from holdfast.aws.kinds import KINDS
from holdfast.aws.kms.alias import AliasState
from holdfast.aws.logs.log_group import LogGroupState
from holdfast.core.resource import TAG_ENVIRONMENT, Tagged
from holdfast.environment import names
from tests.static.declared import DESIRED, SPEC
from tests.static.stack import HERE, Statement, stack

PASSED: Final = {
    "ec2.amazonaws.com": {f"identity/{names.NODES_ROLE}"},
    "lambda.amazonaws.com": {f"kubernetes_access/{names.KUBERNETES_ROLE}"},
    "eks.amazonaws.com": {
        f"identity/{names.NODES_ROLE}",
        f"identity/{names.CLUSTER_ROLE}",
        f"cluster/{names.VPC_CNI_ROLE}",
        f"addons/{names.CLOUDWATCH_AGENT_ROLE}",
        f"addons/{names.EFS_CSI_ROLE}",
    },
    "backup.amazonaws.com": {f"file_storage/{names.BACKUP_ROLE}"},
    "vpc-flow-logs.amazonaws.com": {f"identity/{names.FLOW_LOGS_ROLE}"},
}
"""By service, the roles that a create call of ours hands to it."""
BY_NAME: Final = frozenset({"AWS::CloudWatch::Alarm", "AWS::IAM::Role", "AWS::Logs::LogGroup", "AWS::S3::Bucket"})
"""Kinds that bear names of ours, by which our roles reach them: they put a stripped tag back themselves."""
CONVERGE: Final = stack().roles["ConvergeRole"]


def _of[D](kind: type[D]) -> dict[str, D]:
    return {path: desired for path, desired in DESIRED.items() if isinstance(desired, kind)}


def _granting(action: str) -> list[Statement]:
    return [one for one in CONVERGE if one.effect == "Allow" and action in one.actions]


def _reaches(action: str, arn: str) -> bool:
    return any(fnmatchcase(arn, pattern) for one in _granting(action) for pattern in one.resources)


def _values(action: str, key: str) -> set[str]:
    """What the statements that grant ``action`` compare ``key`` with."""
    return {value for one in _granting(action) for value in one.condition(key)}


@pytest.mark.parametrize(("path", "role"), _of(RoleState).items())
def test_a_role_lies_under_our_path_and_inside_our_boundary(path: str, role: RoleState) -> None:
    arn = f"arn:aws:iam::123456789012:role{role.path}{role.role_name}"
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:UpdateAssumeRolePolicy"):
        assert _reaches(action, arn), f"template.yaml, ConvergeRole: {action} does not reach {path} ({arn})"
    for action in ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary"):
        bound = _values(action, "iam:PermissionsBoundary")
        assert bound == {role.permissions_boundary}, f"template.yaml, ConvergeRole: {action} within {bound}"


def test_exactly_the_policies_of_the_roles_can_be_attached() -> None:
    attached = {arn for role in _of(RoleState).values() for arn in role.managed_policy_arns}
    assert _values("iam:AttachRolePolicy", "iam:PolicyARN") == attached, (
        "template.yaml, ConvergeRole: iam:PolicyARN lists other policies than the roles of environment/ have"
    )


def test_exactly_the_services_of_the_layers_get_their_roles() -> None:
    services = {role.aws_service_name for role in _of(ServiceLinkedRoleState).values()}
    assert _values("iam:CreateServiceLinkedRole", "iam:AWSServiceName") == services, (
        "template.yaml, ConvergeRole: iam:AWSServiceName lists other services than environment/identity.py"
    )


@pytest.mark.parametrize(("service", "roles"), PASSED.items())
def test_exactly_these_roles_can_be_handed_to_the_service(service: str, roles: set[str]) -> None:
    passed = {
        path
        for one in _granting("iam:PassRole")
        if service in one.condition("iam:PassedToService")
        for path, role in _of(RoleState).items()
        for pattern in one.resources
        if fnmatchcase(f"arn:aws:iam::123456789012:role{role.path}{role.role_name}", pattern)
    }
    assert passed == roles, f"template.yaml, ConvergeRole: iam:PassRole hands {passed} to {service}"


def test_no_role_is_handed_to_another_service() -> None:
    assert _values("iam:PassRole", "iam:PassedToService") == PASSED.keys()
    unbound = [one.sid for one in _granting("iam:PassRole") if not one.condition("iam:PassedToService")]
    assert not unbound, f"template.yaml, ConvergeRole: {unbound} pass roles to anybody"


@pytest.mark.parametrize(("path", "alias"), _of(AliasState).items())
def test_an_alias_lies_under_our_name(path: str, alias: AliasState) -> None:
    arn = f"arn:aws:kms:{HERE}:{alias.alias_name}"
    for action in ("kms:CreateAlias", "kms:UpdateAlias"):
        assert _reaches(action, arn), f"template.yaml, ConvergeRole: {action} does not reach {path} ({arn})"


@pytest.mark.parametrize(("path", "group"), _of(LogGroupState).items())
def test_a_log_group_bears_a_name_that_we_may_make(path: str, group: LogGroupState) -> None:
    """Calls that tag name a group by its ARN, all others by that and its streams ("LogGroup", API reference)."""
    arn = f"arn:aws:logs:{HERE}:log-group:{group.log_group_name}"
    for action in ("logs:CreateLogGroup", "logs:AssociateKmsKey", "logs:PutRetentionPolicy"):
        assert _reaches(action, f"{arn}:*"), f"template.yaml, ConvergeRole: {action} does not reach {path} ({arn}:*)"
    for action in ("logs:TagResource", "logs:ListTagsForResource"):
        assert _reaches(action, arn), f"template.yaml, ConvergeRole: {action} does not reach {path} ({arn})"


@pytest.mark.parametrize("action", ["logs:AssociateKmsKey", "logs:PutRetentionPolicy"])
def test_holdfasts_own_log_is_out_of_the_builders_reach(action: str) -> None:
    own = stack().resolved({"Fn::GetAtt": ["FunctionsLogGroup", "Arn"]})
    assert not _reaches(action, own), f"template.yaml, ConvergeRole: {action} reaches {own}"


@pytest.mark.parametrize(("path", "desired"), _of(Tagged).items())
def test_whatever_can_carry_our_tag_has_it(path: str, desired: Any) -> None:
    assert desired.tags.get(TAG_ENVIRONMENT) == SPEC.name, f"{path}: without {TAG_ENVIRONMENT} no role may change it"


def test_reclaim_reaches_exactly_the_types_that_an_environment_has() -> None:
    types = {kind.resource_type for kind in KINDS.values() if issubclass(kind, Ec2Resource)}
    reached = {arn for one in stack().roles["ReclaimRole"] if "ec2:CreateTags" in one.actions for arn in one.resources}
    assert reached == {f"arn:aws:ec2:{HERE}:{one}/*" for one in types}, (
        "template.yaml, ReclaimRole, OnlyWhereOurTagIsAbsent: these are not the resource_types of aws/kinds.py"
    )


@pytest.mark.parametrize("kind", sorted(kind for kind, one in KINDS.items() if issubclass(one.model, Tagged)))
def test_what_only_our_tag_lets_us_change_is_reclaimed_first(kind: str) -> None:
    assert KINDS[kind].claimed_apart or kind in BY_NAME, (
        f"{kind}: set claimed_apart, or let our roles reach it by its name and say so in BY_NAME"
    )
