"""What carries a tag is listed by GetResources under its ARN until it is gone; mended in local/gaps/tagging.py.

Page: "Services that support the Resource Groups Tagging API" (resourcegroupstagging/latest/APIReference/
supported-services.html); the ARNs are those of the Service Authorization Reference.
"""

from collections.abc import Callable
from typing import Any, Final, NamedTuple

import pytest

from tests.local.accounts import TAG, Account, tags_for
from tests.local.clusters import Clusters

TAGS: Final = [{"Key": TAG, "Value": "atlas"}]


class Made(NamedTuple):
    arn: str
    delete: Callable[[], object]


def vpc(account: Account) -> Made:
    made = account.vpc("atlas")
    return Made(account.arn("ec2", f"vpc/{made}"), lambda: account.ec2.delete_vpc(VpcId=made))


def subnet(account: Account) -> Made:
    tags = tags_for("subnet", "atlas")
    made = account.ec2.create_subnet(VpcId=account.vpc(), CidrBlock="10.0.0.0/24", **tags)["Subnet"]["SubnetId"]
    return Made(account.arn("ec2", f"subnet/{made}"), lambda: account.ec2.delete_subnet(SubnetId=made))


def security_group(account: Account) -> Made:
    made = account.group("atlas")
    return Made(account.arn("ec2", f"security-group/{made}"), lambda: account.ec2.delete_security_group(GroupId=made))


def nat_gateway(account: Account) -> Made:
    home, ec2 = account.vpc(), account.ec2
    way_out = ec2.create_internet_gateway()["InternetGateway"]["InternetGatewayId"]
    ec2.attach_internet_gateway(InternetGatewayId=way_out, VpcId=home)
    subnet = ec2.create_subnet(VpcId=home, CidrBlock="10.0.0.0/24")["Subnet"]["SubnetId"]
    address = ec2.allocate_address()["AllocationId"]
    asked = {"SubnetId": subnet, "AllocationId": address, **tags_for("natgateway", "atlas")}
    made = ec2.create_nat_gateway(**asked)["NatGateway"]["NatGatewayId"]

    def delete() -> None:
        ec2.delete_nat_gateway(NatGatewayId=made)
        ec2.get_waiter("nat_gateway_deleted").wait(NatGatewayIds=[made], WaiterConfig={"Delay": 1})

    return Made(account.arn("ec2", f"natgateway/{made}"), delete)


def elastic_ip(account: Account) -> Made:
    made = account.ec2.allocate_address(**tags_for("elastic-ip", "atlas"))["AllocationId"]
    return Made(account.arn("ec2", f"elastic-ip/{made}"), lambda: account.ec2.release_address(AllocationId=made))


def launch_template(account: Account) -> Made:
    data: Any = {"InstanceType": "m7g.large"}
    asked = {"LaunchTemplateName": "nodes", "LaunchTemplateData": data, **tags_for("launch-template", "atlas")}
    made = account.ec2.create_launch_template(**asked)["LaunchTemplate"]["LaunchTemplateId"]
    arn = account.arn("ec2", f"launch-template/{made}")
    return Made(arn, lambda: account.ec2.delete_launch_template(LaunchTemplateId=made))


def load_balancer(account: Account) -> Made:
    elb, home = account.root("elbv2"), account.vpc()
    subnets = [
        account.ec2.create_subnet(VpcId=home, CidrBlock=f"10.0.{place}.0/24", AvailabilityZone=f"eu-west-1{zone}")[
            "Subnet"
        ]["SubnetId"]
        for place, zone in enumerate("ab")
    ]
    made = elb.create_load_balancer(Name="web", Subnets=subnets, Tags=TAGS)["LoadBalancers"][0]["LoadBalancerArn"]
    return Made(made, lambda: elb.delete_load_balancer(LoadBalancerArn=made))


def target_group(account: Account) -> Made:
    elb = account.root("elbv2")
    asked = {"Name": "web", "Protocol": "HTTP", "Port": 80, "VpcId": account.vpc(), "TargetType": "ip", "Tags": TAGS}
    made = elb.create_target_group(**asked)["TargetGroups"][0]["TargetGroupArn"]
    return Made(made, lambda: elb.delete_target_group(TargetGroupArn=made))


def parameter_group(account: Account) -> Made:
    rds, name = account.root("rds"), {"DBParameterGroupName": "tls"}
    rds.create_db_parameter_group(**name, DBParameterGroupFamily="postgres17", Description="-", Tags=TAGS)
    return Made(account.arn("rds", "pg:tls"), lambda: rds.delete_db_parameter_group(**name))


def certificate(account: Account) -> Made:
    acm = account.root("acm")
    made = acm.request_certificate(DomainName="a.example.com", ValidationMethod="DNS", Tags=TAGS)["CertificateArn"]
    return Made(made, lambda: acm.delete_certificate(CertificateArn=made))


def log_group(account: Account) -> Made:
    logs = account.root("logs")
    logs.create_log_group(logGroupName="/atlas/a", tags={TAG: "atlas"})
    return Made(account.arn("logs", "log-group:/atlas/a"), lambda: logs.delete_log_group(logGroupName="/atlas/a"))


def alarm(account: Account) -> Made:
    cloudwatch, asked = account.root("cloudwatch"), {"AlarmName": "atlas-a", "MetricName": "m", "Namespace": "n"}
    when = {"ComparisonOperator": "GreaterThanThreshold", "Threshold": 1.0, "EvaluationPeriods": 1, "Period": 60}
    cloudwatch.put_metric_alarm(**asked, **when, Statistic="Sum", Tags=TAGS)
    return Made(account.arn("cloudwatch", "alarm:atlas-a"), lambda: cloudwatch.delete_alarms(AlarmNames=["atlas-a"]))


def web_acl(account: Account) -> Made:
    waf, name = account.root("wafv2"), {"Name": "atlas", "Scope": "REGIONAL"}
    seen = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "m"}
    made = waf.create_web_acl(**name, DefaultAction={"Allow": {}}, VisibilityConfig=seen, Tags=TAGS)["Summary"]
    which = {"Id": made["Id"], "LockToken": made["LockToken"]}
    return Made(made["ARN"], lambda: waf.delete_web_acl(**name, **which))


@pytest.mark.parametrize(
    "make",
    [
        vpc,
        subnet,
        security_group,
        nat_gateway,
        elastic_ip,
        launch_template,
        load_balancer,
        target_group,
        parameter_group,
        certificate,
        log_group,
        alarm,
        web_acl,
    ],
)
def test_what_stands_is_listed_and_what_is_gone_is_not(make: Callable[[Account], Made]) -> None:
    account = Account()
    made = make(account)
    assert _listed(account) == {made.arn: {TAG: "atlas"}}
    made.delete()
    assert _listed(account) == {}


def test_clusters_and_what_they_have_are_listed(clusters: Clusters) -> None:
    name, role = clusters.create(), clusters.account.role()
    whose = {"clusterName": name, "principalArn": role}
    entry = clusters.eks.create_access_entry(**whose, tags={TAG: "atlas"})["accessEntry"]["accessEntryArn"]
    assert {clusters.look(name)["arn"], entry} <= _listed(clusters.account).keys()
    clusters.eks.delete_access_entry(**whose)
    assert entry not in _listed(clusters.account)


def test_databases_are_listed(account_with_database: tuple[Account, str]) -> None:
    account, arn = account_with_database
    assert _listed(account)[arn] == {TAG: "atlas"}


@pytest.fixture
def account_with_database() -> tuple[Account, str]:
    account = Account()
    account.root("rds").create_db_instance(
        DBInstanceIdentifier="atlas", DBInstanceClass="db.m7g.large", Engine="postgres", Tags=TAGS
    )
    return account, account.arn("rds", "db:atlas")


def _listed(account: Account) -> dict[str, dict[str, str]]:
    """Everything in the account that carries our tag: its ARN, and its tags."""
    pages = account.root("resourcegroupstaggingapi").get_paginator("get_resources")
    return {
        one["ResourceARN"]: {tag["Key"]: tag["Value"] for tag in one["Tags"]}
        for page in pages.paginate(TagFilters=[{"Key": TAG}])
        for one in page["ResourceTagMappingList"]
    }
