"""Where the emulator differs from AWS, and what closes the difference: a module a service.

Each module has `close()`, called once in the hosting process before it serves, and names the AWS page it follows. A gap
without a page is not closed here: behaviour is never invented.
"""

from local import pending
from local.gaps import (
    acm,
    autoscaling,
    backup,
    cloudformation,
    cloudformation_dynamodb,
    cloudformation_lambda,
    cloudformation_lost,
    cloudformation_s3,
    cloudformation_states,
    cloudformation_types,
    cloudtrail,
    cloudwatch,
    config,
    deliveries,
    dynamodb,
    ec2,
    ec2_dhcp,
    ec2_endpoints,
    ec2_filters,
    ec2_instance_types,
    ec2_instances,
    ec2_interfaces,
    ec2_launch_templates,
    ec2_networks,
    ec2_route_targets,
    ec2_routes,
    ec2_security_groups,
    ec2_ways_out,
    efs,
    eks_access,
    eks_addons,
    eks_clusters,
    eks_endpoint,
    eks_nodegroups,
    elbv2,
    iam,
    iam_issuers,
    kms,
    lambda_,
    logs,
    logs_subscriptions,
    managed_policies,
    principal_arn,
    rds,
    rds_copies,
    route53,
    s3,
    servicequotas,
    sqs,
    stepfunctions,
    tagging,
    transport,
    wafv2,
)


def close_all() -> None:
    """Close every gap. The services' modules are imported here, and so the first call that needs one is not slow."""
    acm.close()
    autoscaling.close()
    backup.close()
    cloudformation.close()
    cloudformation_dynamodb.close()
    cloudformation_lambda.close()
    cloudformation_lost.close()
    cloudformation_s3.close()
    cloudformation_states.close()
    cloudformation_types.close()
    cloudtrail.close()
    cloudwatch.close()
    config.close()
    ec2.close()
    _close_networks()
    efs.close()
    eks_access.close()
    eks_clusters.close()
    eks_nodegroups.close()
    eks_addons.close()  # after the clusters that it asks
    eks_endpoint.close()
    elbv2.close()
    iam.close()
    iam_issuers.close()
    deliveries.close()  # these two ask after iam has
    dynamodb.close()
    kms.close()
    lambda_.close()
    logs.close()
    logs_subscriptions.close()
    managed_policies.close()
    principal_arn.close()
    rds.close()
    rds_copies.close()
    route53.close()
    s3.close()
    servicequotas.close()
    sqs.close()
    stepfunctions.close()
    tagging.close()
    transport.close()
    wafv2.close()
    ec2_filters.close()
    pending.close()


def _close_networks() -> None:
    ec2_dhcp.close()
    ec2_endpoints.close()
    ec2_instance_types.close()
    ec2_instances.close()
    ec2_interfaces.close()
    ec2_launch_templates.close()
    ec2_networks.close()
    ec2_route_targets.close()
    ec2_routes.close()
    ec2_security_groups.close()
    ec2_ways_out.close()
