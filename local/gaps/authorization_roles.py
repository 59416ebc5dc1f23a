"""IAM: who may write roles, and who may hand a role to a service.

`questions` gives IAM's own calls the ARN with its path, the keys `iam:PermissionsBoundary`, `iam:PolicyARN`,
`iam:AWSServiceName` and the tags of what exists. `passed` asks for `iam:PassRole` wherever a call hands a role to a
service; the emulator never asks. Rests on "Actions, resources, and condition keys for AWS Identity and Access
Management" (service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html), "IAM and AWS STS
condition context keys" (IAM/latest/UserGuide/reference_policies_iam-condition-keys.html) and "Grant a user permissions
to pass a role to an AWS service" (IAM/latest/UserGuide/id_roles_use_passrole.html).
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from ministack.core.responses import get_account_id
from ministack.services import iam

from local.calls import Call
from local.gaps.authorization import Question, request_tags, resource_tags
from local.gaps.service_linked import name_of

_CREATES: Final = frozenset({"CreateRole", "CreateUser", "CreatePolicy", "CreateInstanceProfile"})
_TAGS: Final = frozenset({"TagRole", "UntagRole", "TagUser", "UntagUser", "TagPolicy", "UntagPolicy"})
_SETS_BOUNDARY: Final = frozenset(
    {"CreateRole", "CreateUser", "PutRolePermissionsBoundary", "PutUserPermissionsBoundary"}
)
_NAMES_POLICY: Final = frozenset(
    f"{verb}{whose}Policy" for verb in ("Attach", "Detach") for whose in ("Role", "User", "Group")
)

# The member that holds the ARN of a role to pass, and to whom it is passed.
_PASSES: Final[Mapping[tuple[str, str], tuple[str, str]]] = {
    ("backup", "CreateBackupSelection"): ("BackupSelection.IamRoleArn", "backup.amazonaws.com"),
    ("backup", "StartBackupJob"): ("IamRoleArn", "backup.amazonaws.com"),
    ("cloudtrail", "CreateTrail"): ("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com"),
    ("cloudtrail", "UpdateTrail"): ("CloudWatchLogsRoleArn", "cloudtrail.amazonaws.com"),
    ("config", "PutConfigurationRecorder"): ("ConfigurationRecorder.roleARN", "config.amazonaws.com"),
    ("ec2", "CreateFlowLogs"): ("DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com"),
    ("eks", "CreateAddon"): ("serviceAccountRoleArn", "eks.amazonaws.com"),
    ("eks", "UpdateAddon"): ("serviceAccountRoleArn", "eks.amazonaws.com"),
    ("eks", "CreateCluster"): ("roleArn", "eks.amazonaws.com"),
    ("eks", "CreateNodegroup"): ("nodeRole", "eks.amazonaws.com"),
    ("events", "PutRule"): ("RoleArn", "events.amazonaws.com"),
    ("events", "PutTargets"): ("Targets.RoleArn", "events.amazonaws.com"),
    ("iam", "AddRoleToInstanceProfile"): ("RoleName", "ec2.amazonaws.com"),
    ("lambda", "CreateFunction"): ("Role", "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): ("Role", "lambda.amazonaws.com"),
    ("logs", "PutSubscriptionFilter"): ("roleArn", "logs.amazonaws.com"),
    ("scheduler", "CreateSchedule"): ("Target.RoleArn", "scheduler.amazonaws.com"),
    ("scheduler", "UpdateSchedule"): ("Target.RoleArn", "scheduler.amazonaws.com"),
    ("states", "CreateStateMachine"): ("roleArn", "states.amazonaws.com"),
    ("states", "UpdateStateMachine"): ("roleArn", "states.amazonaws.com"),
}


def passed(call: Call) -> Iterator[Question]:
    if (call.service, call.operation) not in _PASSES:
        return
    member, service = _PASSES[call.service, call.operation]
    for role in _values(call.parameters, member.split(".")):
        resource = role if role.startswith("arn:") else _existing("Role", role)["Arn"]
        yield Question("iam:PassRole", resource, {"iam:PassedToService": service})


def _values(value: Any, path: list[str]) -> Iterator[str]:
    match value:
        case str() if not path and value:
            yield value
        case dict() if path and path[0] in value:
            yield from _values(value[path[0]], path[1:])
        case list():
            for each in value:
                yield from _values(each, path)
        case _:
            pass


def questions(call: Call, resource: str) -> list[Question]:
    action, given = f"iam:{call.operation}", call.parameters
    if call.operation == "CreateServiceLinkedRole":
        service = given.get("AWSServiceName", "")
        linked = _arn(f"role/aws-service-role/{service}/{name_of(service, given.get('CustomSuffix', ''))}")
        return [Question(action, linked, {"iam:AWSServiceName": service})]
    kind = next((kind for kind in ("InstanceProfile", "Role", "User", "Policy") if f"{kind}Name" in given), None)
    if kind == "Policy" and call.operation != "CreatePolicy":
        kind = None
    if kind is None:
        return [Question(action, resource, _tags_asked(call))]
    name = given[f"{kind}Name"]
    if call.operation in _CREATES:
        whole = _arn(f"{_WORDS[kind]}{given.get('Path', '/')}{name}")
        return [Question(action, whole, _tags_asked(call) | _boundary(call, {}))]
    entity = _existing(kind, name)
    keys = resource_tags("iam", entity.get("Tags", ())) | _tags_asked(call) | _boundary(call, entity)
    if call.operation in _NAMES_POLICY:
        keys["iam:PolicyARN"] = given.get("PolicyArn", "")
    return [Question(action, entity["Arn"], keys)]


_WORDS: Final = {"InstanceProfile": "instance-profile", "Policy": "policy", "Role": "role", "User": "user"}


def _arn(resource: str) -> str:
    return f"arn:aws:iam::{get_account_id()}:{resource}"


def _existing(kind: str, name: str) -> Mapping[str, Any]:
    stores = {"InstanceProfile": iam._instance_profiles, "Role": iam._roles, "User": iam._users}
    found: Mapping[str, Any] | None = stores[kind].get(name)
    return found or {"Arn": _arn(f"{_WORDS[kind]}/{name}")}


def _tags_asked(call: Call) -> dict[str, Any]:
    if call.operation not in _CREATES | _TAGS:
        return {}
    return request_tags(call.parameters.get("Tags", []), call.parameters.get("TagKeys", []))


def _boundary(call: Call, entity: Mapping[str, Any]) -> dict[str, str]:
    """The boundary that a call sets, else the one that the role or user has."""
    if call.operation in _SETS_BOUNDARY:
        boundary = call.parameters.get("PermissionsBoundary")
    else:
        boundary = entity.get("PermissionsBoundary")
    return {"iam:PermissionsBoundary": boundary} if boundary else {}
