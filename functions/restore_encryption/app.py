"""Restores keys, TLS on the ways in, policies that refuse clear text, and the key of each store."""

from holdfast.aws.acm.certificate import Certificate
from holdfast.aws.backup.backup_vault import BackupVault
from holdfast.aws.efs.file_system import FileSystem
from holdfast.aws.eks.cluster import Cluster
from holdfast.aws.elbv2.listener import Listener
from holdfast.aws.elbv2.load_balancer import LoadBalancer
from holdfast.aws.kms.alias import Alias
from holdfast.aws.kms.key import Key
from holdfast.aws.logs.log_group import LogGroup
from holdfast.aws.rds.db_instance import DbInstance
from holdfast.aws.rds.db_parameter_group import DbParameterGroup
from holdfast.aws.restoring import Restoring
from holdfast.aws.s3.bucket import Bucket
from holdfast.aws.s3.bucket_policy import BucketPolicy
from holdfast.core.concerns.encryption import ENCRYPTION

handler = Restoring(
    ENCRYPTION,
    Alias,
    BackupVault,
    Bucket,
    BucketPolicy,
    Certificate,
    Cluster,
    DbInstance,
    DbParameterGroup,
    FileSystem,
    Key,
    Listener,
    LoadBalancer,
    LogGroup,
)
