"""What the emulator's CloudFormation handlers drop of a bucket: encryption, lifecycle, ownership, tags.

Promises: each is read back by S3's own API as the template has it; a part of a lifecycle rule that is not carried fails
the stack by name. Pages: AWS::S3::Bucket with its BucketEncryption, LifecycleConfiguration and OwnershipControls
(AWSCloudFormation/latest/UserGuide/aws-resource-s3-bucket.html).
"""

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import botocore.serialize
import botocore.session
from ministack.services import s3
from ministack.services.cloudformation import provisioners

from local.gaps.cloudformation import Properties, RefusedError, accept, complete, is_true

type Members = dict[str, Any]

_RULE: Final = frozenset(
    (
        "AbortIncompleteMultipartUpload",
        "ExpirationInDays",
        "Id",
        "NoncurrentVersionExpiration",
        "Prefix",
        "Status",
        "Transitions",
    )
)


def close() -> None:
    provisioners._S3_BUCKET_CONFIGURATIONS += (
        _row("BucketEncryption", "encryption", "PutBucketEncryption", _encryption),
        _row("LifecycleConfiguration", "lifecycle", "PutBucketLifecycleConfiguration", _lifecycle),
        _row(
            "OwnershipControls",
            "ownership_controls",
            "PutBucketOwnershipControls",
            lambda it: {"OwnershipControls": it},
        ),
        _row("Tags", "tagging", "PutBucketTagging", lambda tags: {"Tagging": {"TagSet": tags}}),
    )
    complete(
        "AWS::S3::Bucket",
        lambda _, __: None,
        keeps="BucketEncryption BucketName CorsConfiguration LifecycleConfiguration NotificationConfiguration "
        "OwnershipControls PublicAccessBlockConfiguration Tags VersioningConfiguration",
    )


def _row(
    name: str, handler: str, operation: str, members: Callable[[Any], Members]
) -> tuple[str, Callable[[Any], bytes], Callable[[str, bytes], Any], Callable[[str], Any]]:
    """Return a row of the emulator's table: the property, its XML, and S3's own calls that put and delete it."""
    put, delete = getattr(s3, f"_put_bucket_{handler}"), getattr(s3, f"_delete_bucket_{handler}")
    return name, lambda given: _xml(operation, members(given)), lambda bucket, body: accept(put(bucket, body)), delete


def _encryption(configuration: Properties) -> Members:
    rules = [
        {
            "ApplyServerSideEncryptionByDefault": rule["ServerSideEncryptionByDefault"],
            "BucketKeyEnabled": is_true(rule.get("BucketKeyEnabled", False)),
        }
        for rule in configuration["ServerSideEncryptionConfiguration"]
    ]
    return {"ServerSideEncryptionConfiguration": {"Rules": rules}}


def _lifecycle(configuration: Properties) -> Members:
    return {"LifecycleConfiguration": {"Rules": [_lifecycle_rule(rule) for rule in configuration["Rules"]]}}


def _lifecycle_rule(rule: Properties) -> Members:
    if unknown := sorted(set(rule) - _RULE):
        raise RefusedError(f"the laptop AWS would drop {', '.join(unknown)} of a bucket's lifecycle rule")
    members: Members = {"Status": rule["Status"], "Filter": {"Prefix": rule.get("Prefix", "")}}
    if "Id" in rule:
        members["ID"] = rule["Id"]
    if "ExpirationInDays" in rule:
        members["Expiration"] = {"Days": int(rule["ExpirationInDays"])}
    if "Transitions" in rule:
        members["Transitions"] = [
            {"StorageClass": each["StorageClass"], "Days": int(each["TransitionInDays"])}
            for each in rule["Transitions"]
        ]
    for name in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if name in rule:
            members[name] = {part: int(days) for part, days in rule[name].items()}
    return members


def _xml(operation: str, members: Members) -> bytes:
    model, serializer = _s3()
    request = serializer.serialize_to_request({"Bucket": "bucket", **members}, model.operation_model(operation))
    return bytes(request["body"])


@cache
def _s3() -> tuple[Any, Any]:
    model = botocore.session.get_session().get_service_model("s3")
    return model, botocore.serialize.create_serializer("rest-xml")
