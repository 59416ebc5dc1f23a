"""Who asks, and what they may do: as a server asks its authenticator and its authorizer.

The access policies of EKS say what they allow in "Review access policy permissions"
(eks/latest/userguide/access-policy-permissions.html); of them those that concern whole clusters are known here.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from local.kubernetes.served import Served

ADMIN: Final = "AmazonEKSClusterAdminPolicy"
_NAMESPACED: Final = {
    "AmazonEKSAdminPolicy": ("*",),
    "AmazonEKSEditPolicy": ("*",),
    "AmazonEKSViewPolicy": ("get", "list"),
}
_READS_ALL: Final = "AmazonEKSAdminViewPolicy"
_OUT_OF_VIEW: Final = {"secrets", "roles.rbac.authorization.k8s.io", "rolebindings.rbac.authorization.k8s.io"}
OPEN_TO_ALL: Final = ("/healthz", "/livez", "/readyz", "/version")
"""What `system:public-info-viewer` lets everyone see."""


class Grant(NamedTuple):
    """An access policy, and the namespaces it is bound to; none means the whole cluster."""

    policy: str
    namespaces: tuple[str, ...] = ()


class User(NamedTuple):
    """`arn`: as whom IAM knows it, if it does."""

    name: str
    groups: tuple[str, ...] = ()
    grants: tuple[Grant, ...] = ()
    arn: str = ""


type Authenticator = Callable[[str], User | None]
"""Who a bearer token speaks for; None if it is not valid."""

ANONYMOUS: Final = User("system:anonymous", ("system:unauthenticated",))


def allows(user: User, verb: str, served: Served, namespace: str) -> bool:
    if "system:masters" in user.groups:
        return True
    return any(_grants(grant, verb, served, namespace) for grant in user.grants)


def _grants(grant: Grant, verb: str, served: Served, namespace: str) -> bool:
    if grant.namespaces and namespace not in grant.namespaces:
        return False
    if grant.policy == ADMIN:
        return True
    if grant.policy == _READS_ALL:
        return verb in {"get", "list"}
    verbs = _NAMESPACED.get(grant.policy, ())
    reads_only = "*" not in verbs
    hidden = reads_only and served.resource in _OUT_OF_VIEW
    return served.namespaced and (not reads_only or verb in verbs) and not hidden
