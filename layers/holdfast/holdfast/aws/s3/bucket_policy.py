"""``AWS::S3::BucketPolicy``: who else may use a bucket, and on what terms.

The document is ours as a whole: a statement that we did not write is drift. S3 refuses a public one while public
policies are blocked ("Blocking public access to your Amazon S3 storage", AmazonS3/latest/userguide/access-control-
block-public-access.html).
"""

import json
import re

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.policy import Document, canonical, read
from holdfast.aws.resource import AwsResource, code
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

    @property
    def owner(self) -> str:
        """The account in the bucket's name: it must be its owner's."""
        found = re.search(r"-(\d{12})-", self.desired.bucket)
        return found[1] if found else ""

    def observe(self) -> Observed[BucketPolicyState] | None:
        bucket = self.desired.bucket
        try:
            written = self.clients.s3.get_bucket_policy(Bucket=bucket, ExpectedBucketOwner=self.owner)["Policy"]
        except ClientError as error:
            if code(error) not in {"NoSuchBucketPolicy", "NoSuchBucket"}:
                raise
            return None
        state = BucketPolicyState(bucket=bucket, policy_document=read(written))
        return Observed(state=state, physical={"id": bucket})

    def create(self) -> Physical:
        self._put()
        return {"id": self.desired.bucket}

    def update(self, observed: Observed[BucketPolicyState], drift: Drift) -> tuple[str, ...]:
        self._put()
        return ("PutBucketPolicy",)

    def _put(self) -> None:
        self.clients.s3.put_bucket_policy(
            Bucket=self.desired.bucket,
            ExpectedBucketOwner=self.owner,
            Policy=json.dumps(self.desired.policy_document),
        )

    @property
    def removal(self) -> Removal:
        """S3 deletes it with its bucket; as long as that keeps its data, the policy protects it."""
        return "along"

    def delete(self, observed: Observed[BucketPolicyState]) -> None:
        raise NeedsHuman(str(self.address), "S3 deletes it with its bucket", "delete the bucket")
