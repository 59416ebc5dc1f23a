"""Whether a role, or a service by name, may do one thing: the question that AWS asks before it acts on their behalf.

Promises: `role_allows` weighs the role's own policies and its permissions boundary, `service_allowed` one resource's
policy, `service_may_assume` a role's trust policy (its conditions aside: they are known only when it is assumed).
Pages: "Policy evaluation logic" (IAM/latest/UserGuide/reference_policies_evaluation-logic.html) and "AWS JSON policy
elements: Principal" (IAM/latest/UserGuide/reference_policies_elements_principal.html).
"""

import json
from collections.abc import Mapping
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import iam

# The "Resource" of a session whose name is not known yet: AWS names it after what it runs.
_SESSION = "assumed"


def role_allows(role_arn: str, action: str, resource: str) -> bool:
    """Return whether a session of the role may call the action on the resource."""
    name = role_arn.rsplit("/", 1)[-1]
    account = get_account_id()
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{name}/{_SESSION}",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,  # AWS services call each other over TLS
    )
    policies = iam_evaluator._gather_role_policies(name, account)
    limits = iam_evaluator._permissions_boundary(iam._roles, name, account)
    return bool(iam_evaluator.evaluate(context, policies, *limits).decision == "Allow")


def service_allowed(
    policy: str | Mapping[str, Any] | None, service: str, action: str, resource: str, keys: Mapping[str, Any]
) -> bool:
    """Return whether the resource's policy lets the service, such as `events.amazonaws.com`, call the action on it."""
    context = iam_evaluator.EvalContext(
        # No IAM principal: only `*` or the service's own name can admit it.
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action=action,
        resource_arn=resource,
        region=get_region(),
        secure_transport=True,  # AWS services call each other over TLS
        service_context={name.lower(): value for name, value in keys.items()},
    )
    return bool(iam_evaluator.evaluate_resource_policy(policy, context, service=service).decision == "Allow")


def service_may_assume(service: str, role_arn: str) -> bool:
    """Return whether the role exists and trusts the service."""
    role = iam._roles.get(role_arn.rsplit("/", 1)[-1])
    if role is None or role["Arn"] != role_arn:
        return False
    trust = role["AssumeRolePolicyDocument"]
    statements = (json.loads(trust) if isinstance(trust, str) else trust).get("Statement", [])
    without_conditions = [{**statement, "Condition": {}, "Resource": "*"} for statement in _as_list(statements)]
    return service_allowed({"Statement": without_conditions}, service, "sts:AssumeRole", role_arn, {})


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
