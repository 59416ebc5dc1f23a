"""Restores roles, who is let into the cluster, and the function that speaks to it."""

from holdfast.aws.cluster_object import at_home_in
from holdfast.aws.eks.access_entry import AccessEntry
from holdfast.aws.iam.oidc_provider import OidcProvider
from holdfast.aws.iam.role import Role
from holdfast.aws.iam.service_linked_role import ServiceLinkedRole
from holdfast.aws.lambda_.function import Function
from holdfast.aws.restoring import Restoring
from holdfast.core.concerns.identity import IDENTITY

handler = Restoring(IDENTITY, Role, ServiceLinkedRole, OidcProvider, AccessEntry, Function, *at_home_in(IDENTITY.name))
