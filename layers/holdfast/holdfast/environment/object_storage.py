"""Object storage: the bucket for the application's data, and the one that access logs are written to.

Data is encrypted with our key, and what asks for another is refused; nothing is public, nothing travels in clear text,
and what was overwritten or deleted can be had back for a while. Access logs of a load balancer can be encrypted with
S3's own keys only ("Enable access logs for your Application Load Balancer", elasticloadbalancing/latest/application/
enable-access-logging.html); the same holds for S3's ("Enabling Amazon S3 server access logging", AmazonS3/latest/
userguide/enable-server-access-logging.html).
"""

from collections.abc import Iterator
from typing import Any

from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.policy import Document, read, sentences
from holdfast.aws.resource import code
from holdfast.aws.s3.bucket_policy import BucketPolicyState
from holdfast.aws.s3.configuration import BucketEncryption, BucketState, LoggingConfiguration
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names
from holdfast.environment.bucket_policies import for_data, for_logs
from holdfast.environment.tagged import data_key

KEY = "${keys/data.Arn}"
UNFINISHED_DAYS = 7
"""Days after which the parts of an upload that nobody finished are thrown away."""


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    data, logs = (_name(spec, site, purpose) for purpose in (names.DATA_BUCKET, names.ACCESS_LOG_BUCKET))
    yield Declared(
        "AWS::S3::Bucket",
        "access_log_bucket",
        BucketState(
            bucket_name=logs,
            bucket_encryption=BucketEncryption(sse_algorithm="AES256"),
            lifecycle_configuration=_lifecycle(spec.object_storage.noncurrent_days, spec.logs.retention_days),
        ),
    )
    yield Declared(
        "AWS::S3::BucketPolicy",
        "access_log_bucket_policy",
        BucketPolicyState(
            bucket="${object_storage/access_log_bucket}",
            policy_document=for_logs(_arn(site, logs), _arn(site, data), site),
        ),
    )
    yield Declared(
        "AWS::S3::Bucket",
        "data_bucket",
        BucketState(
            bucket_name=data,
            bucket_encryption=BucketEncryption(sse_algorithm="aws:kms", kms_master_key_id=KEY, bucket_key_enabled=True),
            lifecycle_configuration=_lifecycle(spec.object_storage.noncurrent_days),
            logging_configuration=LoggingConfiguration(
                # Through its policy, which stands before S3 is told to write there.
                destination_bucket_name="${object_storage/access_log_bucket_policy}",
                log_file_prefix=f"{names.REQUEST_LOGS}/",
            ),
        ),
    )
    yield Declared(
        "AWS::S3::BucketPolicy",
        "data_bucket_policy",
        BucketPolicyState(bucket="${object_storage/data_bucket}", policy_document=for_data(_arn(site, data), KEY)),
    )


def _name(spec: Spec, site: Site, purpose: str) -> str:
    return names.bucket(spec.name, purpose, site.account, site.region)


def _arn(site: Site, bucket: str) -> str:
    return f"arn:{site.partition}:s3:::{bucket}"


def _lifecycle(noncurrent_days: int, expires_after: int | None = None) -> Document:
    """Keep what was overwritten or deleted for a while; the last trace of a deleted object goes with it."""
    everything: Document = {"Filter": {"Prefix": ""}, "Status": "Enabled"}
    old: Document = {
        "ID": "old-versions",
        **everything,
        "NoncurrentVersionExpiration": {"NoncurrentDays": noncurrent_days},
        "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": UNFINISHED_DAYS},
    }
    if expires_after is None:
        return {"Rules": [{**old, "Expiration": {"ExpiredObjectDeleteMarker": True}}]}
    return {"Rules": [{**old, "Expiration": {"Days": expires_after}}]}


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Ask S3 of each bucket by its name: who gets in, how objects are kept, and what is said of them."""
    s3, tail = clients.s3, f"{site.account}-{site.region}"
    data, logs = f"{spec.name}-data-{tail}", f"{spec.name}-access-logs-{tail}"
    buckets = (data, logs)
    days, kept = spec.object_storage.noncurrent_days, spec.logs.retention_days
    key = data_key(clients, spec)
    yield Finding.of(
        "Can anybody from outside get in?",
        saw={bucket: _open(clients, bucket) for bucket in buckets},
        expected=dict.fromkeys(buckets, "no: blocked four times, no access lists, policy not public"),
    )
    yield Finding.of(
        "With what is encrypted what is put into them?",
        saw={bucket: _encrypted(clients, bucket) for bucket in buckets},
        expected={data: f"aws:kms {key}, with a bucket key", logs: "AES256"},
    )
    for bucket, expected in (
        (data, _expected_of_data(data, key, site)),
        (logs, _expected_of_logs(logs, data, site)),
    ):
        yield Finding.of(
            f"What does the policy of {bucket} say of anybody but single users and roles that are not ours?",
            saw=_policy(clients, bucket, site),
            expected=sorted(expected),
        )
    yield Finding.of(
        "Can what was overwritten or deleted be had back, and for how long?",
        saw={bucket: [_versions(clients, bucket), *_expiry(clients, bucket)] for bucket in buckets},
        expected={
            data: ["Enabled", f"all: old after {days} days, unfinished after 7 days, markers alone"],
            logs: ["Enabled", f"all: old after {days} days, unfinished after 7 days, current after {kept} days"],
        },
    )
    logging: Any = s3.get_bucket_logging(Bucket=data)
    target = logging.get("LoggingEnabled")
    yield Finding.of(
        "Where is it written who asked for data?",
        saw=f"{target['TargetBucket']}/{target['TargetPrefix']}" if target else "nowhere",
        expected=f"{logs}/s3/",
    )
    yield Finding.of(
        "Do the buckets heed tags in authorization?",
        saw={bucket: s3.get_bucket_abac(Bucket=bucket).get("AbacStatus", {}).get("Status") for bucket in buckets},
        expected=dict.fromkeys(buckets, "Enabled"),
    )


def _open(clients: Clients, bucket: str) -> str:
    try:
        block: Any = clients.s3.get_public_access_block(Bucket=bucket)["PublicAccessBlockConfiguration"]
    except ClientError as error:
        block = {code(error): False}
    ajar = sorted(name for name, shut in block.items() if not shut)
    rules = clients.s3.get_bucket_ownership_controls(Bucket=bucket)["OwnershipControls"]["Rules"]
    try:
        public = clients.s3.get_bucket_policy_status(Bucket=bucket)["PolicyStatus"]["IsPublic"]
    except ClientError as error:
        if code(error) != "NoSuchBucketPolicy":
            raise
        public = False
    if ajar or public or [rule["ObjectOwnership"] for rule in rules] != ["BucketOwnerEnforced"]:
        return f"maybe: not blocked {ajar}, {rules}, policy {'public' if public else 'not public'}"
    return "no: blocked four times, no access lists, policy not public"


def _encrypted(clients: Clients, bucket: str) -> str:
    rules = clients.s3.get_bucket_encryption(Bucket=bucket)["ServerSideEncryptionConfiguration"]["Rules"]
    default: Any = rules[0].get("ApplyServerSideEncryptionByDefault", {})
    words = [default.get("SSEAlgorithm", "nothing"), default.get("KMSMasterKeyID", "")]
    bucket_key = ", with a bucket key" if words[1] and rules[0].get("BucketKeyEnabled") else ""
    return " ".join(filter(None, words)) + bucket_key


def _policy(clients: Clients, bucket: str, site: Site) -> list[str]:
    try:
        said: Any = read(clients.s3.get_bucket_policy(Bucket=bucket)["Policy"])["Statement"]
    except ClientError as error:
        return [code(error)]
    listed = said if isinstance(said, list) else [said]
    return sentences({"Statement": [one for one in listed if not _is_of_single_others(one, site)]})


def _is_of_single_others(statement: Any, site: Site) -> bool:
    """Whether it speaks only of users and roles of the account that IAM could give or deny as much, none of ours."""
    principal = statement.get("Principal")
    named = principal.get("AWS", []) if isinstance(principal, dict) else []
    mine = tuple(site.arn("iam", kind, region="") for kind in ("user/", "role/"))
    ours = site.arn("iam", "role/holdfast/", region="")
    each = named if isinstance(named, list) else [named]
    others = [one for one in each if one.startswith(mine) and not one.startswith(ours)]
    return bool(others) and others == each and principal.keys() == {"AWS"}


def _tls(bucket: str, site: Site) -> str:
    arn = f"arn:{site.partition}:s3:::{bucket}"
    return f"Deny * to s3:* on {arn}, {arn}/* if Bool aws:SecureTransport false"


def _expected_of_data(bucket: str, key: str, site: Site) -> list[str]:
    put, by = f"Deny * to s3:PutObject on arn:{site.partition}:s3:::{bucket}/* if", "s3:x-amz-server-side-encryption"
    named = f"{by}-aws-kms-key-id"
    return [
        _tls(bucket, site),
        f"{put} StringNotEqualsIfExists {by} aws:kms",
        f"{put} StringNotEqualsIfExists {named} {key}",
        f"{put} Null {named} true if StringEquals {by} aws:kms",
        f"{put} Null {by}-customer-algorithm false",
    ]


def _expected_of_logs(bucket: str, data: str, site: Site) -> list[str]:
    allow, here = f"s3:PutObject on arn:{site.partition}:s3:::", f"if StringEquals aws:SourceAccount {site.account}"
    balancer = f"arn:{site.partition}:elasticloadbalancing:{site.region}:{site.account}:loadbalancer/*"
    written = f"{bucket}/load-balancer/AWSLogs/{site.account}/*"
    return [
        _tls(bucket, site),
        f"Allow logdelivery.elasticloadbalancing.amazonaws.com to {allow}{written} if ArnLike aws:SourceArn {balancer}",
        f"Allow logging.s3.amazonaws.com to {allow}{bucket}/s3/* "
        f"if ArnLike aws:SourceArn arn:{site.partition}:s3:::{data} {here}",
    ]


def _versions(clients: Clients, bucket: str) -> str:
    return clients.s3.get_bucket_versioning(Bucket=bucket).get("Status", "never")


def _expiry(clients: Clients, bucket: str) -> list[str]:
    try:
        rules: Any = clients.s3.get_bucket_lifecycle_configuration(Bucket=bucket)["Rules"]
    except ClientError as error:
        return [code(error)]
    return sorted(_expires(rule) for rule in rules if rule["Status"] == "Enabled")


def _expires(rule: Any) -> str:
    where = rule.get("Filter", {}).get("Prefix") or "all"
    old = rule.get("NoncurrentVersionExpiration", {}).get("NoncurrentDays")
    unfinished = rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")
    current = rule.get("Expiration", {})
    ends = f"current after {current['Days']} days" if "Days" in current else "markers alone"
    return f"{where}: old after {old} days, unfinished after {unfinished} days, {ends}"
