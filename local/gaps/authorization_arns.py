"""KMS, CloudWatch Logs and Service Quotas: the ARNs that AWS asks its policies about.

KMS: a call on an alias's key is asked about the key, one that binds an alias about the alias and the key ("Controlling
access to aliases", kms/latest/developerguide/alias-access.html); a key has its tags, and the aliases that point at it
("Use aliases to control access to KMS keys", kms/latest/developerguide/alias-authorization.html). Logs: a group's ARN
ends in `:log-stream:` and the stream's name, except for the calls that tag ("Overview of managing access permissions to
your CloudWatch Logs resources", AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html). Quotas: service and
code ("Actions, resources, and condition keys for Service Quotas",
service-authorization/latest/reference/list_servicequotas.html).
"""

from collections.abc import Iterator
from typing import Any, Final

from ministack.services import kms

from local.calls import Call
from local.gaps.authorization import Question, arn, key_tags, resource_tags

_TAGGING: Final = frozenset({"TagResource", "UntagResource", "ListTagsForResource"})


def kms_questions(call: Call, resource: str) -> list[Question]:
    action, given = f"kms:{call.operation}", call.parameters
    if "AliasName" in given and call.operation != "ListAliases":
        alias = arn("kms", given["AliasName"])
        keys = dict.fromkeys(each for each in (kms._aliases.get(alias), given.get("TargetKeyId")) if each)
        return [Question(action, alias, inherits=True), *(_about_key(action, each) for each in keys)]
    if kms._resolve_key(given.get("KeyId", "")):
        return [_about_key(action, given["KeyId"])]
    return [Question(action, resource, inherits=True)]


def _about_key(action: str, which: str) -> Question:
    key = kms._resolve_key(which) or {}
    named = [alias.partition(":alias/")[2] for alias, of in kms._aliases.items() if of == key.get("KeyId")]
    keys = resource_tags("aws", key_tags(key)) | {"kms:ResourceAliases": [f"alias/{name}" for name in named]}
    return Question(action, key.get("Arn", which), keys, inherits=True)


def logs_questions(call: Call, resource: str) -> list[Question]:
    action = f"logs:{call.operation}"
    if call.operation in _TAGGING or not _of_group(call):
        return [Question(action, resource, inherits=True)]
    return [Question(action, each, inherits=True) for each in _streams(call.parameters)]


def _of_group(call: Call) -> bool:
    return call.operation == "DescribeLogGroups" or "logGroupName" in call.parameters


def _streams(given: dict[str, Any]) -> Iterator[str]:
    yield arn("logs", f"log-group:{given.get('logGroupName', '')}:log-stream:{given.get('logStreamName', '')}")


def quotas_questions(call: Call, resource: str) -> list[Question]:
    given = call.parameters
    if "QuotaCode" in given:
        resource = arn("servicequotas", f"{given.get('ServiceCode')}/{given['QuotaCode']}")
    return [Question(f"servicequotas:{call.operation}", resource)]
