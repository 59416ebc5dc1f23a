"""``AWS::EKS::AccessEntry``: by what principal one may speak to a cluster's Kubernetes API, and what it may do there.

Access policies and Kubernetes groups are closed sets: any other one is drift. EKS allows an entry a principal and
cluster ("Grant IAM users access to Kubernetes with EKS access entries", EKS user guide), so no twin can arise. A policy
may be associated once, at one scope: another scope overwrites the first ("AssociateAccessPolicy", EKS API reference).

An entry may also answer for its cluster: who else is let in there, which service accounts act by a role of AWS
without our issuer ("Learn how EKS Pod Identity grants pods access to AWS services", EKS user guide), and whose tokens
the cluster believes beside AWS's ("Grant users access to Kubernetes with an external OIDC provider", same guide), are
closed sets too. A service of AWS enters by its own service-linked role, by which nobody else can act.
"""

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from holdfast.aws.eks.cluster import GONE
from holdfast.aws.eks.updates import one_at_a_time
from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Desired, Drift, Observed, Physical, Tagged
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_eks.type_defs import AssociatedAccessPolicyTypeDef

OF_AWS = ":role/aws-service-role/"


class AccessPolicy(Desired, frozen=True, kw_only=True, order=True):
    """``access_scope`` is ``cluster``, or the namespaces it is confined to."""

    policy_arn: str
    access_scope: str = "cluster"
    namespaces: tuple[str, ...] = ()


class PodIdentity(Desired, frozen=True, kw_only=True, order=True):
    """An association of a role with a service account (``namespace/name``)."""

    association_id: str
    service_account: str


class AccessEntryState(Tagged, frozen=True, kw_only=True):
    """``access_policies`` and ``kubernetes_groups`` are closed.

    ``other_principals``: who else may have an entry in the cluster, and need not. Closed, like the cluster's
    ``pod_identity_associations`` and ``identity_provider_configs`` (by name); None where the entry does not answer for
    its cluster.
    """

    cluster_name: str
    principal_arn: str
    type: str
    access_policies: frozenset[AccessPolicy] = frozenset()
    kubernetes_groups: frozenset[str] = frozenset()
    other_principals: frozenset[str] | None = None
    pod_identity_associations: frozenset[PodIdentity] | None = None
    identity_provider_configs: frozenset[str] | None = None


class AccessEntry(AwsResource[AccessEntryState]):
    """One access entry. CloudTrail names it by its cluster and its principal, which is one of ours alone."""

    kind = "AWS::EKS::AccessEntry"
    model = AccessEntryState
    claimed_apart = True
    immutable = frozenset({"ClusterName", "PrincipalArn", "Type"})
    filled_in = frozenset({"AccessPolicies"})
    comes_back = True

    def observe(self) -> Observed[AccessEntryState] | None:
        cluster, principal = self.desired.cluster_name, self.desired.principal_arn
        try:
            entry = self.clients.eks.describe_access_entry(clusterName=cluster, principalArn=principal)["accessEntry"]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        state = AccessEntryState(
            cluster_name=entry["clusterName"],
            principal_arn=entry["principalArn"],
            type=entry["type"],
            access_policies=self._associated(),
            kubernetes_groups=frozenset(entry.get("kubernetesGroups", [])),
            other_principals=self._others(),
            pod_identity_associations=self._pods(),
            identity_provider_configs=self._issuers(),
            tags=entry.get("tags", {}),
        )
        return Observed(state=state, physical={"id": entry["principalArn"], "Arn": entry["accessEntryArn"]})

    def _associated(self) -> frozenset[AccessPolicy]:
        pages = self.clients.eks.get_paginator("list_associated_access_policies").paginate(
            clusterName=self.desired.cluster_name, principalArn=self.desired.principal_arn
        )
        return frozenset(_policy(one) for page in pages for one in page["associatedAccessPolicies"])

    def _others(self) -> frozenset[str] | None:
        """With those that may have an entry and have none: it is not missing."""
        if self.desired.other_principals is None:
            return None
        pages = self.clients.eks.get_paginator("list_access_entries").paginate(clusterName=self.desired.cluster_name)
        entries = (principal for page in pages for principal in page["accessEntries"])
        found = frozenset(principal for principal in entries if OF_AWS not in principal)
        return (found - {self.desired.principal_arn}) | self.desired.other_principals

    def _pods(self) -> frozenset[PodIdentity] | None:
        if self.desired.pod_identity_associations is None:
            return None
        pages = self.clients.eks.get_paginator("list_pod_identity_associations").paginate(
            clusterName=self.desired.cluster_name
        )
        return frozenset(
            PodIdentity(
                association_id=one.get("associationId", ""),
                service_account=f"{one.get('namespace', '')}/{one.get('serviceAccount', '')}",
            )
            for page in pages
            for one in page["associations"]
        )

    def _issuers(self) -> frozenset[str] | None:
        if self.desired.identity_provider_configs is None:
            return None
        pages = self.clients.eks.get_paginator("list_identity_provider_configs").paginate(
            clusterName=self.desired.cluster_name
        )
        return frozenset(one["name"] for page in pages for one in page["identityProviderConfigs"])

    def create(self) -> Physical:
        """EKS may not see a new role yet: it then calls the principal invalid ("CreateAccessEntry", as IAM's page
        "Changes that I make are not always immediately visible" has it).
        """
        try:
            with already_so("ResourceInUseException"):
                self.clients.eks.create_access_entry(
                    clusterName=self.desired.cluster_name,
                    principalArn=self.desired.principal_arn,
                    type=self.desired.type,
                    kubernetesGroups=sorted(self.desired.kubernetes_groups),
                    tags=self.desired.tags,
                )
        except ClientError as error:
            if code(error) != "InvalidParameterException" or "principalArn" not in str(error):
                raise
            raise ComeBackLater(f"EKS does not see {self.desired.principal_arn} yet", 5) from error
        return {}

    def update(self, observed: Observed[AccessEntryState], drift: Drift) -> tuple[str, ...]:
        """What widens access goes first: who else was let in, foreign groups and policies. Then what is missing.

        A foreign issuer comes last: EKS takes minutes to take one in, and refuses meanwhile to let it go.
        """
        return (
            *self._turn_out(drift),
            *self._regroup(drift),
            *self._narrow(drift),
            *self._complete(drift),
            *self._retag(observed, drift),
            *self._disbelieve(drift),
        )

    def _turn_out(self, drift: Drift) -> list[str]:
        """Others that were let into the cluster. They carry no tag of ours, only their cluster's name."""
        eks, cluster, calls = self.clients.eks, self.desired.cluster_name, []
        for change in drift:
            if change.path == "OtherPrincipals" and isinstance(change.found, str):
                with already_so(GONE):
                    eks.delete_access_entry(clusterName=cluster, principalArn=change.found)
                calls.append(f"DeleteAccessEntry {change.found}")
            if isinstance(change.found, PodIdentity):
                with already_so(GONE):
                    eks.delete_pod_identity_association(clusterName=cluster, associationId=change.found.association_id)
                calls.append(f"DeletePodIdentityAssociation {change.found.service_account}")
        return calls

    def _disbelieve(self, drift: Drift) -> list[str]:
        eks, cluster, calls = self.clients.eks, self.desired.cluster_name, []
        for change in drift:
            if change.path == "IdentityProviderConfigs" and isinstance(change.found, str):
                with already_so(GONE), one_at_a_time(cluster):
                    eks.disassociate_identity_provider_config(
                        clusterName=cluster, identityProviderConfig={"type": "oidc", "name": change.found}
                    )
                calls.append(f"DisassociateIdentityProviderConfig {change.found}")
        return calls

    def _regroup(self, drift: Drift) -> list[str]:
        if not any(change.path == "KubernetesGroups" for change in drift):
            return []
        self.clients.eks.update_access_entry(
            clusterName=self.desired.cluster_name,
            principalArn=self.desired.principal_arn,
            kubernetesGroups=sorted(self.desired.kubernetes_groups),
        )
        return ["UpdateAccessEntry kubernetesGroups"]

    def _narrow(self, drift: Drift) -> list[str]:
        """A policy of ours at another scope is not taken off but overwritten, by ``_complete``."""
        kept = {policy.policy_arn for policy in self.desired.access_policies}
        calls = []
        for change in drift:
            if isinstance(change.found, AccessPolicy) and change.found.policy_arn not in kept:
                with already_so(GONE):
                    self.clients.eks.disassociate_access_policy(
                        clusterName=self.desired.cluster_name,
                        principalArn=self.desired.principal_arn,
                        policyArn=change.found.policy_arn,
                    )
                calls.append(f"DisassociateAccessPolicy {change.found.policy_arn}")
        return calls

    def _complete(self, drift: Drift) -> list[str]:
        calls = []
        for change in drift:
            if isinstance(policy := change.promised, AccessPolicy):
                self.clients.eks.associate_access_policy(
                    clusterName=self.desired.cluster_name,
                    principalArn=self.desired.principal_arn,
                    policyArn=policy.policy_arn,
                    accessScope={"type": "namespace", "namespaces": list(policy.namespaces)}
                    if policy.namespaces
                    else {"type": "cluster"},
                )
                calls.append(f"AssociateAccessPolicy {policy.policy_arn}")
        return calls

    def _retag(self, observed: Observed[AccessEntryState], drift: Drift) -> list[str]:
        lost = lost_tags(drift)
        if not lost:
            return []
        self.clients.eks.tag_resource(resourceArn=observed.physical["Arn"], tags=lost)
        return [f"TagResource {', '.join(lost)}"]

    def delete(self, observed: Observed[AccessEntryState]) -> None:
        with already_so(GONE):
            self.clients.eks.delete_access_entry(
                clusterName=observed.state.cluster_name, principalArn=observed.state.principal_arn
            )


def _policy(found: "AssociatedAccessPolicyTypeDef") -> AccessPolicy:
    scope = found.get("accessScope", {})
    return AccessPolicy(
        policy_arn=found.get("policyArn", ""),
        access_scope=scope.get("type", "cluster"),
        namespaces=tuple(sorted(scope.get("namespaces", []))),
    )
