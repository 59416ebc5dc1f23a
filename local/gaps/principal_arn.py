"""IAM: to `aws:PrincipalArn`, a session of a role is the role, with its path.

The emulator compares the session's own ARN, and so a policy that names a role by this key admits nobody. Rests on "AWS
global condition context keys" (IAM/latest/UserGuide/reference_policies_condition-keys.html): for IAM roles, the request
context has the ARN of the role.
"""

from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.services import iam

_KEY: Final = "aws:principalarn"


def close() -> None:
    resolve = iam_evaluator._resolve_condition_key

    def resolved(key: str, context: Any) -> Any:
        found = resolve(key, context)
        name = iam_evaluator._role_name_from_assumed_arn(context.principal_arn)
        if key.lower() != _KEY or not name:
            return found
        role = iam._roles.get_scoped(context.principal_account, None, name)
        return role["Arn"] if role else found

    iam_evaluator._resolve_condition_key = resolved
