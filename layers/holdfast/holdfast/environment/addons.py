"""Addons: what the cluster runs for itself once it has nodes: names, metrics, the file system, and eyes.

Service accounts and policies are those of "Amazon EFS CSI driver" and "Amazon CloudWatch Observability agent" ("AWS
add-ons", EKS user guide): the EFS page has one role for whatever begins with ``efs-csi-``; we name the driver's two.
CoreDNS and metrics-server call nothing of AWS. GPUs are made known to Kubernetes by NVIDIA's device plugin, which is no
EKS add-on ("Install Kubernetes device plugin for GPUs"): it belongs to the workloads.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from holdfast.aws.clients import Clients
from holdfast.aws.eks.addon import AddonState
from holdfast.aws.policy import read, sentences
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names
from holdfast.environment.irsa import Workload, service_account_role

if TYPE_CHECKING:
    from mypy_boto3_eks.type_defs import AddonTypeDef

ACTING: Final = {
    "amazon-cloudwatch-observability": Workload(
        names.CLOUDWATCH_AGENT_ROLE,
        "The CloudWatch agent and Fluent Bit send metrics, logs and traces by it",
        ("amazon-cloudwatch:cloudwatch-agent",),
        ("AWSXrayWriteOnlyAccess", "CloudWatchAgentServerPolicy"),
    ),
    "aws-efs-csi-driver": Workload(
        names.EFS_CSI_ROLE,
        "The EFS CSI driver mounts the file system by it",
        ("kube-system:efs-csi-controller-sa", "kube-system:efs-csi-node-sa"),
        ("service-role/AmazonEFSCSIDriverPolicy",),
    ),
}
"""Which add-on acts by which role."""


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    for workload in ACTING.values():
        yield Declared("AWS::IAM::Role", workload.role, service_account_role(spec, site, workload))
    for name in names.ADDONS:
        addon = AddonState(
            addon_name=name,
            addon_version=site.addons[name],
            cluster_name="${cluster/cluster.Name}",
            service_account_role_arn=f"${{addons/{ACTING[name].role}.Arn}}" if name in ACTING else "",
        )
        yield Declared("AWS::EKS::Addon", f"{name.replace('-', '_')}_addon", addon)


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Ask EKS for all that runs in the cluster, and IAM what it may do."""
    pages = clients.eks.get_paginator("list_addons").paginate(clusterName=spec.name)
    running = sorted(name for page in pages for name in page["addons"])
    described = {name: clients.eks.describe_addon(clusterName=spec.name, addonName=name)["addon"] for name in running}
    yield Finding.of(
        "Which add-ons run, in which version?",
        saw={name: f"{addon['status']} {addon['addonVersion']}" for name, addon in described.items()},
        expected={name: f"ACTIVE {site.addons[name]}" for name in sorted((*names.NODE_ADDONS, *names.ADDONS))},
    )
    yield Finding.of(
        "By which role does each act?",
        saw={name: addon["serviceAccountRoleArn"] for name, addon in described.items() if _has_role(addon)},
        expected={
            name: site.arn("iam", f"role/holdfast/{spec.name}/{spec.name}-{role}", region="")
            for name, role in (
                ("amazon-cloudwatch-observability", "cloudwatch-agent"),
                ("aws-efs-csi-driver", "efs-csi"),
                ("vpc-cni", "vpc-cni"),
            )
        },
    )
    issuer = clients.eks.describe_cluster(name=spec.name)["cluster"]["identity"]["oidc"]["issuer"]
    for role, subjects, policies in (
        (
            f"{spec.name}-cloudwatch-agent",
            ["amazon-cloudwatch:cloudwatch-agent"],
            ["AWSXrayWriteOnlyAccess", "CloudWatchAgentServerPolicy"],
        ),
        (
            f"{spec.name}-efs-csi",
            ["kube-system:efs-csi-controller-sa", "kube-system:efs-csi-node-sa"],
            ["AmazonEFSCSIDriverPolicy"],
        ),
    ):
        yield Finding.of(
            f"Who may act as {role}?",
            saw=sentences(read(clients.iam.get_role(RoleName=role)["Role"]["AssumeRolePolicyDocument"])),
            expected=[_only(site, issuer.removeprefix("https://"), subjects)],
        )
        attached = clients.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
        inline = clients.iam.list_role_policies(RoleName=role)["PolicyNames"]
        yield Finding.of(
            f"What may {role} do?",
            saw=sorted([*(policy["PolicyName"] for policy in attached), *inline]),
            expected=policies,
        )


def _has_role(addon: "AddonTypeDef") -> bool:
    return bool(addon.get("serviceAccountRoleArn"))


def _only(site: Site, issuer: str, accounts: list[str]) -> str:
    """The one sentence that such a role's trust must say."""
    provider = site.arn("iam", f"oidc-provider/{issuer}", region="")
    subjects = ", ".join(f"system:serviceaccount:{account}" for account in accounts)
    return (
        f"Allow {provider} to sts:AssumeRoleWithWebIdentity if StringEquals {issuer}:aud sts.amazonaws.com "
        f"if StringEquals {issuer}:sub {subjects}"
    )
