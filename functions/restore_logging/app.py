"""Restores log groups, alarms and the dashboard, and what clusters, load balancers, buckets and databases log."""

from holdfast.aws.cloudwatch.alarm import Alarm
from holdfast.aws.cloudwatch.dashboard import Dashboard
from holdfast.aws.eks.cluster import Cluster
from holdfast.aws.elbv2.load_balancer import LoadBalancer
from holdfast.aws.logs.log_group import LogGroup
from holdfast.aws.rds.db_instance import DbInstance
from holdfast.aws.restoring import Restoring
from holdfast.aws.s3.bucket import Bucket
from holdfast.core.concerns.logging import LOGGING

handler = Restoring(LOGGING, LogGroup, Alarm, Dashboard, Cluster, LoadBalancer, DbInstance, Bucket)
