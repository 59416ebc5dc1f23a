"""IAM: AWS's managed policies are all there, with what they allow, and no others can be attached.

The emulator knows some forty of them and attaches any name. The documents are those of "AWS Managed Policy Reference"
(aws-managed-policy/latest/reference/policy-list.html), as moto carries them; AttachRolePolicy refuses the rest
(IAM/latest/APIReference/API_AttachRolePolicy.html).
"""

import json
from functools import cache
from typing import Any, Final

from ministack.services import iam

_PREFIX: Final = "arn:aws:iam::aws:policy/"


def close() -> None:
    look_up = iam._lookup_policy

    def looked_up(arn: str) -> Any:
        known = look_up(arn)
        if known is not None or not arn.startswith(_PREFIX):
            return known
        document = _documents().get(arn)
        if document is not None:
            iam._aws_managed_policies[arn] = iam._make_aws_managed_record(arn.removeprefix(_PREFIX), document)
        return iam._aws_managed_policies.get(arn)

    iam._lookup_policy = looked_up
    for action in ("AttachRolePolicy", "AttachUserPolicy", "AttachGroupPolicy"):
        iam._IAM_HANDLERS[action] = _checking_policy(iam._IAM_HANDLERS[action])


def _checking_policy(attach: Any) -> Any:
    def attached(parameters: dict[str, Any]) -> Any:
        arn = iam._p(parameters, "PolicyArn")
        if iam._policy_exists(arn):
            return attach(parameters)
        return iam._error(404, "NoSuchEntity", f"Policy {arn} does not exist or is not attachable.", ns="iam")

    return attached


@cache
def _documents() -> dict[str, str]:
    """Return every managed policy's document by its ARN; read only when one is asked for that the emulator has not."""
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415

    policies = json.loads(aws_managed_policies_data)
    return {
        f"{_PREFIX.removesuffix('/')}{policy['Path']}{name}": json.dumps(policy["Document"])
        for name, policy in policies.items()
    }
