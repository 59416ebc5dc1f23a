"""Things of a stranger that look like an environment's: its name is in theirs, and each stands as ours never may.

Each lacks what makes a thing ours, our tags and a line in the manifest; the group bears another environment's tags.
Whoever went by names would "restore" them.
"""

import json
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from tests.local.accounts import REGION, SSH_FROM_ANYWHERE, TRUST
from tests.support.cloud import Json, root
from tests.support.environments import Environment


class Twin(NamedTuple):
    """``make`` it beside an environment, which answers what AWS calls it; ``look`` at all that anybody could change."""

    what: str
    make: Callable[[Environment], str]
    look: Callable[[str], Json]


def _group(environment: Environment) -> str:
    ec2 = _client("ec2")
    tags = [{"Key": f"holdfast:{key}", "Value": value} for key, value in _SOMEBODY.items()]
    group: str = ec2.create_security_group(
        GroupName=f"{environment.name}-nodes-2",
        Description="as ours",
        VpcId=environment.ids["network/vpc"],
        TagSpecifications=[{"ResourceType": "security-group", "Tags": tags}],
    )["GroupId"]
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=SSH_FROM_ANYWHERE)
    return group


def _route_table(environment: Environment) -> str:
    ec2 = _client("ec2")
    table: str = ec2.create_route_table(VpcId=environment.ids["network/vpc"])["RouteTable"]["RouteTableId"]
    ec2.create_tags(Resources=[table], Tags=[{"Key": "Name", "Value": f"{environment.name}-private-1"}])
    ec2.create_route(
        RouteTableId=table,
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=environment.ids["network/internet_gateway"],
    )
    return table


def _key(environment: Environment) -> str:
    kms = _client("kms")
    key: str = kms.create_key(Description=f"{environment.name}: data")["KeyMetadata"]["KeyId"]
    kms.create_alias(AliasName=f"alias/holdfast/{environment.name}-2/data", TargetKeyId=key)
    kms.disable_key(KeyId=key)
    return key


def _log_group(environment: Environment) -> str:
    group = f"/holdfast/{environment.name}/flow-logs-2"
    _client("logs").create_log_group(logGroupName=group)
    return group


def _alarm(environment: Environment) -> str:
    name = f"{environment.name}-database-cpu-2"
    _client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        ActionsEnabled=False,
        MetricName="CPUUtilization",
        Namespace="AWS/RDS",
        Statistic="Average",
        Period=60,
        EvaluationPeriods=9,
        Threshold=99,
        ComparisonOperator="LessThanThreshold",
    )
    return name


def _role(environment: Environment) -> str:
    iam, name = _client("iam"), f"{environment.name}-nodes-2"
    iam.create_role(RoleName=name, Path=f"/holdfast/{environment.name}/", AssumeRolePolicyDocument=TRUST)
    iam.attach_role_policy(RoleName=name, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    return name


def _bucket(environment: Environment) -> str:
    s3, bucket = _client("s3"), f"{environment.name}-data-2"
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.delete_public_access_block(Bucket=bucket)
    s3.put_bucket_policy(Bucket=bucket, Policy=_public(bucket))
    return bucket


def _web_acl(environment: Environment) -> str:
    made = _client("wafv2").create_web_acl(
        Name=f"{environment.name}-2",
        Scope="REGIONAL",
        DefaultAction={"Allow": {}},
        VisibilityConfig={"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "none"},
    )["Summary"]
    return f"{made['Name']}/{made['Id']}"


def _template(environment: Environment) -> str:
    made = _client("ec2").create_launch_template(
        LaunchTemplateName=f"{environment.name}-general-2",
        LaunchTemplateData={"MetadataOptions": {"HttpTokens": "optional"}},
    )
    template: str = made["LaunchTemplate"]["LaunchTemplateId"]
    return template


def _seen_web_acl(acl: str) -> Json:
    name, _, identity = acl.partition("/")
    return _answer("wafv2", "get_web_acl", Name=name, Id=identity, Scope="REGIONAL")


def _seen_role(role: str) -> Json:
    found = _answer("iam", "get_role", RoleName=role)
    return {**found, "attached": _answer("iam", "list_attached_role_policies", RoleName=role)}


TWINS: Final = (
    Twin("a group open to anywhere", _group, lambda one: _answer("ec2", "describe_security_groups", GroupIds=[one])),
    Twin("a way past NAT", _route_table, lambda one: _answer("ec2", "describe_route_tables", RouteTableIds=[one])),
    Twin("a key that is off", _key, lambda one: _answer("kms", "describe_key", KeyId=one)),
    Twin(
        "logs kept for ever",
        _log_group,
        lambda one: _answer("logs", "describe_log_groups", logGroupNamePrefix=one),
    ),
    Twin("a deaf alarm", _alarm, lambda one: _answer("cloudwatch", "describe_alarms", AlarmNames=[one])),
    Twin("a role that may do all", _role, _seen_role),
    Twin("a public bucket", _bucket, lambda one: _answer("s3", "get_bucket_policy", Bucket=one)),
    Twin("a web ACL that lets all in", _web_acl, _seen_web_acl),
    Twin(
        "a template that asks for no token",
        _template,
        lambda one: _answer("ec2", "describe_launch_template_versions", LaunchTemplateId=one),
    ),
)
_SOMEBODY: Final = {"environment": "atlas-2", "layer": "security_groups", "name": "nodes"}


def _public(bucket: str) -> str:
    everybody = {
        "Effect": "Allow",
        "Principal": "*",
        "Action": "s3:GetObject",
        "Resource": f"arn:aws:s3:::{bucket}/*",
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [everybody]})


def _client(service: str) -> Any:
    return root.client(service)


def _answer(service: str, operation: str, **asked: Any) -> Json:
    answer: Json = getattr(_client(service), operation)(**asked)
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}
