"""What the workloads may do in AWS, as IAM says it: who may act as their roles, and what those allow."""

from collections.abc import Iterator

from holdfast.aws.clients import Clients
from holdfast.aws.policy import read, sentences
from holdfast.core.evidence import Finding
from holdfast.core.resource import Address
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment.tagged import arn_of, data_key


def workload_roles(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    issuer = clients.eks.describe_cluster(name=spec.name)["cluster"]["identity"]["oidc"]["issuer"]
    for role, account, allowed in (
        ("cluster-autoscaler", "cluster-autoscaler:cluster-autoscaler", _scaling(spec, site)),
        ("application", "application:application", _granted(clients, spec, site)),
    ):
        name = f"{spec.name}-{role}"
        found = clients.iam.get_role(RoleName=name)["Role"]
        yield Finding.of(
            f"Who may act as {name}?",
            saw=sentences(read(found["AssumeRolePolicyDocument"])),
            expected=[_trusted(site, issuer.removeprefix("https://"), account)],
        )
        yield Finding.of(f"What may {name} do?", saw=_allowed(clients, name), expected=sorted(allowed))


def _trusted(site: Site, issuer: str, account: str) -> str:
    provider = site.arn("iam", f"oidc-provider/{issuer}", region="")
    return (
        f"Allow {provider} to sts:AssumeRoleWithWebIdentity if StringEquals {issuer}:aud sts.amazonaws.com"
        f" if StringEquals {issuer}:sub system:serviceaccount:{account}"
    )


def _allowed(clients: Clients, role: str) -> list[str]:
    """The policies that are attached, and what the inline ones say."""
    attached = clients.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    inline = clients.iam.list_role_policies(RoleName=role)["PolicyNames"]
    written = [clients.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in inline]
    return sorted(
        [*(one["PolicyArn"] for one in attached), *(line for one in written for line in sentences(read(one)))]
    )


def _scaling(spec: Spec, site: Site) -> list[str]:
    tag = "aws:ResourceTag/k8s.io/cluster-autoscaler"
    looks = (
        "autoscaling:DescribeAutoScalingGroups, autoscaling:DescribeAutoScalingInstances, "
        "autoscaling:DescribeLaunchConfigurations, autoscaling:DescribeScalingActivities, autoscaling:DescribeTags, "
        "ec2:DescribeImages, ec2:DescribeInstanceTypes, ec2:DescribeLaunchTemplateVersions, "
        "ec2:GetInstanceTypesFromInstanceRequirements"
    )
    return [
        f"Allow to {looks} on *",
        f"Allow to eks:DescribeNodegroup on {site.arn('eks', f'nodegroup/{spec.name}/*/*')}",
        "Allow to autoscaling:SetDesiredCapacity, autoscaling:TerminateInstanceInAutoScalingGroup on "
        f"{site.arn('autoscaling', 'autoScalingGroup:*:autoScalingGroupName/*')}"
        f" if StringEquals {' if StringEquals '.join(sorted((f'{tag}/{spec.name} owned', f'{tag}/enabled true')))}",
    ]


def _granted(clients: Clients, spec: Spec, site: Site) -> Iterator[str]:
    """What the environment's file grants the application, in words; nothing unless it says so."""
    access = spec.application.access
    key, through = data_key(clients, spec), f"{site.region}.amazonaws.com"
    if access.bucket != "none":
        bucket = arn_of(clients, Address(spec.name, "object_storage", "data_bucket"), "s3")
        before, after, use = "", "", "kms:Decrypt"
        if access.bucket == "write":
            before = "s3:AbortMultipartUpload, s3:DeleteObject, "
            after, use = ", s3:ListMultipartUploadParts, s3:PutObject", "kms:Decrypt, kms:GenerateDataKey"
        yield f"Allow to s3:ListBucket on {bucket}"
        yield f"Allow to {before}s3:GetObject{after} on {bucket}/*"
        yield f"Allow to {use} on {key} if StringEquals kms:ViaService s3.{through}"
    if access.database:
        (instance,) = clients.rds.describe_db_instances(DBInstanceIdentifier=spec.name)["DBInstances"]
        yield f"Allow to secretsmanager:GetSecretValue on {instance.get('MasterUserSecret', {}).get('SecretArn')}"
        yield f"Allow to kms:Decrypt on {key} if StringEquals kms:ViaService secretsmanager.{through}"
