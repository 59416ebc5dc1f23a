"""Identity: the roles that the environment's parts act by, each under the permissions boundary, and AWS's own roles.

Trust and permissions follow "Amazon EKS cluster IAM role", "Cross-service confused deputy prevention in Amazon EKS",
"Amazon EKS node IAM role" (EKS user guide) and "IAM role for publishing flow logs to CloudWatch Logs" (VPC user guide).
Pods get roles of their own, not the nodes'.
"""

from collections.abc import Iterator

from holdfast.aws.clients import Clients
from holdfast.aws.iam.role import Policy, RoleState
from holdfast.aws.iam.service_linked_role import ServiceLinkedRoleState
from holdfast.aws.policy import Document, Statement, document, read, sentences
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names

SERVICES = (
    "autoscaling.amazonaws.com",
    "eks-nodegroup.amazonaws.com",
    "eks.amazonaws.com",
    "elasticfilesystem.amazonaws.com",
    "elasticloadbalancing.amazonaws.com",
    "rds.amazonaws.com",
)
"""Each makes its role when it is first used, if the caller may: made here, no later layer needs that right."""


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    for service in SERVICES:
        name = service.removesuffix(".amazonaws.com").replace("-", "_")
        desired = ServiceLinkedRoleState(aws_service_name=service)
        yield Declared("AWS::IAM::ServiceLinkedRole", f"{name}_service_role", desired)
    for name, role in _roles(spec, site).items():
        yield Declared("AWS::IAM::Role", name, role)


def _roles(spec: Spec, site: Site) -> dict[str, RoleState]:
    cluster, flow_log = site.arn("eks", f"cluster/{spec.name}"), site.arn("ec2", "vpc-flow-log/*")
    return {
        names.CLUSTER_ROLE: RoleState(
            path=names.role_path(spec.name),
            role_name=names.role(spec.name, names.CLUSTER_ROLE),
            description="The EKS control plane acts by it",
            assume_role_policy_document=_trust("eks.amazonaws.com", _only_for(site, cluster)),
            permissions_boundary=site.boundary,
            managed_policy_arns=frozenset({_managed(site, "AmazonEKSClusterPolicy")}),
        ),
        names.NODES_ROLE: RoleState(
            path=names.role_path(spec.name),
            role_name=names.role(spec.name, names.NODES_ROLE),
            description="The cluster's nodes act by it; pods have roles of their own",
            assume_role_policy_document=_trust("ec2.amazonaws.com", {}),
            permissions_boundary=site.boundary,
            managed_policy_arns=frozenset(
                {
                    _managed(site, "AmazonEKSWorkerNodePolicy"),
                    _managed(site, "AmazonEC2ContainerRegistryPullOnly"),
                }
            ),
        ),
        names.FLOW_LOGS_ROLE: RoleState(
            path=names.role_path(spec.name),
            role_name=names.role(spec.name, names.FLOW_LOGS_ROLE),
            description="VPC Flow Logs write by it",
            assume_role_policy_document=_trust("vpc-flow-logs.amazonaws.com", _only_for(site, flow_log)),
            permissions_boundary=site.boundary,
            policies=frozenset({Policy(policy_name="write", policy_document=_write_flow_logs(spec, site))}),
        ),
    }


def _trust(service: str, condition: Statement) -> Document:
    allow: Statement = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    return document({**allow, **condition})


def _only_for(site: Site, source: str) -> Statement:
    """No other account, and no other resource of this one, may have the service act by the role."""
    keys = {"StringEquals": {"aws:SourceAccount": site.account}, "ArnLike": {"aws:SourceArn": source}}
    return {"Condition": keys}


def _managed(site: Site, name: str) -> str:
    return f"arn:{site.partition}:iam::aws:policy/{name}"


def _write_flow_logs(spec: Spec, site: Site) -> Document:
    """What the page lists but for CreateLogGroup: the group stands. DescribeLogGroups knows no single group."""
    write: Statement = {
        "Effect": "Allow",
        "Action": ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
        "Resource": site.arn("logs", f"log-group:{names.flow_log_group(spec.name)}:*"),
    }
    look: Statement = {
        "Effect": "Allow",
        "Action": ["logs:DescribeLogGroups"],
        "Resource": site.arn("logs", "log-group:*"),
    }
    return document(write, look)


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Read every role under the environment's path, whoever made it, and say what its policies say."""
    pages = clients.iam.get_paginator("list_roles").paginate(PathPrefix=names.role_path(spec.name))
    trust = {role["RoleName"]: read(role["AssumeRolePolicyDocument"]) for page in pages for role in page["Roles"]}
    expected = _expected(spec, site)
    later = {names.role(spec.name, name) for name in names.LATER_ROLES}
    yield Finding.of("Which roles has the environment?", saw=sorted(trust.keys() - later), expected=sorted(expected))
    yield Finding.of(
        "Which of them lack the permissions boundary?",
        saw=[role for role in sorted(trust) if _boundary(clients, role) != site.boundary],
        expected=[],
    )
    for role in sorted(trust.keys() & expected.keys()):
        trusted, allowed = expected[role]
        yield Finding.of(f"Who may act as {role}?", saw=sentences(trust[role]), expected=[trusted])
        yield Finding.of(f"What may {role} do?", saw=_allowed(clients, role), expected=allowed)
    paths = {
        role["Path"]
        for page in clients.iam.get_paginator("list_roles").paginate(PathPrefix="/aws-service-role/")
        for role in page["Roles"]
    }
    yield Finding.of(
        "Which services can act in the account by their own role?",
        saw=[service for service in SERVICES if f"/aws-service-role/{service}/" in paths],
        expected=list(SERVICES),
    )


def _expected(spec: Spec, site: Site) -> dict[str, tuple[str, list[str]]]:
    """For each role who may act as it, and what it may do, in plain words."""
    here = f"if StringEquals aws:SourceAccount {site.account}"
    cluster, flow_log = site.arn("eks", f"cluster/{spec.name}"), site.arn("ec2", "vpc-flow-log/*")
    group = site.arn("logs", f"log-group:/holdfast/{spec.name}/flow-logs:*")
    every = site.arn("logs", "log-group:*")
    writes = "logs:CreateLogStream, logs:DescribeLogStreams, logs:PutLogEvents"
    return {
        f"{spec.name}-cluster": (
            f"Allow eks.amazonaws.com to sts:AssumeRole if ArnLike aws:SourceArn {cluster} {here}",
            [_managed(site, "AmazonEKSClusterPolicy")],
        ),
        f"{spec.name}-nodes": (
            "Allow ec2.amazonaws.com to sts:AssumeRole",
            [_managed(site, "AmazonEC2ContainerRegistryPullOnly"), _managed(site, "AmazonEKSWorkerNodePolicy")],
        ),
        f"{spec.name}-flow-logs": (
            f"Allow vpc-flow-logs.amazonaws.com to sts:AssumeRole if ArnLike aws:SourceArn {flow_log} {here}",
            [f"Allow to {writes} on {group}", f"Allow to logs:DescribeLogGroups on {every}"],
        ),
    }


def _boundary(clients: Clients, role: str) -> str:
    return clients.iam.get_role(RoleName=role)["Role"].get("PermissionsBoundary", {}).get("PermissionsBoundaryArn", "")


def _allowed(clients: Clients, role: str) -> list[str]:
    """The policies that are attached, and what the inline ones say."""
    attached = clients.iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]
    inline = clients.iam.list_role_policies(RoleName=role)["PolicyNames"]
    written = [clients.iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in inline]
    return [
        *sorted(policy["PolicyArn"] for policy in attached),
        *sorted(line for one in written for line in sentences(read(one))),
    ]
