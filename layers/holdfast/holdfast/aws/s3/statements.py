"""Which statements that somebody adds to a bucket's policy weaken it.

A policy has one owner in S3, and people of the account may have reason to add to ours. What they add stays if it speaks
of single users and roles of the bucket's own account alone, to whom IAM could allow or deny as much. Out goes what
speaks of anybody else (another account, everybody, a service of AWS, which acts for every account), of the account as a
whole, of everybody *but* somebody, or of our roles: they are promised what they have, not less and not more ("AWS JSON
policy elements: Principal", IAM/latest/UserGuide/reference_policies_elements_principal.html).
"""

import re
from typing import Any

from holdfast.aws.policy import Statement


def weakens(statement: Statement, account: str) -> bool:
    """``statement`` is one that we did not write, in the policy of a bucket of ``account``."""
    principal: Any = statement.get("Principal")
    if not isinstance(principal, dict) or principal.keys() != {"AWS"}:
        return True
    named = principal["AWS"] if isinstance(principal["AWS"], list) else [principal["AWS"]]
    somebody = rf"arn:[\w-]+:iam::{account}:(user/.+|role/(?!holdfast/).+)"
    return not all(re.fullmatch(somebody, one) for one in named)
