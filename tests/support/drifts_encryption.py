"""Drifts of keys and who may use them, of TLS on the ways in, and of what encrypts each store."""

import json
from collections.abc import Callable
from typing import Any, Final

from tests.support.drifting import Broken, Hands

KEY, CLUSTER_KEY, ALIAS = "keys/data", "keys/cluster", "keys/logs_alias"
CERTIFICATE: Final = "certificate/certificate"
LOAD_BALANCER, HTTPS, HTTP = (
    "load_balancer/load_balancer",
    "load_balancer/https_listener",
    "load_balancer/http_listener",
)
VAULT, FILES = "file_storage/backup_vault", "file_storage/file_system"
DATABASE, PARAMETERS = "database/instance", "database/parameter_group"
BUCKET, POLICY, LOGS_POLICY = (
    "object_storage/data_bucket",
    "object_storage/data_bucket_policy",
    "object_storage/access_log_bucket_policy",
)
LOG_GROUP: Final = "logs/containers_application"
LAYER: Final = "holdfast:layer"
OK: Final = {"StatusCode": "200", "ContentType": "text/plain", "MessageBody": "-"}
IN_THE_CLEAR: Final[list[Any]] = [{"Type": "fixed-response", "FixedResponseConfig": OK}]

type Make = Callable[[Hands], object]


def _calls(service: str, operation: str, path: str, member: str, **given: Any) -> Make:
    """One call of ``service`` about the resource at ``path``, which it knows as ``member``."""
    return lambda hands: getattr(hands.client(service), operation)(**{member: hands.id(path)}, **given)


def _kms(operation: str, path: str = KEY, **given: Any) -> Make:
    return _calls("kms", operation, path, "KeyId", **given)


def _listener(operation: str, path: str = HTTPS, **given: Any) -> Make:
    return _calls("elbv2", operation, path, "ListenerArn", **given)


def _files(operation: str, **given: Any) -> Make:
    return _calls("efs", operation, FILES, "FileSystemId", **given)


def _s3(operation: str, path: str, **given: Any) -> Make:
    return _calls("s3", operation, path, "Bucket", **given)


# ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def _let_everybody_use_it(hands: Hands) -> None:
    kms, key = hands.client("kms"), hands.id(KEY)
    written = json.loads(kms.get_key_policy(KeyId=key, PolicyName="default")["Policy"])
    anybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "kms:Decrypt", "Resource": "*"}
    written["Statement"] = [*written["Statement"], anybody]
    kms.put_key_policy(KeyId=key, PolicyName="default", Policy=json.dumps(written))


def _grant(hands: Hands) -> None:
    stranger = "arn:aws:iam::111122223333:role/reader"
    hands.client("kms").create_grant(KeyId=hands.id(KEY), GranteePrincipal=stranger, Operations=["Decrypt"])


def _another_key(hands: Hands) -> str:
    arn: str = hands.client("kms").create_key(Description="theirs")["KeyMetadata"]["Arn"]
    return arn


def _point_at_another(hands: Hands) -> None:
    hands.client("kms").update_alias(AliasName=hands.id(ALIAS), TargetKeyId=_another_key(hands))


def _log_otherwise(hands: Hands) -> None:
    hands.client("logs").disassociate_kms_key(logGroupName=hands.id(LOG_GROUP))


KEYS: Final = (
    Broken("everybody may use it", KEY, "KeyPolicy", _let_everybody_use_it),
    Broken("granted to another account", KEY, "Grants", _grant),
    Broken("rotates no more", KEY, "EnableKeyRotation", _kms("disable_key_rotation")),
    Broken(
        "rotates every seven years",
        KEY,
        "RotationPeriodInDays",
        _kms("enable_key_rotation", RotationPeriodInDays=2560),
    ),
    Broken("switched off", CLUSTER_KEY, "Enabled", _kms("disable_key", CLUSTER_KEY)),
    Broken("to be deleted", CLUSTER_KEY, "stands", _kms("schedule_key_deletion", CLUSTER_KEY, PendingWindowInDays=7)),
    Broken("described otherwise", KEY, "Description", _kms("update_key_description", Description="mine")),
    Broken("a tag taken off", KEY, "Tags", _kms("untag_resource", TagKeys=[LAYER])),
    Broken("points at another key", ALIAS, "TargetKeyId", _point_at_another),
    Broken("deleted", ALIAS, "stands", _calls("kms", "delete_alias", ALIAS, "AliasName")),
    Broken("without our key", LOG_GROUP, "KmsKeyId", _log_otherwise),
)

# ── ways in ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _certificate(hands: Hands) -> str:
    arn: str = hands.client("acm").request_certificate(DomainName="theirs.example.com", ValidationMethod="DNS")[
        "CertificateArn"
    ]
    return arn


def _vouch_for_another(hands: Hands) -> None:
    hands.client("elbv2").add_listener_certificates(
        ListenerArn=hands.id(HTTPS), Certificates=[{"CertificateArn": _certificate(hands)}]
    )


def _vouch_by_another(hands: Hands) -> None:
    hands.client("elbv2").modify_listener(
        ListenerArn=hands.id(HTTPS), Certificates=[{"CertificateArn": _certificate(hands)}]
    )


def _add_a_rule(hands: Hands) -> None:
    everything = [{"Field": "path-pattern", "PathPatternConfig": {"Values": ["*"]}}]
    hands.client("elbv2").create_rule(
        ListenerArn=hands.id(HTTP), Priority=1, Conditions=everything, Actions=IN_THE_CLEAR
    )


def _listen_in_the_clear(hands: Hands) -> None:
    hands.client("elbv2").create_listener(
        LoadBalancerArn=hands.id(LOAD_BALANCER), Port=8080, Protocol="HTTP", DefaultActions=IN_THE_CLEAR
    )


WAYS_IN: Final = (
    Broken("old TLS", HTTPS, "SslPolicy", _listener("modify_listener", SslPolicy="ELBSecurityPolicy-2016-08")),
    Broken("in the clear", HTTPS, "Protocol", _listener("modify_listener", Protocol="HTTP")),
    Broken("another port", HTTPS, "Port", _listener("modify_listener", Port=8443)),
    Broken("a certificate more", HTTPS, "Certificates", _vouch_for_another),
    Broken("another certificate", HTTPS, "Certificates", _vouch_by_another),
    Broken(
        "says who answers",
        HTTPS,
        "ListenerAttributes",
        _listener(
            "modify_listener_attributes", Attributes=[{"Key": "routing.http.response.server.enabled", "Value": "true"}]
        ),
    ),
    Broken(
        "answers instead of redirecting",
        HTTP,
        "DefaultActions",
        _listener("modify_listener", HTTP, DefaultActions=IN_THE_CLEAR),
    ),
    Broken("a rule before the redirect", HTTP, "Rules", _add_a_rule),
    Broken(
        "a tag taken off",
        HTTP,
        "Tags",
        lambda hands: hands.client("elbv2").remove_tags(ResourceArns=[hands.id(HTTP)], TagKeys=[LAYER]),
    ),
    Broken("deleted", HTTP, "stands", _listener("delete_listener", HTTP)),
    Broken("a listener in the clear", LOAD_BALANCER, "Listeners", _listen_in_the_clear),
    Broken(
        "not in the public logs",
        CERTIFICATE,
        "CertificateTransparencyLoggingPreference",
        _calls(
            "acm",
            "update_certificate_options",
            CERTIFICATE,
            "CertificateArn",
            Options={"CertificateTransparencyLoggingPreference": "DISABLED"},
        ),
    ),
    Broken(
        "a tag taken off",
        CERTIFICATE,
        "Tags",
        _calls("acm", "remove_tags_from_certificate", CERTIFICATE, "CertificateArn", Tags=[{"Key": LAYER}]),
    ),
)

# ── stores ──────────────────────────────────────────────────────────────────────────────────────────────────────────


def _said_more(path: str, principal: Any, effect: str) -> Make:
    """A statement about every object beside those that stand."""

    def make(hands: Hands) -> None:
        s3, bucket = hands.client("s3"), hands.id(path)
        written = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
        about = {"Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{bucket}/*"}
        written["Statement"] = [*written["Statement"], {"Effect": effect, "Principal": principal, **about}]
        s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(written))

    return make


def _take_clear_text(hands: Hands) -> None:
    s3, bucket = hands.client("s3"), hands.id(POLICY)
    written = json.loads(s3.get_bucket_policy(Bucket=bucket)["Policy"])
    written["Statement"] = [one for one in written["Statement"] if one.get("Sid") != "OnlyTls"]
    s3.put_bucket_policy(Bucket=bucket, Policy=json.dumps(written))


def _encrypt_by_s3(hands: Hands) -> None:
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}
    hands.client("s3").put_bucket_encryption(
        Bucket=hands.id(BUCKET), ServerSideEncryptionConfiguration={"Rules": [rule]}
    )


def _mount_in_the_clear(hands: Hands) -> None:
    everybody = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "elasticfilesystem:*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [everybody]})
    hands.client("efs").put_file_system_policy(FileSystemId=hands.id(FILES), Policy=policy)


def _connect_in_the_clear(hands: Hands) -> None:
    off = {"ParameterName": "rds.force_ssl", "ParameterValue": "0", "ApplyMethod": "immediate"}
    hands.client("rds").modify_db_parameter_group(DBParameterGroupName=hands.id(PARAMETERS), Parameters=[off])


def _under_other_parameters(hands: Hands) -> None:
    rds, name = hands.client("rds"), f"{hands.environment.name}-another"
    family = rds.describe_db_parameter_groups(DBParameterGroupName=hands.id(PARAMETERS))["DBParameterGroups"][0]
    rds.create_db_parameter_group(
        DBParameterGroupName=name, DBParameterGroupFamily=family["DBParameterGroupFamily"], Description="theirs"
    )
    rds.modify_db_instance(DBInstanceIdentifier=hands.id(DATABASE), DBParameterGroupName=name, ApplyImmediately=True)


def _untag_parameters(hands: Hands) -> None:
    hands.client("rds").remove_tags_from_resource(ResourceName=hands.physical(PARAMETERS)["Arn"], TagKeys=[LAYER])


def _untag_vault(hands: Hands) -> None:
    hands.client("backup").untag_resource(ResourceArn=hands.physical(VAULT)["Arn"], TagKeyList=[LAYER])


STORES: Final = (
    Broken("everybody may read", POLICY, "PolicyDocument", _said_more(POLICY, {"AWS": "111122223333"}, "Allow")),
    Broken("nobody may read", LOGS_POLICY, "PolicyDocument", _said_more(LOGS_POLICY, "*", "Deny")),
    Broken("takes clear text", POLICY, "PolicyDocument", _take_clear_text),
    Broken("deleted", POLICY, "stands", _s3("delete_bucket_policy", POLICY)),
    Broken("encrypts by a key of S3", BUCKET, "BucketEncryption", _encrypt_by_s3),
    Broken("encryption deleted", BUCKET, "BucketEncryption", _s3("delete_bucket_encryption", BUCKET)),
    Broken("mounted in the clear", FILES, "FileSystemPolicy", _mount_in_the_clear),
    Broken("policy deleted", FILES, "FileSystemPolicy", _files("delete_file_system_policy")),
    Broken(
        "may be overwritten",
        FILES,
        "FileSystemProtection",
        _files("update_file_system_protection", ReplicationOverwriteProtection="DISABLED"),
    ),
    Broken(
        "backed up where none can be deleted",
        FILES,
        "BackupPolicy",
        _files("put_backup_policy", BackupPolicy={"Status": "ENABLED"}),
    ),
    Broken(
        "never moves to cheaper storage",
        FILES,
        "LifecyclePolicies",
        _files("put_lifecycle_configuration", LifecyclePolicies=[]),
    ),
    Broken("slower", FILES, "ThroughputMode", _files("update_file_system", ThroughputMode="bursting")),
    Broken("a tag taken off", FILES, "Tags", _calls("efs", "untag_resource", FILES, "ResourceId", TagKeys=[LAYER])),
    Broken("a tag taken off", VAULT, "Tags", _untag_vault),
    Broken("takes connections in the clear", PARAMETERS, "Parameters", _connect_in_the_clear),
    Broken(
        "parameters reset",
        PARAMETERS,
        "Parameters",
        _calls("rds", "reset_db_parameter_group", PARAMETERS, "DBParameterGroupName", ResetAllParameters=True),
    ),
    Broken("a tag taken off", PARAMETERS, "Tags", _untag_parameters),
    Broken("under other parameters", DATABASE, "DBParameterGroupName", _under_other_parameters),
    Broken(
        "another certificate authority",
        DATABASE,
        "CACertificateIdentifier",
        _calls(
            "rds",
            "modify_db_instance",
            DATABASE,
            "DBInstanceIdentifier",
            CACertificateIdentifier="rds-ca-rsa4096-g1",
            ApplyImmediately=True,
        ),
    ),
)

DRIFTS: Final = (*KEYS, *WAYS_IN, *STORES)
