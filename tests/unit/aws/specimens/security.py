"""Specimens of IAM, KMS and CloudWatch Logs."""

import json
from typing import Final

from holdfast.aws.clients import Clients
from holdfast.aws.iam.role import Policy, RoleState
from holdfast.aws.iam.service_linked_role import ServiceLinkedRoleState
from holdfast.aws.kms.alias import AliasState
from holdfast.aws.kms.key import KeyState
from holdfast.aws.logs.log_group import LogGroupState
from holdfast.aws.logs.subscription_filter import SubscriptionFilterState
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.specimen import TAGS, Deed, Specimen, policy

MANAGED: Final = "arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"
STRANGER: Final = "111122223333"
ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"


def key(clients: Clients) -> str:
    return clients.kms.create_key()["KeyMetadata"]["Arn"]


def _promise_role(clients: Clients) -> Desired:
    return RoleState(
        path="/holdfast/atlas/",
        role_name="atlas-specimen",
        description="A specimen",
        assume_role_policy_document=policy(Principal={"Service": ["ec2.amazonaws.com"]}, Action=["sts:AssumeRole"]),
        permissions_boundary="arn:aws:iam::123456789012:policy/boundary",
        managed_policy_arns=frozenset({MANAGED}),
        policies=frozenset({Policy(policy_name="read", policy_document=policy(Action="s3:GetObject", Resource="*"))}),
        tags=TAGS,
    )


def _put(name: str) -> Deed:
    written = json.dumps(policy(Action="*", Resource="*"))
    return lambda clients, identity: clients.iam.put_role_policy(
        RoleName=identity, PolicyName=name, PolicyDocument=written
    )


ROLE_DEEDS: Final[dict[str, Deed]] = {
    "lifts the boundary": lambda clients, role: clients.iam.delete_role_permissions_boundary(RoleName=role),
    "swaps the boundary": lambda clients, role: clients.iam.put_role_permissions_boundary(
        RoleName=role, PermissionsBoundary=ADMINISTRATOR
    ),
    "trusts everyone": lambda clients, role: clients.iam.update_assume_role_policy(
        RoleName=role, PolicyDocument=json.dumps(policy(Principal={"AWS": "*"}, Action="sts:AssumeRole"))
    ),
    "attaches a policy": lambda clients, role: clients.iam.attach_role_policy(RoleName=role, PolicyArn=ADMINISTRATOR),
    "detaches ours": lambda clients, role: clients.iam.detach_role_policy(RoleName=role, PolicyArn=MANAGED),
    "adds an inline policy": _put("more"),
    "rewrites ours": _put("read"),
    "deletes ours": lambda clients, role: clients.iam.delete_role_policy(RoleName=role, PolicyName="read"),
    "describes it otherwise": lambda clients, role: clients.iam.update_role(RoleName=role, Description="Mine"),
    "lengthens its sessions": lambda clients, role: clients.iam.update_role(
        RoleName=role, Description="A specimen", MaxSessionDuration=43200
    ),
    "strips our tag": lambda clients, role: clients.iam.untag_role(RoleName=role, TagKeys=["holdfast:environment"]),
}


def _promise_key(clients: Clients) -> Desired:
    return KeyState(
        description="A specimen",
        key_policy=policy(Principal={"AWS": "arn:aws:iam::123456789012:root"}, Action="kms:*", Resource="*"),
        tags=TAGS,
    )


KEY_DEEDS: Final[dict[str, Deed]] = {
    "lets everyone use it": lambda clients, identity: clients.kms.put_key_policy(
        KeyId=identity,
        PolicyName="default",
        Policy=json.dumps(policy(Principal={"AWS": "*"}, Action="kms:*", Resource="*")),
    ),
    "grants it to somebody": lambda clients, identity: clients.kms.create_grant(
        KeyId=identity, GranteePrincipal=f"arn:aws:iam::{STRANGER}:role/mallory", Operations=["Decrypt"]
    ),
    "stops its rotation": lambda clients, identity: clients.kms.disable_key_rotation(KeyId=identity),
    "disables it": lambda clients, identity: clients.kms.disable_key(KeyId=identity),
    "describes it otherwise": lambda clients, identity: clients.kms.update_key_description(
        KeyId=identity, Description="Mine"
    ),
    "strips our tag": lambda clients, identity: clients.kms.untag_resource(
        KeyId=identity, TagKeys=["holdfast:environment"]
    ),
}


def _stream(clients: Clients) -> str:
    kinesis = clients._client("kinesis")
    kinesis.create_stream(StreamName="mallory", ShardCount=1)
    arn: str = kinesis.describe_stream(StreamName="mallory")["StreamDescription"]["StreamARN"]
    return arn


def _promise_log_group(clients: Clients) -> Desired:
    # A neighbour whose name begins with ours.
    clients.logs.create_log_group(logGroupName="aws-waf-logs-atlas-2")
    return LogGroupState(log_group_name="aws-waf-logs-atlas", kms_key_id=key(clients), retention_in_days=365, tags=TAGS)


CLUSTER: Final = "/aws/eks/atlas/cluster"

LOG_GROUP_DEEDS: Final[dict[str, Deed]] = {
    "keeps everything": lambda clients, name: clients.logs.delete_retention_policy(logGroupName=name),
    "keeps a day": lambda clients, name: clients.logs.put_retention_policy(logGroupName=name, retentionInDays=1),
    "passes it on": lambda clients, name: clients.logs.put_subscription_filter(
        logGroupName=name, filterName="mallory", filterPattern="", destinationArn=_stream(clients)
    ),
    "swaps the key": lambda clients, name: clients.logs.associate_kms_key(logGroupName=name, kmsKeyId=key(clients)),
    "strips our tag": lambda clients, name: clients.logs.untag_resource(
        resourceArn=f"arn:aws:logs:eu-west-1:123456789012:log-group:{name}", tagKeys=["holdfast:environment"]
    ),
}


def _promise_subscription_filter(clients: Clients) -> Desired:
    clients.logs.create_log_group(logGroupName=CLUSTER)
    return SubscriptionFilterState(
        log_group_name=CLUSTER,
        filter_name="holdfast-audit",
        filter_pattern="{ $.verb = create }",
        destination_arn="arn:aws:lambda:eu-west-1:123456789012:function:holdfast-audit",
    )


def _filtered(function: str, pattern: str) -> Deed:
    return lambda clients, identity: clients.logs.put_subscription_filter(
        logGroupName=CLUSTER,
        filterName="holdfast-audit",
        filterPattern=pattern,
        destinationArn=f"arn:aws:lambda:eu-west-1:123456789012:function:{function}",
    )


SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::IAM::Role": Specimen(_promise_role, "iam.CreateRole", ROLE_DEEDS, within="a path of ours"),
    "AWS::IAM::ServiceLinkedRole": Specimen(
        lambda clients: ServiceLinkedRoleState(aws_service_name="autoscaling.amazonaws.com"),
        "iam.CreateServiceLinkedRole",
        stays=True,
        refused="EntityAlreadyExists",
    ),
    "AWS::KMS::Key": Specimen(_promise_key, "kms.CreateKey", KEY_DEEDS),
    "AWS::KMS::Alias": Specimen(
        lambda clients: AliasState(
            alias_name="alias/holdfast/atlas/specimen", target_key_id=key(clients).split("/")[1]
        ),
        "kms.CreateAlias",
        {
            "points it at another key": lambda clients, name: clients.kms.update_alias(
                AliasName=name, TargetKeyId=key(clients)
            )
        },
    ),
    "AWS::Logs::SubscriptionFilter": Specimen(
        _promise_subscription_filter,
        "logs.PutSubscriptionFilter",
        {
            "lets through only what nobody does": _filtered("holdfast-audit", "{ $.verb = never }"),
            "passes it on to another function": _filtered("mallory", "{ $.verb = create }"),
        },
    ),
    "AWS::Logs::LogGroup": Specimen(_promise_log_group, "logs.CreateLogGroup", LOG_GROUP_DEEDS),
}
