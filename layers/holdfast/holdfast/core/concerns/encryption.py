"""What encrypts: keys and who may use them, TLS on every way in, policies that refuse clear text, every store's key.

What AWS cannot change in place (the key of a volume, a file system, a cluster) nobody can change for us either: it is
another one in its place, and a person's to decide.
"""

from typing import Final

from holdfast.core.concern import NAME, Concern, Watched, ids
from holdfast.core.resource import Drift

_CERTIFICATE = r"arn:[\w-]+:acm:.*:certificate/.*"
_KEY = r"(mrk-)?[0-9a-f-]{32,36}"
_LISTENER = r"arn:[\w-]+:elasticloadbalancing:.*:listener/app/.*"
_LOAD_BALANCER = r"arn:[\w-]+:elasticloadbalancing:.*:loadbalancer/app/.*"

_CLOSED_ALL_THE_SAME: Final = frozenset(
    {
        "BackupPolicy",
        "CertificateTransparencyLoggingPreference",
        "Description",
        "LifecyclePolicies",
        "Tags",
        "ThroughputMode",
    }
)
"""Fields that differ without anybody getting in, or anything being kept or sent in the clear."""


def _lays_open(drift: Drift) -> bool:
    """Almost whatever differs: a key that is off or leaves opens nothing, but keeps everything from its owners."""
    return any(change.path.partition(".")[0] not in _CLOSED_ALL_THE_SAME for change in drift)


_KEYS: Final = (
    Watched(
        "AWS::KMS::Key",
        "AWS::KMS::Key",
        "kms.amazonaws.com",
        frozenset(
            {
                "CreateGrant",
                "DisableKey",
                "DisableKeyRotation",
                "EnableKeyRotation",
                "PutKeyPolicy",
                "ScheduleKeyDeletion",
                "TagResource",
                "UntagResource",
                "UpdateKeyDescription",
            }
        ),
        ids(_KEY),
    ),
    Watched(
        "AWS::KMS::Alias",
        "AWS::KMS::Alias",
        "kms.amazonaws.com",
        frozenset({"DeleteAlias", "UpdateAlias"}),
        ids(r"alias/[\w/-]+"),
    ),
    Watched(
        "AWS::EKS::Cluster",
        "AWS::EKS::Cluster",
        "eks.amazonaws.com",
        frozenset({"AssociateEncryptionConfig"}),
        ids(NAME),
    ),
    Watched(
        "AWS::Logs::LogGroup",
        "",
        "logs.amazonaws.com",
        frozenset({"AssociateKmsKey", "DisassociateKmsKey"}),
        ids(NAME),
        frozenset({"logs:AssociateKmsKey"}),
    ),
)
_WAYS_IN: Final = (
    Watched(
        "AWS::CertificateManager::Certificate",
        "AWS::ACM::Certificate",
        "acm.amazonaws.com",
        frozenset(
            {"AddTagsToCertificate", "DeleteCertificate", "RemoveTagsFromCertificate", "UpdateCertificateOptions"}
        ),
        ids(_CERTIFICATE),
    ),
    Watched(
        "AWS::ElasticLoadBalancingV2::Listener",
        "AWS::ElasticLoadBalancingV2::Listener",
        "elasticloadbalancing.amazonaws.com",
        frozenset(
            {
                "AddListenerCertificates",
                "AddTags",
                "CreateRule",
                "DeleteListener",
                "ModifyListener",
                "ModifyListenerAttributes",
                "RemoveListenerCertificates",
                "RemoveTags",
            }
        ),
        ids(_LISTENER),
    ),
    Watched(
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "AWS::ElasticLoadBalancingV2::LoadBalancer",
        "elasticloadbalancing.amazonaws.com",
        frozenset({"CreateListener"}),
        ids(_LOAD_BALANCER),
        frozenset({"elasticloadbalancing:DeleteListener"}),
    ),
)
_STORES: Final = (
    Watched(
        "AWS::Backup::BackupVault",
        "AWS::Backup::BackupVault",
        "backup.amazonaws.com",
        frozenset({"DeleteBackupVault", "TagResource", "UntagResource"}),
        ids(NAME),
    ),
    Watched(
        "AWS::EFS::FileSystem",
        "AWS::EFS::FileSystem",
        "elasticfilesystem.amazonaws.com",
        frozenset(
            {
                "CreateTags",
                "DeleteFileSystem",
                "DeleteFileSystemPolicy",
                "DeleteTags",
                "PutBackupPolicy",
                "PutFileSystemPolicy",
                "PutLifecycleConfiguration",
                "TagResource",
                "UntagResource",
                "UpdateFileSystem",
                "UpdateFileSystemProtection",
            }
        ),
        ids(r"fs-[0-9a-f]{8,40}"),
    ),
    Watched(
        "AWS::RDS::DBInstance",
        "AWS::RDS::DBInstance",
        "rds.amazonaws.com",
        frozenset({"ModifyDBInstance"}),
        ids(NAME),
        frozenset({"rds:ModifyDBInstance"}),
    ),
    Watched(
        "AWS::RDS::DBParameterGroup",
        "",
        "rds.amazonaws.com",
        frozenset(
            {
                "AddTagsToResource",
                "DeleteDBParameterGroup",
                "ModifyDBParameterGroup",
                "RemoveTagsFromResource",
                "ResetDBParameterGroup",
            }
        ),
        ids(NAME),
    ),
    Watched(
        "AWS::S3::Bucket",
        "AWS::S3::Bucket",
        "s3.amazonaws.com",
        frozenset({"DeleteBucketEncryption", "PutBucketEncryption"}),
        ids(NAME),
        frozenset({"s3:PutEncryptionConfiguration"}),
    ),
    Watched(
        "AWS::S3::BucketPolicy",
        "AWS::S3::Bucket",
        "s3.amazonaws.com",
        frozenset({"DeleteBucketPolicy", "PutBucketPolicy"}),
        ids(NAME),
    ),
)

ENCRYPTION: Final = Concern("encryption", (*_KEYS, *_WAYS_IN, *_STORES), _lays_open)
