"""``AWS::S3::Bucket``: a bucket and all of its configuration as one promise.

A bucket's name is unique in all of AWS, so that no twin can arise; ours end in ``-<account>-<Region>`` ("General
purpose bucket naming rules", AmazonS3/latest/userguide/bucketnamingrules.html). One that stands under our name and was
never ours, in this account or in another, is never taken over: every call names the owner that it expects
("Verifying bucket ownership with bucket owner condition", AmazonS3/latest/userguide/bucket-owner-condition.html).

Tags are set by CreateBucket and by TagResource: once a bucket heeds tags in authorization (ABAC), S3 refuses
PutBucketTagging ("PutBucketAbac", AmazonS3/latest/API/API_PutBucketAbac.html). Access points are not looked at: they
let nobody in whom the bucket's policy does not let in ("Configuring IAM policies for using access points",
AmazonS3/latest/userguide/access-points-policies.html).
"""

import re
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.aws.s3.configuration import KMS, BucketState, configured, tags_of
from holdfast.core.resource import Drift, Duration, Observed, Physical
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import BucketLocationConstraintType
    from mypy_boto3_s3.type_defs import (
        CreateBucketConfigurationTypeDef,
        ErrorTypeDef,
        ServerSideEncryptionRuleTypeDef,
        TagTypeDef,
    )

GONE = "NoSuchBucket"
PASSING = frozenset({"InternalError", "ServiceUnavailable", "SlowDown"})
"""Why DeleteObjects left an object that the next call deletes ("Error responses", Amazon S3 API reference)."""
WITHOUT_CONSTRAINT = "us-east-1"
"""The Region that CreateBucket does not let be named."""
PAGES_A_CALL = 10
"""Pages of a thousand versions that one call of ``delete`` removes, so that it stays inside its function's timeout."""


class Bucket(AwsResource[BucketState]):
    """One bucket."""

    kind = "AWS::S3::Bucket"
    model = BucketState
    immutable = frozenset({"BucketName"})
    filled_in = frozenset({"BucketEncryption", "LifecycleConfiguration", "LoggingConfiguration"})
    duration = Duration(2, 1, 5)
    holds_data = True
    when_gone = (
        "see that nobody else has taken its name (`aws s3api head-bucket`), then start a build, which makes an empty "
        "one: what was in it is lost unless it was copied; docs/runbooks/exposure.md"
    )

    @property
    def owner(self) -> str:
        """The account in the bucket's name: it must be its owner's."""
        found = re.search(r"-(\d{12})-", self.desired.bucket_name)
        return found[1] if found else ""

    def observe(self) -> Observed[BucketState] | None:
        name = self.desired.bucket_name
        try:
            tags = tags_of(self.clients.s3, name, self.owner)
            self.refuse_strangers(f"the bucket {name}", tags)
            state = configured(self.clients.s3, name, self.owner, tags)
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        partition = self.clients.s3.meta.partition
        return Observed(state=state, physical={"id": name, "Arn": f"arn:{partition}:s3:::{name}"})

    def create(self) -> Physical:
        region = self.clients.s3.meta.region_name
        configuration: CreateBucketConfigurationTypeDef = {"Tags": _tag_list(self.desired.tags)}
        if region != WITHOUT_CONSTRAINT:
            constraint: BucketLocationConstraintType = region  # type: ignore[assignment]  # a str, S3 knows which
            configuration["LocationConstraint"] = constraint
        try:
            with already_so("BucketAlreadyOwnedByYou"):
                self.clients.s3.create_bucket(Bucket=self.desired.bucket_name, CreateBucketConfiguration=configuration)
        except ClientError as error:
            if code(error) != "BucketAlreadyExists":
                raise
            raise NeedsHuman(
                str(self.address),
                f"another account of AWS has a bucket named {self.desired.bucket_name}",
                "give the environment another name: bucket names are unique in all of AWS",
            ) from error
        return {}

    def update(self, observed: Observed[BucketState], drift: Drift) -> tuple[str, ...]:
        """First what keeps strangers out, then how objects are kept; each configuration is put as a whole."""
        paths = {change.path.partition(".")[0] for change in drift}
        opened = (*self._close(paths), *self._give_nothing_away(paths))
        return (*opened, *self._keep(paths), *self._log(paths), *self._retag(drift))

    def _close(self, paths: set[str]) -> list[str]:
        s3, bucket, owner, calls = self.clients.s3, self.desired.bucket_name, self.owner, []
        if "PublicAccessBlockConfiguration" in paths:
            block: Any = self.desired.public_access_block_configuration
            s3.put_public_access_block(Bucket=bucket, ExpectedBucketOwner=owner, PublicAccessBlockConfiguration=block)
            calls.append("PutPublicAccessBlock")
        if "OwnershipControls" in paths:
            calls += self._own()
        if "AbacStatus" in paths:
            status: Any = {"Status": self.desired.abac_status}
            s3.put_bucket_abac(Bucket=bucket, ExpectedBucketOwner=owner, AbacStatus=status)
            calls.append(f"PutBucketAbac {self.desired.abac_status}")
        return calls

    def _own(self) -> list[str]:
        """S3 turns no access list off that still lets others in ("Troubleshooting" of Object Ownership)."""
        s3, bucket, owner, calls = self.clients.s3, self.desired.bucket_name, self.owner, []
        rules: Any = {"Rules": [{"ObjectOwnership": self.desired.ownership_controls}]}
        try:
            s3.put_bucket_ownership_controls(Bucket=bucket, ExpectedBucketOwner=owner, OwnershipControls=rules)
        except ClientError as error:
            if code(error) != "InvalidBucketAclWithObjectOwnership":
                raise
            s3.put_bucket_acl(Bucket=bucket, ExpectedBucketOwner=owner, ACL="private")
            s3.put_bucket_ownership_controls(Bucket=bucket, ExpectedBucketOwner=owner, OwnershipControls=rules)
            calls.append("PutBucketAcl private")
        return [*calls, f"PutBucketOwnershipControls {self.desired.ownership_controls}"]

    def _give_nothing_away(self, paths: set[str]) -> list[str]:
        s3, bucket, owner, calls = self.clients.s3, self.desired.bucket_name, self.owner, []
        if "ReplicationConfiguration" in paths:
            s3.delete_bucket_replication(Bucket=bucket, ExpectedBucketOwner=owner)
            calls.append("DeleteBucketReplication")
        if "WebsiteConfiguration" in paths:
            s3.delete_bucket_website(Bucket=bucket, ExpectedBucketOwner=owner)
            calls.append("DeleteBucketWebsite")
        return calls

    def _keep(self, paths: set[str]) -> list[str]:
        s3, bucket, owner, calls = self.clients.s3, self.desired.bucket_name, self.owner, []
        if "BucketEncryption" in paths:
            s3.put_bucket_encryption(
                Bucket=bucket,
                ExpectedBucketOwner=owner,
                ServerSideEncryptionConfiguration={"Rules": [self._encryption_rule]},
            )
            calls.append(f"PutBucketEncryption {self.desired.bucket_encryption.sse_algorithm}")
        if "VersioningConfiguration" in paths:
            versioning: Any = {"Status": self.desired.versioning_configuration}
            s3.put_bucket_versioning(Bucket=bucket, ExpectedBucketOwner=owner, VersioningConfiguration=versioning)
            calls.append(f"PutBucketVersioning {self.desired.versioning_configuration}")
        if "LifecycleConfiguration" in paths:
            rules: Any = self.desired.lifecycle_configuration
            s3.put_bucket_lifecycle_configuration(
                Bucket=bucket, ExpectedBucketOwner=owner, LifecycleConfiguration=rules
            )
            calls.append("PutBucketLifecycleConfiguration")
        return calls

    @property
    def _encryption_rule(self) -> "ServerSideEncryptionRuleTypeDef":
        promised = self.desired.bucket_encryption
        default: Any = {"SSEAlgorithm": promised.sse_algorithm}
        if promised.sse_algorithm == KMS:
            default["KMSMasterKeyID"] = promised.kms_master_key_id
        return {"ApplyServerSideEncryptionByDefault": default, "BucketKeyEnabled": promised.bucket_key_enabled}

    def _log(self, paths: set[str]) -> list[str]:
        if "LoggingConfiguration" not in paths:
            return []
        status: Any = {}
        if promised := self.desired.logging_configuration:
            status["LoggingEnabled"] = {
                "TargetBucket": promised.destination_bucket_name,
                "TargetPrefix": promised.log_file_prefix,
            }
        self.clients.s3.put_bucket_logging(
            Bucket=self.desired.bucket_name, ExpectedBucketOwner=self.owner, BucketLoggingStatus=status
        )
        return ["PutBucketLogging"]

    def _retag(self, drift: Drift) -> list[str]:
        lost = lost_tags(drift)
        if not lost:
            return []
        arn = f"arn:{self.clients.s3.meta.partition}:s3:::{self.desired.bucket_name}"
        self.clients.s3control.tag_resource(AccountId=self.owner, ResourceArn=arn, Tags=_tag_list(lost))
        return [f"TagResource {', '.join(lost)}"]

    def delete(self, observed: Observed[BucketState]) -> None:
        """Empty it, every version and every upload that was not finished; S3 deletes none that holds anything.

        A bucket that is full takes several calls: each goes on where the last one stopped. Raises ``NeedsHuman`` for an
        object that S3 refuses to delete: DeleteObjects answers with its refusals, it does not fail by them.
        """
        s3, bucket, owner = self.clients.s3, observed.state.bucket_name, self.owner
        with already_so(GONE):
            for _ in range(PAGES_A_CALL):
                page = s3.list_object_versions(Bucket=bucket, ExpectedBucketOwner=owner)
                held = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
                uploads = s3.list_multipart_uploads(Bucket=bucket, ExpectedBucketOwner=owner).get("Uploads", [])
                if not held and not uploads:
                    with already_so("BucketNotEmpty"):
                        s3.delete_bucket(Bucket=bucket, ExpectedBucketOwner=owner)
                    return
                for one in uploads:
                    with already_so("NoSuchUpload"):
                        s3.abort_multipart_upload(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"])
                if held:
                    named: Any = [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in held]
                    answer = s3.delete_objects(
                        Bucket=bucket, ExpectedBucketOwner=owner, Delete={"Objects": named, "Quiet": True}
                    )
                    self._require_deleted(answer.get("Errors", []))

    def _require_deleted(self, refused: "list[ErrorTypeDef]") -> None:
        lasting = [one for one in refused if one.get("Code") not in PASSING]
        if lasting:
            first = lasting[0]
            raise NeedsHuman(
                str(self.address),
                f"S3 does not delete {len(lasting)} of its objects, such as {first.get('Key')}: {first.get('Code')}",
                "look what forbids it, in the bucket's policy or by a lock, then start the teardown again",
            )


def _tag_list(tags: dict[str, str]) -> list["TagTypeDef"]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
