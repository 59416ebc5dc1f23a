"""Breaks of cluster and addons."""

import json
from collections.abc import Callable
from typing import Any

from tests.support.world import World
from tests.unit.environment.breaks.broken import Break

OPEN_TRUST = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
)
MALLORY = "arn:aws:iam::123456789012:role/mallory"


def _configure(**asked: Any) -> Callable[[World], object]:
    return lambda world: world.clients.eks.update_cluster_config(name=world.spec.name, **asked)


def _leave_a_zone(world: World) -> None:
    subnets = [world.id_of(f"network/private_subnet_{zone}") for zone in (1, 2)]
    world.clients.eks.update_cluster_config(name="atlas", resourcesVpcConfig={"subnetIds": subnets})


def _open_own_group(world: World) -> None:
    world.clients.ec2.authorize_security_group_ingress(
        GroupId=world.id_of("cluster/cluster_security_group"),
        IpPermissions=[{"IpProtocol": "-1", "IpRanges": [{"CidrIp": "10.0.0.0/8"}]}],
    )


def _encrypt_otherwise(world: World) -> None:
    """Someone points the alias elsewhere: what EKS encrypts with cannot be changed."""
    world.clients.kms.update_alias(
        AliasName="alias/holdfast/atlas/cluster", TargetKeyId=world.id_of("keys/logs").split("/")[-1]
    )


def _believe_another(world: World) -> None:
    world.clients.iam.add_client_id_to_open_id_connect_provider(
        OpenIDConnectProviderArn=world.id_of("cluster/oidc_provider"), ClientID="elsewhere"
    )


def _trust_everyone(role: str) -> Callable[[World], object]:
    return lambda world: world.clients.iam.update_assume_role_policy(RoleName=role, PolicyDocument=OPEN_TRUST)


def _attach_administrator(role: str) -> Callable[[World], object]:
    return lambda world: world.clients.iam.attach_role_policy(
        RoleName=role, PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess"
    )


def _update(addon: str, **asked: Any) -> Callable[[World], object]:
    return lambda world: world.clients.eks.update_addon(clusterName="atlas", addonName=addon, **asked)


BREAKS = (
    Break(
        "cluster",
        "From where can the Kubernetes API be reached?",
        _configure(resourcesVpcConfig={"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}),
    ),
    Break("cluster", "In which zones has the control plane its interfaces?", _leave_a_zone),
    Break("cluster", "Whom does the group that EKS keeps let in?", _open_own_group),
    Break("cluster", "Which key encrypts the cluster's secrets?", _encrypt_otherwise),
    Break(
        "cluster",
        "What does the control plane log?",
        _configure(logging={"clusterLogging": [{"types": ["audit"], "enabled": False}]}),
    ),
    Break(
        "cluster",
        "Which Kubernetes runs, with which support, and can it be deleted?",
        _configure(deletionProtection=False),
    ),
    Break(
        "cluster",
        "By what does the cluster tell callers apart?",
        _configure(accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"}),
    ),
    Break(
        "cluster",
        "Who has an access entry, beside our own roles and AWS's?",
        lambda world: world.clients.eks.create_access_entry(clusterName="atlas", principalArn=MALLORY),
    ),
    Break("cluster", "Whom do tokens of the cluster serve?", _believe_another),
    Break("cluster", "Who may act as atlas-vpc-cni?", _trust_everyone("atlas-vpc-cni")),
    Break("cluster", "What may atlas-vpc-cni do?", _attach_administrator("atlas-vpc-cni")),
    Break(
        "cluster",
        "Which add-ons that nodes need run, in which version?",
        _update("kube-proxy", addonVersion="v1.30.0-eksbuild.1"),
    ),
    Break(
        "cluster",
        "Are network policies enforced?",
        _update("vpc-cni", configurationValues=json.dumps({"enableNetworkPolicy": "false"})),
    ),
    Break(
        "addons",
        "Which add-ons run, in which version?",
        lambda world: world.clients.eks.delete_addon(clusterName="atlas", addonName="metrics-server"),
    ),
    Break(
        "addons",
        "By which role does each act?",
        _update("coredns", serviceAccountRoleArn=MALLORY),
    ),
    Break("addons", "Who may act as atlas-cloudwatch-agent?", _trust_everyone("atlas-cloudwatch-agent")),
    Break("addons", "What may atlas-cloudwatch-agent do?", _attach_administrator("atlas-cloudwatch-agent")),
    Break("addons", "Who may act as atlas-efs-csi?", _trust_everyone("atlas-efs-csi")),
    Break("addons", "What may atlas-efs-csi do?", _attach_administrator("atlas-efs-csi")),
)
