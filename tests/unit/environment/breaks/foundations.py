"""Breaks of network, identity, keys, logs and security_groups."""

import json
from collections.abc import Callable
from typing import TYPE_CHECKING

from tests.support.world import World
from tests.unit.environment.breaks.broken import Break

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef, TagTypeDef

OPEN_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "*", "Resource": "*"}],
    }
)
OPEN_TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
)
SSH: "list[IpPermissionTypeDef]" = [
    {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
]
ANYTHING_OUT: "list[IpPermissionTypeDef]" = [{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}]


def _route_to_the_internet(world: World) -> None:
    world.clients.ec2.replace_route(
        RouteTableId=world.id_of("network/private_route_table_1"),
        DestinationCidrBlock="0.0.0.0/0",
        GatewayId=world.id_of("network/internet_gateway"),
    )


def _claim_a_second_vpc(world: World) -> None:
    tags: list[TagTypeDef] = [{"Key": "holdfast:environment", "Value": world.spec.name}]
    vpc = world.clients.ec2.create_vpc(CidrBlock="10.99.0.0/16")["Vpc"]["VpcId"]
    world.clients.ec2.create_tags(Resources=[vpc], Tags=tags)


def _delete_subnet(name: str) -> Callable[[World], object]:
    return lambda world: world.clients.ec2.delete_subnet(SubnetId=world.id_of(f"network/{name}"))


def _open(path: str) -> Callable[[World], object]:
    return lambda world: world.clients.ec2.authorize_security_group_ingress(
        GroupId=world.id_of(path), IpPermissions=SSH
    )


def _let_out(path: str) -> Callable[[World], object]:
    return lambda world: world.clients.ec2.authorize_security_group_egress(
        GroupId=world.id_of(path), IpPermissions=ANYTHING_OUT
    )


def _trust_everyone(role: str) -> Callable[[World], object]:
    return lambda world: world.clients.iam.update_assume_role_policy(RoleName=role, PolicyDocument=OPEN_TRUST)


def _attach_administrator(role: str) -> Callable[[World], object]:
    return lambda world: world.clients.iam.attach_role_policy(
        RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )


def _allow_inline(role: str) -> Callable[[World], object]:
    return lambda world: world.clients.iam.put_role_policy(
        RoleName=role,
        PolicyName="more",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
        ),
    )


def _let_everyone_use(key: str) -> Callable[[World], object]:
    return lambda world: world.clients.kms.put_key_policy(
        KeyId=world.id_of(f"keys/{key}"), PolicyName="default", Policy=OPEN_POLICY
    )


BREAKS = (
    Break("network", "Which ranges do the environment's VPCs span?", _claim_a_second_vpc),
    Break("network", "In which zones do the private subnets lie?", _delete_subnet("private_subnet_2")),
    Break("network", "In which zones do the public subnets lie?", _delete_subnet("public_subnet_3")),
    Break("network", "Which subnets reach the internet without a NAT gateway?", _route_to_the_internet),
    Break(
        "network",
        "Which subnets hand out public addresses?",
        lambda world: world.clients.ec2.modify_subnet_attribute(
            SubnetId=world.id_of("network/private_subnet_1"), MapPublicIpOnLaunch={"Value": True}
        ),
    ),
    Break("network", "What does the default security group let through?", _open("network/default_security_group")),
    Break(
        "network",
        "From how many route tables does traffic to S3 stay inside AWS?",
        lambda world: world.clients.ec2.modify_vpc_endpoint(
            VpcEndpointId=world.id_of("network/s3_endpoint"),
            RemoveRouteTableIds=[world.id_of("network/private_route_table_3")],
        ),
    ),
    Break("security_groups", "What lets in anybody but our own groups?", _open("security_groups/alb")),
    Break("security_groups", "Who can reach the database?", _open("security_groups/database")),
    Break("security_groups", "Who can reach the file_system?", _open("security_groups/file_system")),
    Break("security_groups", "Where can the database open connections to?", _let_out("security_groups/database")),
    Break("security_groups", "Where can the file_system open connections to?", _let_out("security_groups/file_system")),
    Break(
        "security_groups", "Which groups reach the whole internet, on which ports?", _let_out("security_groups/nodes")
    ),
    Break(
        "security_groups",
        "How many rules are there in all?",
        lambda world: world.clients.ec2.authorize_security_group_ingress(
            GroupId=world.id_of("security_groups/nodes"),
            IpPermissions=[{"IpProtocol": "udp", "FromPort": 53, "ToPort": 53, "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
        ),
    ),
    Break(
        "identity",
        "Which roles has the environment?",
        lambda world: world.clients.iam.create_role(
            Path="/holdfast/atlas/", RoleName="atlas-backdoor", AssumeRolePolicyDocument=OPEN_TRUST
        ),
    ),
    Break(
        "identity",
        "Which of them lack the permissions boundary?",
        lambda world: world.clients.iam.delete_role_permissions_boundary(RoleName="atlas-nodes"),
    ),
    Break("identity", "Who may act as atlas-cluster?", _trust_everyone("atlas-cluster")),
    Break("identity", "Who may act as atlas-nodes?", _trust_everyone("atlas-nodes")),
    Break("identity", "Who may act as atlas-flow-logs?", _trust_everyone("atlas-flow-logs")),
    Break("identity", "What may atlas-cluster do?", _attach_administrator("atlas-cluster")),
    Break("identity", "What may atlas-nodes do?", _allow_inline("atlas-nodes")),
    Break("identity", "What may atlas-flow-logs do?", _allow_inline("atlas-flow-logs")),
    Break(
        "identity",
        "Which services can act in the account by their own role?",
        lambda world: world.clients.iam.delete_service_linked_role(
            RoleName=world.id_of("identity/autoscaling_service_role")
        ),
    ),
    Break(
        "keys",
        "Which keys do the environment's aliases point at?",
        lambda world: world.clients.kms.update_alias(
            AliasName="alias/holdfast/atlas/data", TargetKeyId=world.id_of("keys/logs")
        ),
    ),
    Break(
        "keys",
        "In what state are they?",
        lambda world: world.clients.kms.disable_key_rotation(KeyId=world.id_of("keys/data")),
    ),
    Break("keys", "Who may use the key data?", _let_everyone_use("data")),
    Break("keys", "Who may use the key cluster?", _let_everyone_use("cluster")),
    Break("keys", "Who may use the key logs?", _let_everyone_use("logs")),
    Break(
        "logs",
        "How long are events kept, and encrypted with which key?",
        lambda world: world.clients.logs.delete_retention_policy(logGroupName="aws-waf-logs-atlas"),
    ),
    Break(
        "logs",
        "Where is the VPC's traffic written?",
        lambda world: world.clients.ec2.delete_flow_logs(FlowLogIds=[world.id_of("logs/flow_log")]),
    ),
    Break(
        "logs",
        "Has a record of the VPC's traffic arrived?",
        lambda world: world.clients.logs.delete_log_group(logGroupName="/holdfast/atlas/flow-logs"),
    ),
    Break(
        "logs",
        "Who is told what somebody writes in the cluster?",
        lambda world: world.clients.logs.delete_subscription_filter(
            logGroupName="/aws/eks/atlas/cluster", filterName="holdfast-audit"
        ),
    ),
)
