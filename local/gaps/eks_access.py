"""EKS access entries are described with the tags that they have now.

Pages: DescribeAccessEntry, TagResource, UntagResource (eks/latest/APIReference/API_DescribeAccessEntry.html and its
like).
"""

import json
from typing import Any

from ministack.services import eks

type Answer = tuple[int, dict[str, str], bytes]

_describe = eks._describe_access_entry


def close() -> None:
    eks._describe_access_entry = _described


def _described(cluster: str, principal: str) -> Answer:
    status, headers, body = _describe(cluster, principal)
    if status != 200:
        return status, headers, body
    entry: dict[str, Any] = json.loads(body)["accessEntry"]
    tags = dict(eks._tags.get(entry["accessEntryArn"], {}))
    answer: Answer = eks._json_resp(200, {"accessEntry": {**entry, "tags": tags}})
    return answer
