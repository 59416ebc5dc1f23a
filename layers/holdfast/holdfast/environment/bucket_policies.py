"""Policies of the buckets: nothing in clear text, no key but ours, and access logs from this account's resources alone.

Access logs of load balancers are written by one principal in every Region ("Enable access logs for your Application
Load Balancer", elasticloadbalancing/latest/application/enable-access-logging.html), S3's own by another ("Permissions
for log delivery", AmazonS3/latest/userguide/enable-server-access-logging.html).
"""

from holdfast.aws.policy import Document, Statement, document
from holdfast.core.site import Site
from holdfast.environment import names

ALGORITHM = "s3:x-amz-server-side-encryption"
ENCRYPTED_BY = f"{ALGORITHM}-aws-kms-key-id"
CUSTOMER_KEY = f"{ALGORITHM}-customer-algorithm"
BALANCERS, S3 = "logdelivery.elasticloadbalancing.amazonaws.com", "logging.s3.amazonaws.com"


def for_data(arn: str, key: str) -> Document:
    """Four ways to put an object under another key than ours, each refused.

    The keys are those of "Actions, resources, and condition keys for Amazon S3" (service-authorization reference).
    """
    put: Statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": f"{arn}/*"}
    other_key: Statement = {"StringNotEqualsIfExists": {ENCRYPTED_BY: key}}
    no_key: Statement = {"StringEquals": {ALGORITHM: "aws:kms"}, "Null": {ENCRYPTED_BY: "true"}}
    return document(
        _only_tls(arn),
        {"Sid": "OnlyKms", **put, "Condition": {"StringNotEqualsIfExists": {ALGORITHM: "aws:kms"}}},
        {"Sid": "OnlyOurKey", **put, "Condition": other_key},
        {"Sid": "NotTheAccountsDefaultKey", **put, "Condition": no_key},
        {"Sid": "NoKeyOfTheCaller", **put, "Condition": {"Null": {CUSTOMER_KEY: "false"}}},
    )


def for_logs(arn: str, data: str, site: Site) -> Document:
    balancers = site.arn("elasticloadbalancing", "loadbalancer/*")
    written = f"{arn}/{names.LOAD_BALANCER_LOGS}/AWSLogs/{site.account}/*"
    return document(
        _only_tls(arn),
        {
            "Sid": "LoadBalancersWrite",
            "Effect": "Allow",
            "Principal": {"Service": BALANCERS},
            "Action": "s3:PutObject",
            "Resource": written,
            "Condition": {"ArnLike": {"aws:SourceArn": balancers}},
        },
        {
            "Sid": "S3Writes",
            "Effect": "Allow",
            "Principal": {"Service": S3},
            "Action": "s3:PutObject",
            "Resource": f"{arn}/{names.REQUEST_LOGS}/*",
            "Condition": {
                "ArnLike": {"aws:SourceArn": data},
                "StringEquals": {"aws:SourceAccount": site.account},
            },
        },
    )


def _only_tls(arn: str) -> Statement:
    return {
        "Sid": "OnlyTls",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [arn, f"{arn}/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
