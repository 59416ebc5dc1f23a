"""What moto lacks of Amazon S3: tags in CreateBucket, whether a bucket heeds tags, and whether its policy is public."""

import json
import re
from typing import Any, Final
from xml.etree.ElementTree import fromstring

import pytest
from moto.s3.models import FakeBucket
from moto.s3.responses import S3Response

_put = S3Response._bucket_response_put
_get = S3Response._bucket_response_get
_permission = FakeBucket.get_permission
_NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(S3Response, "_bucket_response_put", _bucket_put)
    monkeypatch.setattr(S3Response, "_bucket_response_get", _bucket_get)
    monkeypatch.setattr(FakeBucket, "_log_permissions_enabled_policy", staticmethod(_may_log))
    monkeypatch.setattr(FakeBucket, "get_permission", _with_tls)


def _bucket_put(response: Any, request: Any, bucket: str, query: dict[str, Any]) -> Any:
    """ "PutBucketAbac", and member Tags of "CreateBucketConfiguration", Amazon S3 API reference."""
    if "abac" in query:
        found = response.backend.head_bucket(bucket)
        found.abac = re.findall(r"<Status>(\w+)</Status>", response.body.decode())[0]
        return 200, {}, ""
    answer = _put(response, request, bucket, query)
    if not query and response.body and b"<Tags>" in response.body:
        tags = [
            {"Key": tag.findtext(f"{{{_NAMESPACE}}}Key"), "Value": tag.findtext(f"{{{_NAMESPACE}}}Value")}
            for tag in fromstring(response.body).iter(f"{{{_NAMESPACE}}}Tag")
        ]
        response.backend.tagger.tag_resource(response.backend.head_bucket(bucket).arn, tags)
    return answer


def _bucket_get(response: Any, bucket: str, query: dict[str, Any]) -> Any:
    """ "GetBucketAbac", Amazon S3 API reference: off unless it was put."""
    if "abac" in query:
        status = getattr(response.backend.head_bucket(bucket), "abac", "Disabled")
        return 200, {}, f'<AbacStatus xmlns="{_NAMESPACE}"><Status>{status}</Status></AbacStatus>'
    return _get(response, bucket, query)


def _may_log(target_bucket: Any, target_prefix: str | None) -> bool:
    """ "Permissions for log delivery", Amazon S3 user guide. moto reads no policy that names everyone as ``*``."""
    statements = json.loads(target_bucket.policy)["Statement"] if target_bucket.policy else []
    named = [one["Principal"] for one in statements if one["Effect"] == "Allow"]
    return {"Service": "logging.s3.amazonaws.com"} in named


def _with_tls(bucket: Any, action: str, resource: str) -> Any:
    """ "Policies and permissions in Amazon S3": what is denied without TLS is not denied with it; moto looks at no
    condition, and asks the policy of a bucket about each object that is deleted."""
    written = bucket.policy
    statements = json.loads(written)["Statement"] if written else []
    told = [one for one in statements if one.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport") != "false"]
    bucket.policy = json.dumps({"Version": "2012-10-17", "Statement": told}).encode() if told else None
    try:
        return _permission(bucket, action, resource)
    finally:
        bucket.policy = written
