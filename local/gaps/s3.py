"""S3: a bucket heeds tags once it is told to, and is then tagged by TagResource alone; whether its policy is public.

Promises: PutBucketAbac and GetBucketAbac keep a bucket's status, off unless it was put; while it is on,
PutBucketTagging is refused; GetBucketPolicyStatus says whether an Allow for everyone has no condition. Pages:
PutBucketAbac (AmazonS3/latest/API/API_PutBucketAbac.html), GetBucketPolicyStatus
(AmazonS3/latest/API/API_GetBucketPolicyStatus.html), "The meaning of public" (AmazonS3/latest/userguide/
access-control-block-public-access.html).
"""

import json
import re
from typing import Any, Final

from ministack.core import iam_actions
from ministack.core.responses import AccountScopedDict
from ministack.services import s3

_NAMESPACE: Final = "http://s3.amazonaws.com/doc/2006-03-01/"
_XML: Final = {"Content-Type": "application/xml"}
_abac = AccountScopedDict()


def close() -> None:
    iam_actions._S3_BUCKET_QUERY_ACTIONS["abac"] = {"GET": "GetBucketAbac", "PUT": "PutBucketAbac"}
    s3._dispatch = _with_more(s3._dispatch)


def heeds_tags(bucket: str) -> bool:
    return bool(_abac.get(bucket) == "Enabled")


def _with_more(dispatch: Any) -> Any:
    def dispatched(method: str, bucket: str, key: str, *sent: Any) -> Any:
        _, body, query = sent
        if key or bucket not in s3._buckets:
            return dispatch(method, bucket, key, *sent)
        match method, *sorted({"abac", "policyStatus", "tagging"} & query.keys()):
            case "PUT", "abac":
                _abac[bucket] = "Enabled" if re.search(rb"<Status>Enabled</Status>", body) else "Disabled"
                return 200, {}, b""
            case "GET", "abac":
                return _answer("AbacStatus", f"<Status>{_abac.get(bucket, 'Disabled')}</Status>")
            case "PUT", "tagging" if heeds_tags(bucket):
                return s3._error("MethodNotAllowed", "The bucket has ABAC enabled: use TagResource.", 405)
            case "GET", "policyStatus":
                return _policy_status(bucket)
        if method == "DELETE" and not query:
            _abac.pop(bucket, None)
        return dispatch(method, bucket, key, *sent)

    return dispatched


def _policy_status(bucket: str) -> Any:
    written = s3._bucket_policies.get(bucket)
    if not written:
        return s3._error("NoSuchBucketPolicy", "The bucket policy does not exist", 404)
    statements = json.loads(written)["Statement"]
    public = any(
        one["Effect"] == "Allow" and one.get("Principal") in ("*", {"AWS": "*"}) and not one.get("Condition")
        for one in ([statements] if isinstance(statements, dict) else statements)
    )
    return _answer("PolicyStatus", f"<IsPublic>{str(public).lower()}</IsPublic>")


def _answer(element: str, content: str) -> Any:
    return 200, dict(_XML), f'<{element} xmlns="{_NAMESPACE}">{content}</{element}>'.encode()
