"""Access to Kubernetes: a function of the environment's own, inside its private subnets, that speaks to the cluster.

The cluster's API is private, so who builds, verifies or restores asks this function, by its name and nothing else. Its
code is two lines; all else is in the stack's layer. Its access entry makes it the cluster's administrator: it lays down
cluster roles, storage classes and namespaces, and who grants rights must hold them ("Using RBAC Authorization",
Kubernetes documentation). A narrower role would have to be laid down by somebody who is let in first.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from holdfast.aws.clients import Clients
from holdfast.aws.eks.access_entry import AccessEntryState, AccessPolicy
from holdfast.aws.iam.role import Policy, RoleState
from holdfast.aws.lambda_.function import FunctionState, LoggingConfig, Variable, VpcConfig
from holdfast.aws.lambda_.package import digest
from holdfast.aws.policy import Document, Statement, document, read, sentences
from holdfast.aws.resource import code
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT, TAG_LAYER, TAG_NAME
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import TagTypeDef
    from mypy_boto3_eks.type_defs import AccessEntryTypeDef
    from mypy_boto3_lambda.type_defs import FunctionConfigurationResponseTypeDef

APP = """\
\"\"\"Everything is in the stack's layer.\"\"\"
from holdfast.kubernetes.function import handler
"""
ZONES = (1, 2, 3)
NETWORK = (
    "ec2:AssignPrivateIpAddresses",
    "ec2:CreateNetworkInterface",
    "ec2:DeleteNetworkInterface",
    "ec2:UnassignPrivateIpAddresses",
)
LOOK = ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs")
"""What Lambda does by the role to attach the function ("Giving Lambda functions access to resources in an Amazon VPC");
its own code is denied all of it, as the page advises."""


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    yield Declared("AWS::IAM::Role", names.KUBERNETES_ROLE, _role(spec, site))
    yield Declared("AWS::Lambda::Function", "function", _function(spec, site))
    administrator = AccessPolicy(policy_arn=_cluster_policy(site, "AmazonEKSClusterAdminPolicy"))
    entry = AccessEntryState(
        cluster_name="${cluster/cluster}",
        principal_arn=f"${{kubernetes_access/{names.KUBERNETES_ROLE}.Arn}}",
        type="STANDARD",
        access_policies=frozenset({administrator}),
        other_principals=frozenset({f"${{identity/{names.NODES_ROLE}.Arn}}"}),  # EKS lets in who is a node
        pod_identity_associations=frozenset(),
        identity_provider_configs=frozenset(),
    )
    yield Declared("AWS::EKS::AccessEntry", "access_entry", entry)


def _cluster_policy(site: Site, name: str) -> str:
    return f"arn:{site.partition}:eks::aws:cluster-access-policy/{name}"


def _role(spec: Spec, site: Site) -> RoleState:
    trust: Statement = {
        "Effect": "Allow",
        "Principal": {"Service": "lambda.amazonaws.com"},
        "Action": "sts:AssumeRole",
    }
    return RoleState(
        path=names.role_path(spec.name),
        role_name=names.role(spec.name, names.KUBERNETES_ROLE),
        description="The function that speaks to the cluster's Kubernetes API acts by it",
        assume_role_policy_document=document(trust),
        permissions_boundary=site.boundary,
        policies=frozenset({Policy(policy_name="speak", policy_document=_may(spec, site))}),
    )


def _may(spec: Spec, site: Site) -> Document:
    """Interfaces may be made and removed in this account and Region alone; Lambda refuses a narrower resource."""
    own = site.arn("lambda", f"function:{names.kubernetes_function(spec.name)}")
    return document(
        {
            "Effect": "Allow",
            "Action": "eks:DescribeCluster",
            "Resource": site.arn("eks", f"cluster/{spec.name}"),
        },
        {
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": site.arn("logs", f"log-group:{names.kubernetes_log_group(spec.name)}:*"),
        },
        {"Effect": "Allow", "Action": list(NETWORK), "Resource": site.arn("ec2", "*/*")},
        {"Effect": "Allow", "Action": list(LOOK), "Resource": "*"},
        {
            "Effect": "Deny",
            "Action": [*NETWORK, *LOOK],
            "Resource": "*",
            "Condition": {"ArnEquals": {"lambda:SourceFunctionArn": own}},
        },
    )


def _function(spec: Spec, site: Site) -> FunctionState:
    return FunctionState(
        function_name=names.kubernetes_function(spec.name),
        code=APP,
        handler="app.handler",
        runtime="python3.13",
        role=f"${{kubernetes_access/{names.KUBERNETES_ROLE}.Arn}}",
        layers=(site.code,),
        environment=frozenset({Variable(name="CLUSTER", value="${cluster/cluster}")}),
        vpc_config=VpcConfig(
            subnet_ids=frozenset(f"${{network/private_subnet_{zone}}}" for zone in ZONES),
            security_group_ids=frozenset({"${security_groups/kubernetes}"}),
        ),
        logging_config=LoggingConfig(log_format="JSON", log_group="${logs/kubernetes}"),
        description=f"Speaks to the Kubernetes API of {spec.name}",
        memory_size=256,
        timeout=30,
    )


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """From the cluster: whom does it let in? Then from the function: where, as whom and with what does it run?"""
    mine = site.arn("iam", f"role/holdfast/{spec.name}/{spec.name}-kubernetes", region="")
    yield Finding.of(
        "Who may do what in the cluster?",
        saw=dict(_admitted(clients, spec, site)),
        expected={mine: ["AmazonEKSClusterAdminPolicy in the whole cluster"]},
    )
    name = f"{spec.name}-kubernetes"
    found = clients.functions.get_function_configuration(FunctionName=name)
    yield Finding.of(
        "Where does the function run?",
        saw=_where(clients, found),
        expected={
            "subnets": [f"private_subnet_{zone} of {spec.name}" for zone in ZONES],
            "groups": [f"kubernetes of {spec.name}"],
        },
    )
    yield Finding.of(
        "What does it run, as whom, and where does it log?",
        saw={
            "code": found["CodeSha256"],
            "handler": found.get("Handler"),
            "layers": [layer["Arn"] for layer in found.get("Layers", [])],
            "role": found.get("Role"),
            "variables": found.get("Environment", {}).get("Variables", {}),
            "log": found.get("LoggingConfig", {}).get("LogGroup"),
        },
        expected={
            "code": digest(APP),
            "handler": "app.handler",
            "layers": [site.code],
            "role": mine,
            "variables": {"CLUSTER": spec.name},
            "log": f"/holdfast/{spec.name}/kubernetes",
        },
    )
    yield Finding.of("Who else may invoke it, by its own policy?", saw=_admits(clients, name), expected=[])
    policies = clients.iam.list_role_policies(RoleName=name)["PolicyNames"]
    attached = clients.iam.list_attached_role_policies(RoleName=name)["AttachedPolicies"]
    said = [clients.iam.get_role_policy(RoleName=name, PolicyName=one)["PolicyDocument"] for one in sorted(policies)]
    yield Finding.of(
        "What may it do in AWS?",
        saw=[*(line for one in said for line in sentences(read(one))), *(one["PolicyArn"] for one in attached)],
        expected=_allowed(spec, site),
    )


def _admitted(clients: Clients, spec: Spec, site: Site) -> Iterator[tuple[str, list[str]]]:
    """Each principal with what it may do, but for AWS's own service, and the nodes, which may only be nodes."""
    services, nodes = (
        ":role/aws-service-role/",
        site.arn("iam", f"role/holdfast/{spec.name}/{spec.name}-nodes", region=""),
    )
    pages = clients.eks.get_paginator("list_access_entries").paginate(clusterName=spec.name)
    for principal in sorted(one for page in pages for one in page["accessEntries"]):
        entry = clients.eks.describe_access_entry(clusterName=spec.name, principalArn=principal)["accessEntry"]
        rights = [*_policies(clients, spec, principal), *_groups(entry)]
        only_a_node = principal == nodes and entry["type"] == "EC2_LINUX" and rights == ["group system:nodes"]
        if services not in principal and not only_a_node:
            yield principal, rights


def _policies(clients: Clients, spec: Spec, principal: str) -> list[str]:
    pages = clients.eks.get_paginator("list_associated_access_policies").paginate(
        clusterName=spec.name, principalArn=principal
    )
    return sorted(
        f"{one.get('policyArn', '').rpartition('/')[2]} in {_scope(one.get('accessScope', {}).get('namespaces', []))}"
        for page in pages
        for one in page["associatedAccessPolicies"]
    )


def _scope(namespaces: list[str]) -> str:
    return ", ".join(sorted(namespaces)) or "the whole cluster"


def _groups(entry: "AccessEntryTypeDef") -> list[str]:
    return [f"group {group}" for group in sorted(entry.get("kubernetesGroups", []))]


def _where(clients: Clients, found: "FunctionConfigurationResponseTypeDef") -> dict[str, list[str]]:
    """Subnets and groups by the names that their tags give them."""
    network = found.get("VpcConfig", {})
    inside = network.get("SubnetIds", []) or ["none"]
    behind = network.get("SecurityGroupIds", []) or ["none"]
    subnets = clients.ec2.describe_subnets(Filters=[{"Name": "subnet-id", "Values": inside}])["Subnets"]
    groups = clients.ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": behind}])["SecurityGroups"]
    return {
        "subnets": sorted(_named(one.get("Tags", []), "network") for one in subnets),
        "groups": sorted(_named(one.get("Tags", []), "security_groups") for one in groups),
    }


def _named(found: "list[TagTypeDef]", layer: str) -> str:
    tags = {tag["Key"]: tag["Value"] for tag in found}
    if tags.get(TAG_LAYER) != layer:
        return "not ours"
    return f"{tags.get(TAG_NAME)} of {tags.get(TAG_ENVIRONMENT)}"


def _admits(clients: Clients, function: str) -> list[str]:
    try:
        policy = clients.functions.get_policy(FunctionName=function)["Policy"]
    except ClientError as error:
        if code(error) != "ResourceNotFoundException":
            raise
        return []
    return sentences(read(policy))


def _allowed(spec: Spec, site: Site) -> list[str]:
    """What its role must say, in plain words."""
    interfaces = "ec2:AssignPrivateIpAddresses, ec2:CreateNetworkInterface, ec2:DeleteNetworkInterface"
    look = "ec2:DescribeNetworkInterfaces, ec2:DescribeSecurityGroups, ec2:DescribeSubnets, ec2:DescribeVpcs"
    every = ", ".join(sorted(f"{interfaces}, {look}, ec2:UnassignPrivateIpAddresses".split(", ")))
    group = site.arn("logs", f"log-group:/holdfast/{spec.name}/kubernetes:*")
    itself = site.arn("lambda", f"function:{spec.name}-kubernetes")
    return sorted(
        [
            f"Allow to eks:DescribeCluster on {site.arn('eks', f'cluster/{spec.name}')}",
            f"Allow to logs:CreateLogStream, logs:PutLogEvents on {group}",
            f"Allow to {interfaces}, ec2:UnassignPrivateIpAddresses on {site.arn('ec2', '*/*')}",
            f"Allow to {look} on *",
            f"Deny to {every} on * if ArnEquals lambda:SourceFunctionArn {itself}",
        ]
    )
