"""Drifts of roles, of who is let into the cluster, and of the function that speaks to it."""

import io
import json
import zipfile
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

from tests.support.drifting import Broken, Hands

NODES, FLOW_LOGS, ISSUER = "identity/nodes", "identity/flow_logs", "cluster/oidc_provider"
ENTRY, FUNCTION = "kubernetes_access/access_entry", "kubernetes_access/function"
ADMINISTRATOR: Final = "arn:aws:iam::aws:policy/AdministratorAccess"
VIEWER: Final = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSViewPolicy"
LAYER_TAG: Final = "holdfast:layer"
OUR_TAG: Final = "holdfast:environment"
"""Without it our roles may change nothing but where a name or a path says whose it is."""
ALL: Final = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
FASTER: Final = 20
"""How often somebody begins anew to take a role apart that is put together again meanwhile."""


def _trust(**principal: str) -> str:
    said = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
    return json.dumps({"Version": "2012-10-17", "Statement": [said]})


def _on_role(path: str, call: str, **told: Any) -> Callable[[Hands], object]:
    return lambda hands: getattr(hands.client("iam"), call)(RoleName=hands.id(path), **told)


def _deleted_role(hands: Hands) -> None:
    """IAM deletes a role only once it has no policies."""
    iam, role = hands.client("iam"), hands.id(FLOW_LOGS)
    for _ in range(FASTER):
        with suppress(iam.exceptions.NoSuchEntityException):
            iam.delete_role_policy(RoleName=role, PolicyName="write")
        try:
            iam.delete_role(RoleName=role)
        except iam.exceptions.DeleteConflictException:
            continue
        return
    raise AssertionError(f"{FASTER} times the restoration was faster than two calls in a row")


def _on_issuer(call: str, **told: Any) -> Callable[[Hands], object]:
    return lambda hands: getattr(hands.client("iam"), call)(OpenIDConnectProviderArn=hands.id(ISSUER), **told)


def _on_entry(call: str, **told: Any) -> Callable[[Hands], object]:
    return lambda hands: getattr(hands.client("eks"), call)(
        clusterName=hands.id("cluster/cluster"), principalArn=hands.id(ENTRY), **told
    )


def _role_of_theirs(hands: Hands, name: str, service: str) -> str:
    """A role made for it, by which ``service`` may act."""
    iam, name = hands.client("iam"), f"{hands.environment.name}-{name}"
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=_trust(Service=service))
    arn: str = iam.get_role(RoleName=name)["Role"]["Arn"]
    return arn


def _let_in(hands: Hands) -> None:
    """An administrator beside our function."""
    eks, cluster = hands.client("eks"), hands.id("cluster/cluster")
    theirs = _role_of_theirs(hands, "stranger", "ec2.amazonaws.com")
    eks.create_access_entry(clusterName=cluster, principalArn=theirs)
    everything = VIEWER.replace("View", "ClusterAdmin")
    with suppress(eks.exceptions.ResourceNotFoundException):  # it was turned out before
        eks.associate_access_policy(
            clusterName=cluster, principalArn=theirs, policyArn=everything, accessScope={"type": "cluster"}
        )


def _pods_of_theirs(hands: Hands) -> None:
    hands.client("eks").create_pod_identity_association(
        clusterName=hands.id("cluster/cluster"),
        namespace="default",
        serviceAccount="default",
        roleArn=_role_of_theirs(hands, "pods", "pods.eks.amazonaws.com"),
    )


def _issuer_of_theirs(hands: Hands) -> None:
    told = {"issuerUrl": "https://tokens.mallory.example", "clientId": "atlas", "usernamePrefix": "-"}
    hands.client("eks").associate_identity_provider_config(
        clusterName=hands.id("cluster/cluster"), oidc={"identityProviderConfigName": "theirs", **told}
    )


def _other_code(hands: Hands) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("app.py", "def handler(event, context): return {'status': 200, 'body': {}}\n")
    hands.client("lambda").update_function_code(FunctionName=hands.id(FUNCTION), ZipFile=packed.getvalue())


def _configured(**told: Any) -> Callable[[Hands], object]:
    return lambda hands: hands.client("lambda").update_function_configuration(FunctionName=hands.id(FUNCTION), **told)


def _by_another_role(hands: Hands) -> None:
    _configured(Role=_role_of_theirs(hands, "other", "lambda.amazonaws.com"))(hands)


def _on_another_layer(hands: Hands) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("python/holdfast/__init__.py", "")
    made = hands.client("lambda").publish_layer_version(
        LayerName=f"{hands.environment.name}-other", Content={"ZipFile": packed.getvalue()}
    )
    _configured(Layers=[made["LayerVersionArn"]])(hands)


def _elsewhere(hands: Hands) -> None:
    """In one subnet, behind the nodes' group."""
    inside = {
        "SubnetIds": [hands.id("network/private_subnet_1")],
        "SecurityGroupIds": [hands.id("security_groups/nodes")],
    }
    _configured(VpcConfig=inside)(hands)


DRIFTS: Final = (
    Broken("described otherwise", FLOW_LOGS, "Description", _on_role(FLOW_LOGS, "update_role", Description="mine")),
    Broken(
        "sessions of twelve hours",
        FLOW_LOGS,
        "MaxSessionDuration",
        _on_role(FLOW_LOGS, "update_role", Description="VPC Flow Logs write by it", MaxSessionDuration=43200),
    ),
    Broken(
        "trusts everybody",
        FLOW_LOGS,
        "AssumeRolePolicyDocument",
        _on_role(FLOW_LOGS, "update_assume_role_policy", PolicyDocument=_trust(AWS="*")),
    ),
    Broken("unbounded", FLOW_LOGS, "PermissionsBoundary", _on_role(FLOW_LOGS, "delete_role_permissions_boundary")),
    Broken(
        "bounded by nothing",
        NODES,
        "PermissionsBoundary",
        _on_role(NODES, "put_role_permissions_boundary", PermissionsBoundary=ADMINISTRATOR),
    ),
    Broken(
        "may do everything",
        NODES,
        "ManagedPolicyArns",
        _on_role(NODES, "attach_role_policy", PolicyArn=ADMINISTRATOR),
    ),
    Broken(
        "may be no node any more",
        NODES,
        "ManagedPolicyArns",
        _on_role(NODES, "detach_role_policy", PolicyArn="arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy"),
    ),
    Broken(
        "one more policy",
        FLOW_LOGS,
        "Policies",
        _on_role(FLOW_LOGS, "put_role_policy", PolicyName="more", PolicyDocument=json.dumps(ALL)),
    ),
    Broken(
        "its policy rewritten",
        FLOW_LOGS,
        "Policies",
        _on_role(FLOW_LOGS, "put_role_policy", PolicyName="write", PolicyDocument=json.dumps(ALL)),
    ),
    Broken("a tag taken off", FLOW_LOGS, "Tags", _on_role(FLOW_LOGS, "untag_role", TagKeys=[LAYER_TAG])),
    Broken("deleted", FLOW_LOGS, "stands", _deleted_role),
    Broken(
        "believes tokens for others",
        ISSUER,
        "ClientIdList",
        _on_issuer("add_client_id_to_open_id_connect_provider", ClientID="elsewhere"),
    ),
    Broken(
        "believes no token for STS",
        ISSUER,
        "ClientIdList",
        _on_issuer("remove_client_id_from_open_id_connect_provider", ClientID="sts.amazonaws.com"),
    ),
    Broken("a tag taken off", ISSUER, "Tags", _on_issuer("untag_open_id_connect_provider", TagKeys=[LAYER_TAG])),
    Broken("our tag taken off", ISSUER, "Tags", _on_issuer("untag_open_id_connect_provider", TagKeys=[OUR_TAG])),
    Broken("deleted", ISSUER, "stands", _on_issuer("delete_open_id_connect_provider")),
    Broken(
        "one more policy",
        ENTRY,
        "AccessPolicies",
        _on_entry(
            "associate_access_policy", policyArn=VIEWER, accessScope={"type": "namespace", "namespaces": ["default"]}
        ),
    ),
    Broken(
        "in another group",
        ENTRY,
        "KubernetesGroups",
        _on_entry("update_access_entry", kubernetesGroups=["mallory"]),
    ),
    Broken("somebody else let in", ENTRY, "OtherPrincipals", _let_in),
    Broken("pods that act by a role of theirs", ENTRY, "PodIdentityAssociations", _pods_of_theirs),
    Broken("tokens of theirs believed", ENTRY, "IdentityProviderConfigs", _issuer_of_theirs),
    Broken(
        "a tag taken off",
        ENTRY,
        "Tags",
        lambda hands: hands.client("eks").untag_resource(resourceArn=hands.physical(ENTRY)["Arn"], tagKeys=[LAYER_TAG]),
    ),
    Broken(
        "our tag taken off",
        ENTRY,
        "Tags",
        lambda hands: hands.client("eks").untag_resource(resourceArn=hands.physical(ENTRY)["Arn"], tagKeys=[OUR_TAG]),
    ),
    Broken("deleted", ENTRY, "stands", _on_entry("delete_access_entry")),
    Broken("runs other code", FUNCTION, "Code", _other_code),
    Broken("another handler", FUNCTION, "Handler", _configured(Handler="app.main")),
    Broken("another runtime", FUNCTION, "Runtime", _configured(Runtime="python3.12")),
    Broken("acts by another role", FUNCTION, "Role", _by_another_role),
    Broken("on another layer", FUNCTION, "Layers", _on_another_layer),
    Broken(
        "speaks to another cluster",
        FUNCTION,
        "Environment",
        _configured(Environment={"Variables": {"CLUSTER": "mallory"}}),
    ),
    Broken("somewhere else", FUNCTION, "VpcConfig", _elsewhere),
    Broken(
        "logs elsewhere",
        FUNCTION,
        "LoggingConfig",
        _configured(LoggingConfig={"LogFormat": "JSON", "LogGroup": "/mallory"}),
    ),
    Broken("described otherwise", FUNCTION, "Description", _configured(Description="mine")),
    Broken("more memory", FUNCTION, "MemorySize", _configured(MemorySize=512)),
    Broken("a second of time", FUNCTION, "Timeout", _configured(Timeout=1)),
    Broken(
        "never runs",
        FUNCTION,
        "ReservedConcurrentExecutions",
        lambda hands: hands.client("lambda").put_function_concurrency(
            FunctionName=hands.id(FUNCTION), ReservedConcurrentExecutions=0
        ),
    ),
    Broken(
        "another account may invoke it",
        FUNCTION,
        "Permissions",
        lambda hands: hands.client("lambda").add_permission(
            FunctionName=hands.id(FUNCTION),
            StatementId="mallory",
            Action="lambda:InvokeFunction",
            Principal="999999999999",
        ),
    ),
    Broken(
        "on the internet",
        FUNCTION,
        "Urls",
        lambda hands: hands.client("lambda").create_function_url_config(
            FunctionName=hands.id(FUNCTION), AuthType="NONE"
        ),
    ),
    Broken(
        "a tag taken off",
        FUNCTION,
        "Tags",
        lambda hands: hands.client("lambda").untag_resource(
            Resource=hands.physical(FUNCTION)["Arn"], TagKeys=[LAYER_TAG]
        ),
    ),
    Broken(
        "our tag taken off",
        FUNCTION,
        "Tags",
        lambda hands: hands.client("lambda").untag_resource(
            Resource=hands.physical(FUNCTION)["Arn"], TagKeys=[OUR_TAG]
        ),
    ),
    Broken(
        "deleted",
        FUNCTION,
        "stands",
        lambda hands: hands.client("lambda").delete_function(FunctionName=hands.id(FUNCTION)),
    ),
)
