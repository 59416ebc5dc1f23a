"""Workloads: what runs in the cluster, and what each part of it may do in AWS.

The Cluster Autoscaler, the storage class on the shared file system, NVIDIA's device plugin, and the application as the
environment's file asks for it. Each service account that speaks to AWS has a role of its own. The application's holds
exactly what the file grants. The file system is none of its rights: a node mounts it, under the driver's role, and what
the pod may do there is decided by how it is mounted ("Use elastic file system storage with Amazon EFS", EKS guide).
"""

from collections.abc import Iterator
from typing import Final

from holdfast.aws.clients import Clients
from holdfast.aws.iam.role import Policy, RoleState
from holdfast.aws.policy import Document, Statement, document
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names, workloads_rights, workloads_seen
from holdfast.environment.irsa import Workload, service_account_role
from holdfast.environment.objects import declared
from holdfast.kubernetes.manifests import application, cluster_autoscaler, device_plugin, storage

SPACES: Final = {
    application.SPACE: "ingress/ingress_controller_watched_namespace",
    cluster_autoscaler.SPACE: "workloads/cluster_autoscaler_namespace",
    device_plugin.SPACE: "workloads/device_plugin_namespace",
}
BUCKET: Final = "arn:{partition}:s3:::${{object_storage/data_bucket}}"
MASTER_SECRET: Final = "${database/instance.MasterUserSecretArn}"  # noqa: S105  (a reference)
KEY: Final = "${keys/data.Arn}"
READ_OBJECTS: Final = ["s3:GetObject"]
WRITE_OBJECTS: Final = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:ListMultipartUploadParts", "s3:PutObject"]


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    yield Declared("AWS::IAM::Role", names.AUTOSCALER_ROLE, _autoscaler_role(spec, site))
    yield Declared("AWS::IAM::Role", names.APPLICATION_ROLE, _application_role(spec, site))
    autoscaler = cluster_autoscaler.objects(
        spec.name, spec.cluster.version, site.region, f"${{workloads/{names.AUTOSCALER_ROLE}.Arn}}"
    )
    given = application.Surroundings(
        role=f"${{workloads/{names.APPLICATION_ROLE}.Arn}}",
        host=spec.host,
        vpc=str(spec.network.cidr),
        variables=_variables(spec),
    )
    yield from declared("cluster_autoscaler", autoscaler, SPACES)
    yield from declared("shared_storage", {"class": storage.storage_class("${file_storage/file_system}")}, SPACES)
    yield from declared("device_plugin", device_plugin.objects(), SPACES)
    yield from declared("application", application.objects(spec.application, given), SPACES)


def _variables(spec: Spec) -> dict[str, str]:
    """Where the application finds what it was granted."""
    granted = spec.application.access
    bucket = {"HOLDFAST_BUCKET": "${object_storage/data_bucket}"} if granted.bucket != "none" else {}
    database = {
        "HOLDFAST_DATABASE_HOST": "${database/instance.EndpointAddress}",
        "HOLDFAST_DATABASE_SECRET": MASTER_SECRET,
    }
    return {**bucket, **(database if granted.database else {})}


def _autoscaler_role(spec: Spec, site: Site) -> RoleState:
    workload = Workload(
        names.AUTOSCALER_ROLE,
        "The Cluster Autoscaler adds and removes nodes by it",
        (":".join(cluster_autoscaler.ACCOUNT),),
        policies=frozenset({Policy(policy_name="scale", policy_document=_scale(spec, site))}),
    )
    return service_account_role(spec, site, workload)


def _scale(spec: Spec, site: Site) -> Document:
    """As cluster-autoscaler/cloudprovider/aws/README.md lists it; what it reads knows no resource, but node groups."""
    look: Statement = {
        "Effect": "Allow",
        "Action": [
            "autoscaling:DescribeAutoScalingGroups",
            "autoscaling:DescribeAutoScalingInstances",
            "autoscaling:DescribeLaunchConfigurations",
            "autoscaling:DescribeScalingActivities",
            "autoscaling:DescribeTags",
            "ec2:DescribeImages",
            "ec2:DescribeInstanceTypes",
            "ec2:DescribeLaunchTemplateVersions",
            "ec2:GetInstanceTypesFromInstanceRequirements",
        ],
        "Resource": "*",
    }
    look_at_groups: Statement = {
        "Effect": "Allow",
        "Action": "eks:DescribeNodegroup",
        "Resource": site.arn("eks", f"nodegroup/{spec.name}/*/*"),
    }
    tags = cluster_autoscaler.discovery_tags(spec.name)
    scale: Statement = {
        "Effect": "Allow",
        "Action": ["autoscaling:SetDesiredCapacity", "autoscaling:TerminateInstanceInAutoScalingGroup"],
        "Resource": site.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*"),
        "Condition": {"StringEquals": {f"aws:ResourceTag/{key}": value for key, value in tags.items()}},
    }
    return document(look, look_at_groups, scale)


def _application_role(spec: Spec, site: Site) -> RoleState:
    workload = Workload(
        names.APPLICATION_ROLE,
        "The application's pods act by it",
        (":".join(application.ACCOUNT),),
        policies=frozenset(_granted(spec, site)),
    )
    return service_account_role(spec, site, workload)


def _granted(spec: Spec, site: Site) -> Iterator[Policy]:
    granted = spec.application.access
    if granted.bucket != "none":
        yield Policy(policy_name="bucket", policy_document=_use_bucket(site, write=granted.bucket == "write"))
    if granted.database:
        read = {"Effect": "Allow", "Action": "secretsmanager:GetSecretValue", "Resource": MASTER_SECRET}
        key = _use_key(site, "secretsmanager", ["kms:Decrypt"])
        yield Policy(policy_name="database", policy_document=document(read, key))


def _use_bucket(site: Site, *, write: bool) -> Document:
    bucket = BUCKET.format(partition=site.partition)
    return document(
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket},
        {"Effect": "Allow", "Action": [*READ_OBJECTS, *(WRITE_OBJECTS if write else [])], "Resource": f"{bucket}/*"},
        _use_key(site, "s3", ["kms:Decrypt", *(["kms:GenerateDataKey"] if write else [])]),
    )


def _use_key(site: Site, service: str, actions: list[str]) -> Statement:
    """The key of the environment's data, only through the service that keeps them."""
    through = {"StringEquals": {"kms:ViaService": f"{service}.{site.region}.amazonaws.com"}}
    return {"Effect": "Allow", "Action": actions, "Resource": KEY, "Condition": through}


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """What runs, how it grows, who may speak to it, and what it may do in AWS."""
    yield from workloads_seen.application_runs(clients, spec)
    yield from workloads_seen.autoscaler_runs(clients, spec)
    yield from workloads_seen.shared_things(clients, spec)
    yield from workloads_rights.workload_roles(clients, spec, site)
