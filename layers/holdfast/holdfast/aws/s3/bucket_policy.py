"""``AWS::S3::BucketPolicy``: who else may use a bucket, and on what terms.

Our statements stand as we wrote them. Of those that others add, what weakens the policy is drift (see ``statements``);
the rest stays, and is not looked at. S3 refuses a public policy while public policies are blocked ("Blocking public
access to your Amazon S3 storage", AmazonS3/latest/userguide/access-control-block-public-access.html).
"""

import json
import re
from collections.abc import Iterator
from typing import Any

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.policy import Document, Statement, canonical, read
from holdfast.aws.resource import AwsResource, code
from holdfast.aws.s3.statements import weakens
from holdfast.core.resource import Desired, Drift, Observed, Physical, Removal
from holdfast.core.trouble import NeedsHuman


class BucketPolicyState(Desired, frozen=True, kw_only=True):
    """``bucket`` is the bucket's name."""

    bucket: str
    policy_document: Document

    def __post_init__(self) -> None:
        msgspec.structs.force_setattr(self, "policy_document", canonical(self.policy_document))


class BucketPolicy(AwsResource[BucketPolicyState]):
    """The policy of one bucket; a bucket has one at the most."""

    kind = "AWS::S3::BucketPolicy"
    model = BucketPolicyState
    immutable = frozenset({"Bucket"})
    comes_back = True

    @property
    def owner(self) -> str:
        """The account in the bucket's name: it must be its owner's."""
        found = re.search(r"-(\d{12})-", self.desired.bucket)
        return found[1] if found else ""

    def observe(self) -> Observed[BucketPolicyState] | None:
        bucket, written = self.desired.bucket, self._written()
        if written is None:
            return None
        kept = list(self._of_others(written))
        statements: Any = written["Statement"]
        shown = {**written, "Statement": [one for one in statements if one not in kept]}
        return Observed(state=BucketPolicyState(bucket=bucket, policy_document=shown), physical={"id": bucket})

    def _written(self) -> Document | None:
        try:
            found = self.clients.s3.get_bucket_policy(Bucket=self.desired.bucket, ExpectedBucketOwner=self.owner)
        except ClientError as error:
            if code(error) not in {"NoSuchBucketPolicy", "NoSuchBucket"}:
                raise
            return None
        return canonical(read(found["Policy"]))

    def _of_others(self, written: Document) -> Iterator[Statement]:
        """What others added and may keep."""
        ours: Any = self.desired.policy_document["Statement"]
        statements: Any = written["Statement"]
        yield from (one for one in statements if one not in ours and not weakens(one, self.owner))

    def create(self) -> Physical:
        self._put(self.desired.policy_document)
        return {"id": self.desired.bucket}

    def update(self, observed: Observed[BucketPolicyState], drift: Drift) -> tuple[str, ...]:
        ours: Any = self.desired.policy_document
        self._put({**ours, "Statement": [*ours["Statement"], *self._of_others(self._written() or ours)]})
        return ("PutBucketPolicy",)

    def _put(self, document: Document) -> None:
        self.clients.s3.put_bucket_policy(
            Bucket=self.desired.bucket, ExpectedBucketOwner=self.owner, Policy=json.dumps(document)
        )

    @property
    def removal(self) -> Removal:
        """S3 deletes it with its bucket; as long as that keeps its data, the policy protects it."""
        return "along"

    def delete(self, observed: Observed[BucketPolicyState]) -> None:
        raise NeedsHuman(str(self.address), "S3 deletes it with its bucket", "delete the bucket")
