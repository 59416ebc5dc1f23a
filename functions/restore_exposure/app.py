"""Restores what keeps data and doors shut: buckets, the database, the cluster's endpoint, the way in, backups."""

from holdfast.aws.backup.backup_plan import BackupPlan
from holdfast.aws.backup.backup_selection import BackupSelection
from holdfast.aws.ec2.subnet import Subnet
from holdfast.aws.eks.cluster import Cluster
from holdfast.aws.elbv2.listener_rule import ListenerRule
from holdfast.aws.elbv2.load_balancer import LoadBalancer
from holdfast.aws.elbv2.target_group import TargetGroup
from holdfast.aws.rds.db_instance import DbInstance
from holdfast.aws.rds.db_snapshot import DbSnapshot
from holdfast.aws.restoring import Restoring
from holdfast.aws.route53.record_set import RecordSet
from holdfast.aws.s3.bucket import Bucket
from holdfast.core.concerns.exposure import EXPOSURE

handler = Restoring(
    EXPOSURE,
    Bucket,
    DbInstance,
    DbSnapshot,
    Cluster,
    Subnet,
    LoadBalancer,
    ListenerRule,
    TargetGroup,
    RecordSet,
    BackupPlan,
    BackupSelection,
)
