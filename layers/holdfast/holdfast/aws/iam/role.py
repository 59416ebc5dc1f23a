"""``AWS::IAM::Role``: who may act as it, and exactly what it may do.

Attached and inline policies are closed sets: any other one is drift. A role's name is unique in its account, so that no
twin can arise ("IAM and AWS STS quotas", IAM/latest/UserGuide/reference_iam-quotas.html); one of the same name under
another path is somebody else's and is never touched.
"""

import json
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.policy import Document, canonical, read
from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_iam.type_defs import TagTypeDef

GONE = "NoSuchEntity"


class Policy(Desired, frozen=True, order=True, kw_only=True):
    """An inline policy; a role has one of a name at the most, so that names order them."""

    policy_name: str
    policy_document: Document

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "policy_document", canonical(self.policy_document))

    def __hash__(self) -> int:
        return hash(self.policy_name)


class RoleState(Tagged, frozen=True, kw_only=True):
    """``managed_policy_arns`` and ``policies`` (inline) are closed. ``max_session_duration`` in seconds."""

    path: str
    role_name: str
    description: str
    assume_role_policy_document: Document
    permissions_boundary: str
    max_session_duration: int = 3600
    managed_policy_arns: frozenset[str] = frozenset()
    policies: frozenset[Policy] = frozenset()

    def __post_init__(self) -> None:
        trust = canonical(self.assume_role_policy_document)
        msgspec.structs.force_setattr(self, "assume_role_policy_document", trust)


class Role(AwsResource[RoleState]):
    """One role with its policies."""

    kind = "AWS::IAM::Role"
    model = RoleState
    immutable = frozenset({"Path", "RoleName"})
    filled_in = frozenset({"ManagedPolicyArns", "Policies"})
    comes_back = True
    duration = Duration(usual=5, least=2, most=10)

    def observe(self) -> Observed[RoleState] | None:
        try:
            role = self.clients.iam.get_role(RoleName=self.desired.role_name)["Role"]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        boundary = role.get("PermissionsBoundary", {})
        state = RoleState(
            path=role["Path"],
            role_name=role["RoleName"],
            description=role.get("Description", ""),
            assume_role_policy_document=read(role["AssumeRolePolicyDocument"]),
            permissions_boundary=boundary.get("PermissionsBoundaryArn", ""),
            max_session_duration=role.get("MaxSessionDuration", 3600),
            managed_policy_arns=self._attached(),
            policies=self._inline(),
            tags={tag["Key"]: tag["Value"] for tag in role.get("Tags", [])},
        )
        return Observed(state=state, physical={"id": role["RoleName"], "Arn": role["Arn"]})

    def _attached(self) -> frozenset[str]:
        pages = self.clients.iam.get_paginator("list_attached_role_policies").paginate(RoleName=self.desired.role_name)
        return frozenset(policy["PolicyArn"] for page in pages for policy in page["AttachedPolicies"])

    def _inline(self) -> frozenset[Policy]:
        pages = self.clients.iam.get_paginator("list_role_policies").paginate(RoleName=self.desired.role_name)
        return frozenset(self._policy(name) for page in pages for name in page["PolicyNames"])

    def _policy(self, name: str) -> Policy:
        found = self.clients.iam.get_role_policy(RoleName=self.desired.role_name, PolicyName=name)
        return Policy(policy_name=name, policy_document=read(found["PolicyDocument"]))

    def create(self) -> Physical:
        with already_so("EntityAlreadyExists"):
            self.clients.iam.create_role(
                Path=self.desired.path,
                RoleName=self.desired.role_name,
                Description=self.desired.description,
                AssumeRolePolicyDocument=json.dumps(self.desired.assume_role_policy_document),
                PermissionsBoundary=self.desired.permissions_boundary,
                MaxSessionDuration=self.desired.max_session_duration,
                Tags=_tag_list(self.desired.tags),
            )
        return {}

    def update(self, observed: Observed[RoleState], drift: Drift) -> tuple[str, ...]:
        """The boundary first: without it no other write to the role is allowed. Then what widens access."""
        paths = {change.path.partition(".")[0] for change in drift}
        return (
            *self._bound(paths),
            *self._narrow(drift),
            *self._complete(drift),
            *self._describe(paths),
            *self._retag(drift),
        )

    def _bound(self, paths: set[str]) -> list[str]:
        iam, role, calls = self.clients.iam, self.desired.role_name, []
        if "PermissionsBoundary" in paths:
            iam.put_role_permissions_boundary(RoleName=role, PermissionsBoundary=self.desired.permissions_boundary)
            calls.append("PutRolePermissionsBoundary")
        if "AssumeRolePolicyDocument" in paths:
            trust = json.dumps(self.desired.assume_role_policy_document)
            iam.update_assume_role_policy(RoleName=role, PolicyDocument=trust)
            calls.append("UpdateAssumeRolePolicy")
        return calls

    def _narrow(self, drift: Drift) -> list[str]:
        """Take away what was added. An inline policy that was rewritten is overwritten instead, by ``_complete``."""
        iam, role, calls = self.clients.iam, self.desired.role_name, []
        promised = {policy.policy_name for policy in self.desired.policies}
        for change in drift:
            if change.path == "ManagedPolicyArns" and isinstance(change.found, str):
                with already_so(GONE):
                    iam.detach_role_policy(RoleName=role, PolicyArn=change.found)
                calls.append(f"DetachRolePolicy {change.found}")
            if isinstance(change.found, Policy) and change.found.policy_name not in promised:
                with already_so(GONE):
                    iam.delete_role_policy(RoleName=role, PolicyName=change.found.policy_name)
                calls.append(f"DeleteRolePolicy {change.found.policy_name}")
        return calls

    def _complete(self, drift: Drift) -> list[str]:
        iam, role, calls = self.clients.iam, self.desired.role_name, []
        for change in drift:
            if isinstance(change.promised, Policy):
                name, written = change.promised.policy_name, json.dumps(change.promised.policy_document)
                iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=written)
                calls.append(f"PutRolePolicy {name}")
            if change.path == "ManagedPolicyArns" and isinstance(change.promised, str):
                iam.attach_role_policy(RoleName=role, PolicyArn=change.promised)
                calls.append(f"AttachRolePolicy {change.promised}")
        return calls

    def _describe(self, paths: set[str]) -> list[str]:
        if not paths & {"Description", "MaxSessionDuration"}:
            return []
        self.clients.iam.update_role(
            RoleName=self.desired.role_name,
            Description=self.desired.description,
            MaxSessionDuration=self.desired.max_session_duration,
        )
        return ["UpdateRole"]

    def _retag(self, drift: Drift) -> list[str]:
        lost = lost_tags(drift)
        if not lost:
            return []
        self.clients.iam.tag_role(RoleName=self.desired.role_name, Tags=_tag_list(lost))
        return [f"TagRole {', '.join(lost)}"]

    def delete(self, observed: Observed[RoleState]) -> None:
        """IAM deletes a role only once it has no policies."""
        iam, role = self.clients.iam, observed.state.role_name
        with already_so(GONE):
            for attached in observed.state.managed_policy_arns:
                iam.detach_role_policy(RoleName=role, PolicyArn=attached)
            for inline in observed.state.policies:
                iam.delete_role_policy(RoleName=role, PolicyName=inline.policy_name)
            iam.delete_role(RoleName=role)


def _tag_list(tags: dict[str, str]) -> list["TagTypeDef"]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
