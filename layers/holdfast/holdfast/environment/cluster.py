"""Cluster: the control plane, who its tokens are believed by, and the add-ons without which no node joins.

Private unless the spec names ranges; secrets under our key; every log of the control plane; callers told apart by
access entries alone, and nobody let in for having made it ("Grant IAM users access to Kubernetes with EKS access
entries"). EKS makes a security group of its own for the control plane's interfaces: it is adopted as EKS keeps it
("Amazon EKS security group requirements"); nodes get ours instead.
"""

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.eks.addon import AddonState
from holdfast.aws.eks.cluster import ClusterState
from holdfast.aws.iam.oidc_provider import OidcProviderState
from holdfast.aws.policy import read, sentences
from holdfast.aws.resource import code
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.security_group import SecurityGroupState, everything
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names
from holdfast.environment.irsa import AUDIENCE, Workload, service_account_role

if TYPE_CHECKING:
    from mypy_boto3_eks.type_defs import ClusterTypeDef

LOGS: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
OWN_GROUP: Final = "${cluster/cluster_security_group}"
ANYWHERE: Final = "0.0.0.0/0"
VPC_CNI: Final = Workload(
    names.VPC_CNI_ROLE,
    "The VPC CNI plugin gives pods their addresses by it",
    ("kube-system:aws-node",),
    ("AmazonEKS_CNI_Policy",),
)


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    yield Declared("AWS::EKS::Cluster", "cluster", _cluster(spec))
    yield Declared("AWS::EC2::SecurityGroup", "cluster_security_group", _own_group())
    yield Declared(
        "AWS::IAM::OIDCProvider",
        "oidc_provider",
        OidcProviderState(url="${cluster/cluster.OidcIssuerUrl}", client_id_list=frozenset({AUDIENCE})),
    )
    yield Declared("AWS::IAM::Role", names.VPC_CNI_ROLE, service_account_role(spec, site, VPC_CNI))
    for name in names.NODE_ADDONS:
        yield Declared("AWS::EKS::Addon", f"{name.replace('-', '_')}_addon", _addon(name, site))


def _cluster(spec: Spec) -> ClusterState:
    ranges = frozenset(map(str, spec.cluster.public_access_cidrs))
    return ClusterState(
        name=spec.name,
        version=spec.cluster.version,
        role_arn=f"${{identity/{names.CLUSTER_ROLE}.Arn}}",
        subnet_ids=frozenset(f"${{network/private_subnet_{zone}}}" for zone in (1, 2, 3)),
        security_group_ids=frozenset({"${security_groups/control_plane}"}),
        endpoint_private_access=True,
        endpoint_public_access=bool(ranges),
        public_access_cidrs=ranges,
        encryption_key_arn="${keys/cluster.Arn}",
        enabled_log_types=frozenset(LOGS),
        authentication_mode="API",
        support_type="STANDARD",
        deletion_protection=True,
    )


def _own_group() -> SecurityGroupState:
    """As EKS makes it, its name among the tags: EKS would put that back at every update of the cluster."""
    name = "${cluster/cluster.ClusterSecurityGroupName}"
    return SecurityGroupState(
        group_name=name,
        group_description="${cluster/cluster.ClusterSecurityGroupDescription}",
        vpc_id="${network/vpc}",
        rules=frozenset({everything("ingress", OWN_GROUP), everything("egress", ANYWHERE)}),
        tags={"Name": name},
    )


def _addon(name: str, site: Site) -> AddonState:
    """``cluster_name`` is known once the cluster takes add-ons (see ``Cluster``).

    The VPC CNI plugin is to enforce network policies ("Restrict Pod network traffic with Kubernetes network policies").
    """
    common = AddonState(addon_name=name, addon_version=site.addons[name], cluster_name="${cluster/cluster.Name}")
    if name != "vpc-cni":
        return common
    return AddonState(
        addon_name=name,
        addon_version=common.addon_version,
        cluster_name=common.cluster_name,
        service_account_role_arn=f"${{cluster/{names.VPC_CNI_ROLE}.Arn}}",
        configuration_values=json.dumps({"enableNetworkPolicy": "true"}),
    )


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Ask as an attacker would: how to get at the API, at what it keeps, and at what its workloads may do."""
    cluster = _described(clients, spec.name)
    if cluster is None:
        yield Finding(question="Is there a cluster?", saw=f"EKS knows no {spec.name}", verdict="broken")
        return
    yield from _reached(clients, spec, site, cluster)
    yield from _kept(clients, spec, cluster)
    yield from _entered(clients, spec, site, cluster)
    running = _running(clients, spec.name)
    yield Finding.of(
        "Which add-ons that nodes need run, in which version?",
        saw={name: status for name, (status, _) in running.items()},
        expected={name: f"ACTIVE {site.addons[name]}" for name in sorted(names.NODE_ADDONS)},
    )
    yield Finding.of(
        "Are network policies enforced?",
        saw=json.loads(running.get("vpc-cni", ("", ""))[1] or "{}").get("enableNetworkPolicy", "no"),
        expected="true",
    )


def _described(clients: Clients, name: str) -> "ClusterTypeDef | None":
    try:
        return clients.eks.describe_cluster(name=name)["cluster"]
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        return None


def _reached(clients: Clients, spec: Spec, site: Site, cluster: "ClusterTypeDef") -> Iterator[Finding]:
    network = cluster["resourcesVpcConfig"]
    sources = ["the VPC"] if network["endpointPrivateAccess"] else []
    if network["endpointPublicAccess"]:
        sources += sorted(network["publicAccessCidrs"])
    yield Finding.of(
        "From where can the Kubernetes API be reached?",
        saw=sources,
        expected=["the VPC", *sorted(map(str, spec.cluster.public_access_cidrs))],
    )
    subnets = clients.ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": network["subnetIds"] or ["none"]}])
    yield Finding.of(
        "In which zones has the control plane its interfaces?",
        saw=sorted(subnet["AvailabilityZone"] for subnet in subnets["Subnets"]),
        expected=sorted(site.zones),
    )
    own = network.get("clusterSecurityGroupId", "none")
    pages = clients.ec2.get_paginator("describe_security_group_rules").paginate(
        Filters=[{"Name": "group-id", "Values": [own]}]
    )
    inward = [rule for page in pages for rule in page["SecurityGroupRules"] if not rule["IsEgress"]]
    yield Finding.of(
        "Whom does the group that EKS keeps let in?",
        saw=["itself" if rule.get("ReferencedGroupInfo", {}).get("GroupId") == own else "others" for rule in inward],
        expected=["itself"],
    )


def _kept(clients: Clients, spec: Spec, cluster: "ClusterTypeDef") -> Iterator[Finding]:
    key = clients.kms.describe_key(KeyId=names.key_alias(spec.name, "cluster"))["KeyMetadata"]["Arn"]
    yield Finding.of(
        "Which key encrypts the cluster's secrets?",
        saw=[one["provider"]["keyArn"] for one in cluster.get("encryptionConfig", []) if "secrets" in one["resources"]],
        expected=[key],
    )
    logging = cluster["logging"]["clusterLogging"]
    yield Finding.of(
        "What does the control plane log?",
        saw=sorted(kind for one in logging if one["enabled"] for kind in one["types"]),
        expected=["api", "audit", "authenticator", "controllerManager", "scheduler"],
    )
    yield Finding.of(
        "Which Kubernetes runs, with which support, and can it be deleted?",
        saw=[
            cluster["version"],
            cluster["upgradePolicy"]["supportType"],
            "protected" if cluster.get("deletionProtection") else "can be deleted",
        ],
        expected=[spec.cluster.version, "STANDARD", "protected"],
    )


def _entered(clients: Clients, spec: Spec, site: Site, cluster: "ClusterTypeDef") -> Iterator[Finding]:
    yield Finding.of(
        "By what does the cluster tell callers apart?",
        saw=cluster["accessConfig"]["authenticationMode"],
        expected="API",
    )
    pages = clients.eks.get_paginator("list_access_entries").paginate(clusterName=spec.name)
    entries = [entry for page in pages for entry in page["accessEntries"]]
    ours = {
        site.arn("iam", f"role/holdfast/{spec.name}/{spec.name}-{name}", region="") for name in ("kubernetes", "nodes")
    }
    aws = site.arn("iam", "role/aws-service-role/", region="")
    yield Finding.of(
        "Who has an access entry, beside our own roles and AWS's?",
        saw=sorted(entry for entry in entries if entry not in ours and not entry.startswith(aws)),
        expected=[],
    )
    issuer = cluster["identity"]["oidc"]["issuer"].removeprefix("https://")
    provider = site.arn("iam", f"oidc-provider/{issuer}", region="")
    yield Finding.of("Whom do tokens of the cluster serve?", saw=_audiences(clients, provider), expected=[AUDIENCE])
    role = f"{spec.name}-vpc-cni"
    account = "system:serviceaccount:kube-system:aws-node"
    yield Finding.of(
        f"Who may act as {role}?",
        saw=sentences(read(clients.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])),
        expected=[
            f"Allow {provider} to sts:AssumeRoleWithWebIdentity if StringEquals {issuer}:aud {AUDIENCE} "
            f"if StringEquals {issuer}:sub {account}"
        ],
    )
    attached = clients.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    inline = clients.iam.list_role_policies(RoleName=role)["PolicyNames"]
    yield Finding.of(
        f"What may {role} do?",
        saw=sorted([*(policy["PolicyName"] for policy in attached), *inline]),
        expected=["AmazonEKS_CNI_Policy"],
    )


def _audiences(clients: Clients, provider: str) -> list[str]:
    try:
        return sorted(clients.iam.get_open_id_connect_provider(OpenIDConnectProviderArn=provider)["ClientIDList"])
    except ClientError as error:
        if code(error) != "NoSuchEntity":
            raise
        return []


def _running(clients: Clients, cluster: str) -> dict[str, tuple[str, str]]:
    """By name of those that nodes need: status and version, and the configuration."""
    pages = clients.eks.get_paginator("list_addons").paginate(clusterName=cluster)
    present = sorted({name for page in pages for name in page["addons"]} & set(names.NODE_ADDONS))
    found = [clients.eks.describe_addon(clusterName=cluster, addonName=name)["addon"] for name in present]
    return {
        addon["addonName"]: (f"{addon['status']} {addon['addonVersion']}", addon.get("configurationValues", ""))
        for addon in found
    }
