"""KMS: a key policy names only principals that exist, and never locks out the one who writes it.

Promises: CreateKey, PutKeyPolicy and a template's key refuse, with MalformedPolicyDocumentException, a policy that is
no policy, that names a role or user of this account which does not exist, or that would keep the caller from putting
another one. Pages: CreateKey and PutKeyPolicy (kms/latest/APIReference/API_CreateKey.html, parameters `Policy` and
`BypassPolicyLockoutSafetyCheck`).
"""

import json
from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.core.responses import error_response_json, get_account_id, get_region
from ministack.services import iam, kms

from local.gaps.cloudformation import Properties, RefusedError, complete

_UNKNOWN_PRINCIPAL: Final = "Policy contains a statement with one or more invalid principals."
_LOCKS_OUT: Final = "The new key policy will not allow you to update the key policy in the future."
_PRINCIPALS: Final = {"role": iam._roles, "user": iam._users}


def close() -> None:
    kms._create_key = _checking_policy(kms._create_key)
    kms._put_key_policy = _checking_policy(kms._put_key_policy)
    complete(
        "AWS::KMS::Key",
        _check_template,
        keeps="Description EnableKeyRotation Enabled KeyPolicy KeySpec KeyUsage PendingWindowInDays "
        "RotationPeriodInDays Tags",
    )


def _checking_policy(handler: Any) -> Any:
    def checked(data: dict[str, Any]) -> Any:
        bypassed = bool(data.get("BypassPolicyLockoutSafetyCheck"))
        fault = _fault(data["Policy"], locks_out_is_fine=bypassed) if "Policy" in data else None
        return error_response_json("MalformedPolicyDocumentException", fault, 400) if fault else handler(data)

    return checked


def _check_template(_: str, properties: Properties) -> None:
    policy = properties.get("KeyPolicy")
    if policy and (fault := _fault(policy if isinstance(policy, str) else json.dumps(policy))):
        raise RefusedError(f"MalformedPolicyDocumentException: {fault}")


def _fault(policy: str, *, locks_out_is_fine: bool = False) -> str | None:
    try:
        statements = json.loads(policy)["Statement"]
    except (json.JSONDecodeError, KeyError, TypeError):
        return "The new key policy is not a policy."
    named = [name for statement in _as_list(statements) for name in _principals(statement)]
    if not all(map(_exists, named)):
        return _UNKNOWN_PRINCIPAL
    if locks_out_is_fine or _lets_caller_put_another(policy):
        return None
    return _LOCKS_OUT


def _principals(statement: dict[str, Any]) -> list[str]:
    principal = statement.get("Principal", {})
    return [str(name) for name in _as_list(principal if isinstance(principal, str) else principal.get("AWS", []))]


def _exists(principal: str) -> bool:
    prefix = f"arn:aws:iam::{get_account_id()}:"
    kind, _, path = principal.removeprefix(prefix).partition("/")
    if not principal.startswith(prefix) or kind not in _PRINCIPALS:
        return True
    found = _PRINCIPALS[kind].get(path.rsplit("/", 1)[-1])
    return bool(found and found["Arn"] == principal)


def _lets_caller_put_another(policy: str) -> bool:
    caller = iam_evaluator.caller_arn()
    context = iam_evaluator.EvalContext(
        principal_arn=caller,
        principal_type="AssumedRole" if ":assumed-role/" in caller else "User",
        principal_account=get_account_id(),
        action="kms:PutKeyPolicy",
        resource_arn="*",
        region=get_region(),
    )
    return bool(iam_evaluator.evaluate_resource_policy(policy, context).decision == "Allow")


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
