"""Takes down by root what the tests' environments occupy, so that quotas last for the next run on the same laptop.

Environments go by the product's own teardown; VPCs that tests made beside them by tags, in the order that EC2 wants.
Nobody is told of these, and nothing is restored: the trail and the recorder rest meanwhile.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final

from tests.support.cloud import STACK, Application, root
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_config import ConfigServiceClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ec2.type_defs import FilterTypeDef
    from mypy_boto3_stepfunctions import SFNClient

RUN: Final = "tests:run"
"""Tag of the VPCs that tests make beside their environments; its value is the run's mark."""


def demolish(run: str) -> None:
    """Take down every environment and VPC that bears the mark of a test run: in its name, or in the tag ``RUN``."""
    ec2: EC2Client = root.client("ec2")
    _taken_down(run)
    marked: list[FilterTypeDef] = [{"Name": f"tag:{RUN}", "Values": [run]}]
    with _unnoticed():
        for vpc in ec2.describe_vpcs(Filters=marked)["Vpcs"]:
            _demolish_vpc(vpc["VpcId"])


def _taken_down(run: str) -> None:
    """Each environment by the product's own teardown, side by side."""
    application = Application.deployed()
    dynamodb: DynamoDBClient = root.client("dynamodb")
    states: SFNClient = root.client("stepfunctions")
    pages = dynamodb.get_paginator("scan").paginate(TableName=application.outputs["EnvironmentsTableName"])
    names = {item["environment"]["S"] for page in pages for item in page["Items"]}
    started = [
        states.start_execution(
            stateMachineArn=application.outputs["TeardownStateMachineArn"],
            input=json.dumps({"name": name, "confirm": name, "delete_data": True}),
        )["executionArn"]
        for name in sorted(names)
        if f"-{run}" in name
    ]
    for execution in started:
        until(
            "an environment of the tests is taken down",
            partial(states.describe_execution, executionArn=execution),
            lambda seen: seen["status"] != "RUNNING",
            seconds=300,
        )


@contextmanager
def _unnoticed() -> Iterator[None]:
    trail: CloudTrailClient = root.client("cloudtrail")
    recorder: ConfigServiceClient = root.client("config")
    trail.stop_logging(Name=STACK)
    recorder.stop_configuration_recorder(ConfigurationRecorderName=STACK)
    yield
    recorder.start_configuration_recorder(ConfigurationRecorderName=STACK)
    trail.start_logging(Name=STACK)


def _demolish_vpc(vpc: str) -> None:
    ec2: EC2Client = root.client("ec2")
    inside: list[FilterTypeDef] = [{"Name": "vpc-id", "Values": [vpc]}]
    for log in ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": [vpc]}])["FlowLogs"]:
        ec2.delete_flow_logs(FlowLogIds=[log["FlowLogId"]])
    for endpoint in ec2.describe_vpc_endpoints(Filters=inside)["VpcEndpoints"]:
        ec2.delete_vpc_endpoints(VpcEndpointIds=[endpoint["VpcEndpointId"]])
    standing: list[FilterTypeDef] = [*inside, {"Name": "state", "Values": ["available", "failed", "pending"]}]
    for way in ec2.describe_nat_gateways(Filters=standing)["NatGateways"]:
        ec2.delete_nat_gateway(NatGatewayId=way["NatGatewayId"])
    attached: list[FilterTypeDef] = [{"Name": "attachment.vpc-id", "Values": [vpc]}]
    for gateway in ec2.describe_internet_gateways(Filters=attached)["InternetGateways"]:
        ec2.detach_internet_gateway(InternetGatewayId=gateway["InternetGatewayId"], VpcId=vpc)
    for subnet in ec2.describe_subnets(Filters=inside)["Subnets"]:
        ec2.delete_subnet(SubnetId=subnet["SubnetId"])
    for table in ec2.describe_route_tables(Filters=inside)["RouteTables"]:
        if not any(association.get("Main") for association in table["Associations"]):
            ec2.delete_route_table(RouteTableId=table["RouteTableId"])
    _demolish_groups(ec2, inside)
    ec2.delete_vpc(VpcId=vpc)


def _demolish_groups(ec2: "EC2Client", inside: "list[FilterTypeDef]") -> None:
    """Their rules first: groups that refer to each other hold each other fast."""
    groups = ec2.describe_security_groups(Filters=inside)["SecurityGroups"]
    for group in groups:
        found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group["GroupId"]]}])
        inward = [rule["SecurityGroupRuleId"] for rule in found["SecurityGroupRules"] if not rule["IsEgress"]]
        outward = [rule["SecurityGroupRuleId"] for rule in found["SecurityGroupRules"] if rule["IsEgress"]]
        if inward:
            ec2.revoke_security_group_ingress(GroupId=group["GroupId"], SecurityGroupRuleIds=inward)
        if outward:
            ec2.revoke_security_group_egress(GroupId=group["GroupId"], SecurityGroupRuleIds=outward)
    for group in groups:
        if group["GroupName"] != "default":
            ec2.delete_security_group(GroupId=group["GroupId"])
