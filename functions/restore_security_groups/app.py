"""Restores the rules of security groups, and which groups hang on what."""

from holdfast.aws.ec2.instance import Instance
from holdfast.aws.ec2.security_group import SecurityGroup
from holdfast.aws.efs.mount_target import MountTarget
from holdfast.aws.eks.cluster import Cluster
from holdfast.aws.elbv2.load_balancer import LoadBalancer
from holdfast.aws.rds.db_instance import DbInstance
from holdfast.aws.restoring import Restoring
from holdfast.core.concerns.security_groups import SECURITY_GROUPS

handler = Restoring(SECURITY_GROUPS, SecurityGroup, LoadBalancer, DbInstance, MountTarget, Cluster, Instance)
