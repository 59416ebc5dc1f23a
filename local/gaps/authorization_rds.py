"""RDS: a call is asked about every resource that it makes or names, with its tags, and about what it does beside.

Rests on "Actions, resources, and condition keys for Amazon RDS"
(service-authorization/latest/reference/list_amazonrds.html), "AWS KMS key management"
(AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html) and, for the secret in which RDS keeps the master password,
"Password management with Amazon RDS and AWS Secrets Manager" (AmazonRDS/latest/UserGuide/rds-secrets-manager.html).
"""

from collections.abc import Iterator
from typing import Any, Final

from ministack.core.responses import get_region
from ministack.services import kms, rds

from local.calls import Call
from local.gaps.authorization import Question, arn, key_tags, request_tags, resource_tags

# The type of what each member of a request names.
_NAMED: Final = {
    "DBInstanceIdentifier": "db",
    "DBParameterGroupName": "pg",
    "DBSnapshotIdentifier": "snapshot",
    "DBSubnetGroupName": "subgrp",
}
_CREATES: Final = {
    "CreateDBInstance": "DBInstanceIdentifier",
    "CreateDBParameterGroup": "DBParameterGroupName",
    "CreateDBSubnetGroup": "DBSubnetGroupName",
}
_TAGGING: Final = frozenset({"AddTagsToResource", "ListTagsForResource", "RemoveTagsFromResource"})


def questions(call: Call, resource: str) -> list[Question]:
    action, given = f"rds:{call.operation}", call.parameters
    if call.operation in _TAGGING:
        keys = request_tags(given.get("Tags", []), given.get("TagKeys", []))
        return [Question(action, given["ResourceName"], keys | _tags_of(given["ResourceName"]))]
    tags = request_tags(given.get("Tags", []))
    made = _CREATES.get(call.operation)
    named = [(member, arn("rds", f"{kind}:{given.get(member, '*')}")) for member, kind in _NAMED.items()]
    asked = [
        Question(action, which, tags if member == made else tags | _tags_of(which))
        for member, which in named
        if member in given
    ]
    if made and tags:
        asked.append(Question("rds:AddTagsToResource", arn("rds", f"{_NAMED[made]}:{given[made]}"), tags))
    if call.operation == "CreateDBInstance":
        asked += _for_others(given)
    return asked or [Question(action, _any_of(call, resource))]


def _any_of(call: Call, resource: str) -> str:
    """A call that lists is asked about everything of its type."""
    kinds = {"DescribeDBInstances": "db", "DescribeDBParameterGroups": "pg", "DescribeDBSubnetGroups": "subgrp"}
    return arn("rds", f"{kinds[call.operation]}:*") if call.operation in kinds else resource


def _tags_of(which: str) -> dict[str, Any]:
    return resource_tags("rds", rds._tags.get(which, []))


def _for_others(given: dict[str, Any]) -> Iterator[Question]:
    """What RDS does in the caller's name: with the caller's keys, and at Secrets Manager."""
    if given.get("KmsKeyId"):
        yield _with_key("kms:CreateGrant", given["KmsKeyId"], "rds")
    if given.get("ManageMasterUserPassword"):
        for action in ("secretsmanager:CreateSecret", "secretsmanager:TagResource"):
            yield Question(action, arn("secretsmanager", "secret:rds!db-new"))
        if given.get("MasterUserSecretKmsKeyId"):
            for action in ("kms:Decrypt", "kms:GenerateDataKey"):
                yield _with_key(action, given["MasterUserSecretKmsKeyId"], "secretsmanager")


def _with_key(action: str, which: str, service: str) -> Question:
    key = kms._resolve_key(which) or {}
    through = {"kms:ViaService": f"{service}.{get_region()}.amazonaws.com"}
    return Question(action, key.get("Arn", which), resource_tags("aws", key_tags(key)) | through)
