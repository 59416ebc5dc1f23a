"""Specimens of EKS, and of the issuer of its tokens in IAM."""

import json
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from holdfast.aws.clients import Clients
from holdfast.aws.eks.addon import AddonState
from holdfast.aws.eks.cluster import ClusterState
from holdfast.aws.iam.oidc_provider import OidcProviderState
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.ec2 import subnet, vpc
from tests.unit.aws.specimens.security import key
from tests.unit.aws.specimens.specimen import TAGS, Deed, Specimen

if TYPE_CHECKING:
    from mypy_boto3_eks.type_defs import VpcConfigRequestTypeDef

ROLE: Final = "arn:aws:iam::123456789012:role/holdfast/atlas/atlas-cluster"
ISSUER: Final = "https://oidc.eks.eu-west-1.amazonaws.com/id/ATLAS"


def _promise_cluster(clients: Clients) -> Desired:
    network = vpc(clients)
    subnets = [subnet(clients, network, f"10.20.{number}.0/24") for number in (1, 2)]
    group = clients.ec2.create_security_group(GroupName="control-plane", Description="A specimen's", VpcId=network)
    return ClusterState(
        name="atlas",
        version="1.35",
        role_arn=ROLE,
        subnet_ids=frozenset(subnets),
        security_group_ids=frozenset({group["GroupId"]}),
        endpoint_private_access=True,
        endpoint_public_access=False,
        public_access_cidrs=frozenset(),
        encryption_key_arn=key(clients),
        enabled_log_types=frozenset({"api", "audit"}),
        authentication_mode="API",
        support_type="STANDARD",
        deletion_protection=True,
        tags=TAGS,
    )


def _configure(**asked: Any) -> Deed:
    return lambda clients, name: clients.eks.update_cluster_config(name=name, **asked)


def _open_to_all(clients: Clients, name: str) -> None:
    everywhere: VpcConfigRequestTypeDef = {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"]}
    clients.eks.update_cluster_config(name=name, resourcesVpcConfig=everywhere)


def _drop_our_group(clients: Clients, name: str) -> None:
    network = clients.eks.describe_cluster(name=name)["cluster"]["resourcesVpcConfig"]["vpcId"]
    name_of_theirs = f"wide-open-{uuid4()}"
    other = clients.ec2.create_security_group(GroupName=name_of_theirs, Description="Theirs", VpcId=network)["GroupId"]
    clients.eks.update_cluster_config(name=name, resourcesVpcConfig={"securityGroupIds": [other]})


def _arn(clients: Clients, name: str) -> str:
    return clients.eks.describe_cluster(name=name)["cluster"]["arn"]


CLUSTER_DEEDS: Final[dict[str, Deed]] = {
    "opens the endpoint": _open_to_all,
    "closes the private endpoint": _configure(resourcesVpcConfig={"endpointPrivateAccess": False}),
    "swaps our group": _drop_our_group,
    "stops the audit log": _configure(logging={"clusterLogging": [{"types": ["audit"], "enabled": False}]}),
    "logs more": _configure(logging={"clusterLogging": [{"types": ["scheduler"], "enabled": True}]}),
    "lets the config map speak": _configure(accessConfig={"authenticationMode": "API_AND_CONFIG_MAP"}),
    "buys extended support": _configure(upgradePolicy={"supportType": "EXTENDED"}),
    "lifts the protection": _configure(deletionProtection=False),
    "does three things at once": lambda clients, name: [
        deed(clients, name) for deed in (_open_to_all, _drop_our_group, _configure(deletionProtection=False))
    ],
    "strips our tag": lambda clients, name: clients.eks.untag_resource(
        resourceArn=_arn(clients, name), tagKeys=["holdfast:environment"]
    ),
}


def _promise_addon(clients: Clients) -> Desired:
    network = vpc(clients)
    made = clients.eks.create_cluster(
        name="atlas",
        roleArn=ROLE,
        resourcesVpcConfig={"subnetIds": [subnet(clients, network)]},
    )
    return AddonState(
        addon_name="vpc-cni",
        addon_version="v1.21.1-eksbuild.3",
        cluster_name=made["cluster"]["name"],
        service_account_role_arn="arn:aws:iam::123456789012:role/holdfast/atlas/atlas-vpc-cni",
        configuration_values=json.dumps({"enableNetworkPolicy": "true"}),
        tags=TAGS,
    )


def _reconfigure(**asked: Any) -> Deed:
    return lambda clients, name: clients.eks.update_addon(
        clusterName="atlas", addonName=name.partition("|")[2], **asked
    )


ADDON_DEEDS: Final[dict[str, Deed]] = {
    "installs another version": _reconfigure(addonVersion="v1.20.0-eksbuild.1"),
    "stops enforcing policies": _reconfigure(configurationValues='{"enableNetworkPolicy": "false"}'),
    "configures it in YAML": _reconfigure(configurationValues="enableNetworkPolicy: 'false'"),
    "configures more": _reconfigure(configurationValues='{"enableNetworkPolicy": "true", "env": {"X": "1"}}'),
    "swaps the role": _reconfigure(serviceAccountRoleArn="arn:aws:iam::123456789012:role/admin"),
    "strips our tag": lambda clients, name: clients.eks.untag_resource(
        resourceArn=clients.eks.describe_addon(clusterName="atlas", addonName=name.partition("|")[2])["addon"][
            "addonArn"
        ],
        tagKeys=["holdfast:environment"],
    ),
}

PROVIDER_DEEDS: Final[dict[str, Deed]] = {
    "adds an audience": lambda clients, arn: clients.iam.add_client_id_to_open_id_connect_provider(
        OpenIDConnectProviderArn=arn, ClientID="elsewhere"
    ),
    "removes ours": lambda clients, arn: clients.iam.remove_client_id_from_open_id_connect_provider(
        OpenIDConnectProviderArn=arn, ClientID="sts.amazonaws.com"
    ),
    "strips our tag": lambda clients, arn: clients.iam.untag_open_id_connect_provider(
        OpenIDConnectProviderArn=arn, TagKeys=["holdfast:environment"]
    ),
}

SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::EKS::Cluster": Specimen(_promise_cluster, "eks.CreateCluster", CLUSTER_DEEDS, steps=2),
    "AWS::EKS::Addon": Specimen(_promise_addon, "eks.CreateAddon", ADDON_DEEDS, within="a cluster of ours"),
    "AWS::IAM::OIDCProvider": Specimen(
        lambda _: OidcProviderState(url=ISSUER, client_id_list=frozenset({"sts.amazonaws.com"}), tags=TAGS),
        "iam.CreateOpenIDConnectProvider",
        PROVIDER_DEEDS,
        within="the URL of a cluster of ours",
    ),
}
