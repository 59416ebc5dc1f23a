"""IAM roles for service accounts: a role that one workload of the cluster acts by, and no other.

The trust asks both who the token is for (``aud``) and whose it is (``sub``), by the issuer's own name in the condition
keys ("Assign IAM roles to Kubernetes service accounts", EKS user guide). A layer that has such a role needs the layer
cluster, where the issuer is.
"""

from typing import NamedTuple

from holdfast.aws.iam.role import Policy, RoleState
from holdfast.aws.policy import document
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names

AUDIENCE = "sts.amazonaws.com"
PROVIDER, ISSUER = "${cluster/oidc_provider.Arn}", "${cluster/cluster.OidcIssuer}"


class Workload(NamedTuple):
    """Who acts by a role, and what it may do.

    ``accounts`` are service accounts, ``namespace:name``; ``managed`` AWS's policies by path and name, ``policies``
    ours.
    """

    role: str
    description: str
    accounts: tuple[str, ...]
    managed: tuple[str, ...] = ()
    policies: frozenset[Policy] = frozenset()


def service_account_role(spec: Spec, site: Site, workload: Workload) -> RoleState:
    """The role of ``workload``, for its own service accounts alone."""
    subjects = [f"system:serviceaccount:{account}" for account in workload.accounts]
    return RoleState(
        path=names.role_path(spec.name),
        role_name=names.role(spec.name, workload.role),
        description=workload.description,
        assume_role_policy_document=document(
            {
                "Effect": "Allow",
                "Principal": {"Federated": PROVIDER},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {"StringEquals": {f"{ISSUER}:aud": AUDIENCE, f"{ISSUER}:sub": subjects}},
            }
        ),
        permissions_boundary=site.boundary,
        managed_policy_arns=frozenset(f"arn:{site.partition}:iam::aws:policy/{policy}" for policy in workload.managed),
        policies=workload.policies,
    )
