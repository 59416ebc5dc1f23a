"""Restores how nodes and pods scale, what nodes are launched from, what add-ons say, and what runs in the cluster."""

from holdfast.aws.autoscaling.auto_scaling_group import AutoScalingGroup
from holdfast.aws.cluster_object import at_home_in
from holdfast.aws.ec2.launch_template import LaunchTemplate
from holdfast.aws.eks.addon import Addon
from holdfast.aws.eks.nodegroup import Nodegroup
from holdfast.aws.logs.subscription_filter import SubscriptionFilter
from holdfast.aws.restoring import Restoring
from holdfast.core.concerns.autoscaling import AUTOSCALING

handler = Restoring(
    AUTOSCALING,
    Nodegroup,
    AutoScalingGroup,
    LaunchTemplate,
    Addon,
    SubscriptionFilter,
    *at_home_in(AUTOSCALING.name),
)
