"""What is promised of a bucket, in the properties of ``AWS::S3::Bucket``, and how S3's answers read in them.

S3 answers "there is none" with an error of its own for each configuration ("Error responses", AmazonS3/latest/API/
ErrorResponses.html).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.policy import Document
from holdfast.aws.resource import code
from holdfast.core.resource import Desired, Tagged

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

KMS = "aws:kms"
ABSENT = frozenset(
    {
        "NoSuchLifecycleConfiguration",
        "NoSuchPublicAccessBlockConfiguration",
        "NoSuchTagSet",
        "NoSuchWebsiteConfiguration",
        "OwnershipControlsNotFoundError",
        "ReplicationConfigurationNotFoundError",
        "ServerSideEncryptionConfigurationNotFoundError",
    }
)


CLOSED = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}


class BucketEncryption(Desired, frozen=True, kw_only=True):
    """With what S3 encrypts what is put without a word about it. Of the bucket key only KMS takes notice."""

    sse_algorithm: str = msgspec.field(name="SSEAlgorithm")
    kms_master_key_id: str = msgspec.field(name="KMSMasterKeyID", default="")
    bucket_key_enabled: bool = False


class LoggingConfiguration(Desired, frozen=True, kw_only=True):
    """Where S3 writes who asked for what."""

    destination_bucket_name: str
    log_file_prefix: str


class BucketState(Tagged, frozen=True, kw_only=True):
    """``ownership_controls`` is the rule's ObjectOwnership, ``versioning_configuration`` its Status.

    ``lifecycle_configuration`` has ``Rules`` as PutBucketLifecycleConfiguration takes them, by their ID: all there are.
    ``replication_configuration`` are the buckets (ARNs) that objects are copied to, ``website_configuration`` what a
    website endpoint would answer with: nobody promises any.
    """

    bucket_name: str
    bucket_encryption: BucketEncryption
    lifecycle_configuration: Document
    logging_configuration: LoggingConfiguration | None = None
    ownership_controls: str = "BucketOwnerEnforced"
    versioning_configuration: str = "Enabled"
    abac_status: str = "Enabled"
    public_access_block_configuration: dict[str, bool] = msgspec.field(default_factory=lambda: dict(CLOSED))
    replication_configuration: frozenset[str] = frozenset()
    website_configuration: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """No list of rules has an order."""
        rules: Any = self.lifecycle_configuration.get("Rules", [])
        ordered: Document = {"Rules": sorted(rules, key=lambda rule: str(rule.get("ID", "")))}
        msgspec.structs.force_setattr(self, "lifecycle_configuration", ordered)


def configured(s3: "S3Client", bucket: str, owner: str, tags: dict[str, str]) -> BucketState:
    """All of the bucket's configuration; a bucket of another account than ``owner`` is refused."""
    encryption = _answer(s3.get_bucket_encryption, bucket, owner)
    block = _answer(s3.get_public_access_block, bucket, owner)
    ownership = _answer(s3.get_bucket_ownership_controls, bucket, owner)
    lifecycle = _answer(s3.get_bucket_lifecycle_configuration, bucket, owner)
    return BucketState(
        bucket_name=bucket,
        bucket_encryption=_encryption(encryption),
        lifecycle_configuration={"Rules": lifecycle.get("Rules", [])},
        logging_configuration=_logging(s3.get_bucket_logging(Bucket=bucket, ExpectedBucketOwner=owner)),
        ownership_controls=next(
            (str(rule["ObjectOwnership"]) for rule in ownership.get("OwnershipControls", {}).get("Rules", [])), ""
        ),
        versioning_configuration=s3.get_bucket_versioning(Bucket=bucket, ExpectedBucketOwner=owner).get("Status", ""),
        abac_status=s3.get_bucket_abac(Bucket=bucket, ExpectedBucketOwner=owner)
        .get("AbacStatus", {})
        .get("Status", "Disabled"),
        public_access_block_configuration=block.get("PublicAccessBlockConfiguration", {}),
        replication_configuration=_copied_to(_answer(s3.get_bucket_replication, bucket, owner)),
        website_configuration=_served(_answer(s3.get_bucket_website, bucket, owner)),
        tags=tags,
    )


def tags_of(s3: "S3Client", bucket: str, owner: str) -> dict[str, str]:
    found = _answer(s3.get_bucket_tagging, bucket, owner).get("TagSet", [])
    return {tag["Key"]: tag["Value"] for tag in found}


def _answer(operation: Callable[..., Any], bucket: str, owner: str) -> Mapping[str, Any]:
    """What S3 answers; nothing where it says that there is no such configuration."""
    try:
        answer: Mapping[str, Any] = operation(Bucket=bucket, ExpectedBucketOwner=owner)
    except ClientError as error:
        if code(error) not in ABSENT:
            raise
        return {}
    return answer


def _encryption(answer: Mapping[str, Any]) -> BucketEncryption:
    for rule in answer.get("ServerSideEncryptionConfiguration", {}).get("Rules", []):
        default = rule.get("ApplyServerSideEncryptionByDefault", {})
        algorithm = default.get("SSEAlgorithm", "")
        return BucketEncryption(
            sse_algorithm=algorithm,
            kms_master_key_id=default.get("KMSMasterKeyID", ""),
            bucket_key_enabled=algorithm == KMS and rule.get("BucketKeyEnabled", False),
        )
    return BucketEncryption(sse_algorithm="")


def _copied_to(answer: Mapping[str, Any]) -> frozenset[str]:
    rules = answer.get("ReplicationConfiguration", {}).get("Rules", [])
    return frozenset(rule["Destination"]["Bucket"] for rule in rules)


def _served(answer: Mapping[str, Any]) -> frozenset[str]:
    parts = (("IndexDocument", "Suffix"), ("ErrorDocument", "Key"), ("RedirectAllRequestsTo", "HostName"))
    return frozenset(answer[part][name] for part, name in parts if part in answer)


def _logging(answer: Mapping[str, Any]) -> LoggingConfiguration | None:
    if not (enabled := answer.get("LoggingEnabled")):
        return None
    return LoggingConfiguration(
        destination_bucket_name=enabled["TargetBucket"], log_file_prefix=enabled.get("TargetPrefix", "")
    )
