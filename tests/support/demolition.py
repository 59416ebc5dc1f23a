"""Takes down by root what a test's environment left in AWS, so that quotas last for the next test.

Not the product's teardown: it knows nothing of manifests and order, only of tags, and of what EC2 wants gone first.
"""

from typing import TYPE_CHECKING, Any

from tests.support.cloud import root

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_kms import KMSClient
    from mypy_boto3_logs import CloudWatchLogsClient


def demolish(environment: str) -> None:
    ec2: EC2Client = root.client("ec2")
    ours: list[FilterTypeDef] = [{"Name": "tag:holdfast:environment", "Values": [environment]}]
    for vpc in ec2.describe_vpcs(Filters=ours)["Vpcs"]:
        demolish_vpc(vpc["VpcId"])
    for gateway in ec2.describe_internet_gateways(Filters=ours)["InternetGateways"]:
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    _roles(environment)
    _keys_and_logs(environment)


def demolish_vpc(vpc: str) -> None:
    """A VPC and all that stands in it, what leans on others first."""
    ec2: EC2Client = root.client("ec2")
    inside: list[FilterTypeDef] = [{"Name": "vpc-id", "Values": [vpc]}]
    if logs := ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]:
        ec2.delete_flow_logs(FlowLogIds=[log["FlowLogId"] for log in logs])
    if endpoints := ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]:
        ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"] for endpoint in endpoints])
    for gateway in ec2.describe_internet_gateways(Filters=[{"Name": "attachment.vpc-id", "Values": [vpc]}])["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
        ec2.delete_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"])
    for subnet in ec2.describe_subnets(Filters=inside)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
