"""Who may use a key beside its policy: its grants, but for those by which AWS's own services use it for us.

RDS, EBS, EFS, AWS Backup and EKS each grant themselves the key when we make something under it, and retire the grant
when it goes; taking one away breaks what leans on it for good. Theirs are told by the grantee: a service of AWS
("GrantListEntry", kms/latest/APIReference/API_GrantListEntry.html), an instance as EBS knows it, whose role's name
begins with ``aws:`` as nobody else's can ("Examining grants",
kms/latest/developerguide/determining-access-grants.html), a service-linked role of the key's account, or a role that
the key's policy names, as the cluster's key names the cluster's role. The account's root is in every policy and no such
role: a grant to it is one to everybody in the account.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from holdfast.aws.policy import Document
from holdfast.core.resource import Desired

if TYPE_CHECKING:
    from mypy_boto3_kms import KMSClient

OF_AWS: Final = re.compile(r"arn:[\w-]+:(sts::\d{12}:assumed-role/aws:.*|iam::(\d{12}):role/aws-service-role/.*)")
A_ROLE: Final = re.compile(r"arn:[\w-]+:iam::\d{12}:role/.*")


class Grant(Desired, frozen=True, kw_only=True, order=True):
    """``operations`` are what the grantee may ask of the key, in the order of the alphabet."""

    grant_id: str
    grantee_principal: str
    operations: tuple[str, ...]


def foreign_grants(kms: "KMSClient", key_arn: str, policy: Document) -> Iterator[Grant]:
    """The key's grants that no service of AWS made for itself; ``policy`` is the promised one."""
    account, named = key_arn.split(":")[4], frozenset(_roles(policy))
    for page in kms.get_paginator("list_grants").paginate(KeyId=key_arn):
        for one in page["Grants"]:
            grantee = one.get("GranteePrincipal", "")
            if grantee.startswith("arn:") and grantee not in named and not _of_aws(grantee, account):
                operations = tuple(sorted(one.get("Operations", [])))
                yield Grant(grant_id=one["GrantId"], grantee_principal=grantee, operations=operations)


def _of_aws(grantee: str, account: str) -> bool:
    found = OF_AWS.fullmatch(grantee)
    return found is not None and found[2] in (None, account)


def _roles(policy: Document) -> Iterator[str]:
    statements: Any = policy["Statement"]
    for statement in statements:
        principal: Any = statement.get("Principal", {})
        named = principal.get("AWS", []) if isinstance(principal, dict) else principal
        for one in named if isinstance(named, list) else [named]:
            if A_ROLE.fullmatch(one):
                yield one
