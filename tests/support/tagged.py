"""What stands of an environment, by its tags or its name, as AWS itself lists it: the manifest is not asked."""

from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tests.support.cloud import root

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_eks import EKSClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_resourcegroupstaggingapi import ResourceGroupsTaggingAPIClient
    from mypy_boto3_route53 import Route53Client

_ENVIRONMENT, _LAYER, _NAME = "holdfast:environment", "holdfast:layer", "holdfast:name"
_IAM: Final = "arn:aws:iam:"


def tagged(environment: str) -> dict[str, str]:
    """By ARN, the line of a layer (``layer/name``) that each thing says it is; ``?`` where it does not say.

    IAM is no service of the tagging API here or in most Regions: its roles and providers are asked one by one.
    """
    tagging: ResourceGroupsTaggingAPIClient = root.client("resourcegroupstaggingapi")
    pages = tagging.get_paginator("get_resources").paginate(TagFilters=[{"Key": _ENVIRONMENT, "Values": [environment]}])
    listed: list[Any] = [one for page in pages for one in page["ResourceTagMappingList"]]
    found = {one["ResourceARN"]: _plain(one["Tags"]) for one in listed if not one["ResourceARN"].startswith(_IAM)}
    ours = {arn: tags for arn, tags in (found | _in_iam()).items() if tags.get(_ENVIRONMENT) == environment}
    return {arn: f"{tags.get(_LAYER, '?')}/{tags.get(_NAME, '?')}" for arn, tags in ours.items()}


def untagged(environment: str, beside: str) -> list[str]:
    """What bears the environment's name, not the one ``beside``, and in AWS no tags of ours, or is made by AWS."""
    autoscaling: AutoScalingClient = root.client("autoscaling")
    cloudwatch: CloudWatchClient = root.client("cloudwatch")
    eks: EKSClient = root.client("eks")
    logs: CloudWatchLogsClient = root.client("logs")
    route53: Route53Client = root.client("route53")
    names = [
        *(
            record["Name"]
            for zone in route53.list_hosted_zones()["HostedZones"]
            for record in _records(route53, zone["Id"])
        ),
        *(one["DashboardName"] for one in cloudwatch.list_dashboards()["DashboardEntries"]),
        *(one["AutoScalingGroupName"] for one in autoscaling.describe_auto_scaling_groups()["AutoScalingGroups"]),
        *eks.list_clusters()["clusters"],
        *(
            one["logGroupName"]
            for page in logs.get_paginator("describe_log_groups").paginate()
            for one in page["logGroups"]
        ),
    ]
    return [name for name in names if environment in name and beside not in name]


def _records(route53: "Route53Client", zone: str) -> Any:
    return route53.list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]


def _in_iam() -> dict[str, dict[str, str]]:
    """The tags of each role and provider; of one that goes meanwhile, none."""
    iam: IAMClient = root.client("iam")
    roles = [role for page in iam.get_paginator("list_roles").paginate() for role in page["Roles"]]
    providers = iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]
    found: dict[str, dict[str, str]] = {}
    for role in roles:
        found[role["Arn"]] = _if_there(lambda name=role["RoleName"]: iam.list_role_tags(RoleName=name))
    for one in providers:
        found[one["Arn"]] = _if_there(
            lambda arn=one["Arn"]: iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
        )
    return found


def _if_there(look: Any) -> dict[str, str]:
    try:
        return _plain(look()["Tags"])
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return {}


def _plain(tags: Any) -> dict[str, str]:
    return {tag["Key"]: tag["Value"] for tag in tags}
