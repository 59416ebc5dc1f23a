"""``AWS::EKS::Cluster``: the control plane, who reaches it and how, what it logs, what encrypts its API data.

A cluster's name is unique in its account and Region, so that no twin can arise. EKS does one update at a time and
refuses the next with ResourceInUseException, and UpdateClusterConfig takes one kind of change a call (API reference,
"UpdateClusterConfig", "UpdateClusterVersion"). Encryption can be added, never changed or taken away ("Encrypt
Kubernetes secrets with KMS on existing clusters"); a minor version at a time, and no way down that a promise could rely
on ("Update existing cluster to new Kubernetes version"). FAILED is the status of one that was never made.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from botocore.exceptions import ClientError

from holdfast.aws.eks.updates import AGAIN, BUSY, given_up, one_at_a_time
from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_eks.literals import AuthenticationModeType, LogTypeType, SupportTypeType
    from mypy_boto3_eks.type_defs import ClusterTypeDef, LoggingTypeDef, VpcConfigRequestTypeDef

GONE = "ResourceNotFoundException"
AT_WORK = frozenset({"CREATING", "DELETING", "PENDING", "UPDATING"})


class ClusterState(Tagged, frozen=True, kw_only=True):
    """``public_access_cidrs`` is empty where the endpoint is private; ``support_type`` is the upgrade policy's."""

    name: str
    version: str
    role_arn: str
    subnet_ids: frozenset[str]
    security_group_ids: frozenset[str]
    endpoint_private_access: bool
    endpoint_public_access: bool
    public_access_cidrs: frozenset[str]
    encryption_key_arn: str
    enabled_log_types: frozenset[str]
    authentication_mode: str
    support_type: str
    deletion_protection: bool


class Cluster(AwsResource[ClusterState]):
    """One control plane. It stands once its endpoint does: only then has it the attributes that others refer to."""

    kind = "AWS::EKS::Cluster"
    model = ClusterState
    claimed_apart = True
    immutable = frozenset({"Name", "RoleArn", "EncryptionKeyArn"})
    duration = Duration(564, 501, 971)
    incarnation = "OidcIssuerUrl"
    when_gone = "start a build: it makes the cluster and all of ours in it anew; docs/runbooks/exposure.md"

    @classmethod
    def refusals(cls, stands: Mapping[str, object], asked: Mapping[str, object]) -> Iterator[str]:
        yield from super().refusals(stands, asked)
        now, then = _minor(stands["Version"]), _minor(asked["Version"])
        if then < now:
            yield f"Version is 1.{now}, asked for 1.{then}: a cluster never goes down"
        if then > now + 1:
            yield f"Version is 1.{now}, asked for 1.{then}: a cluster goes up one minor version at a time"

    def observe(self) -> Observed[ClusterState] | None:
        try:
            cluster = self.clients.eks.describe_cluster(name=self.desired.name)["cluster"]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        self.refuse_strangers(f"the cluster {self.desired.name}", cluster.get("tags", {}))
        status = cluster["status"]
        issues = "; ".join(issue.get("message", "") for issue in cluster.get("health", {}).get("issues", []))
        return Observed(
            state=_state(cluster),
            physical=self._attributes(cluster),
            wait=AGAIN if status in AT_WORK else 0,
            failed=(issues or "EKS does not say why") if status == "FAILED" else "",
            going=status == "DELETING",
        )

    def _attributes(self, cluster: "ClusterTypeDef") -> Physical:
        """What others refer to. ``Name`` is the id too, but of a cluster that takes add-ons."""
        known = {"id": cluster["name"], "Arn": cluster["arn"]}
        group = cluster["resourcesVpcConfig"].get("clusterSecurityGroupId", "")
        if cluster["status"] not in {"ACTIVE", "UPDATING"} or not group:
            return known
        issuer = cluster["identity"]["oidc"]["issuer"]
        return {
            **known,
            "Name": cluster["name"],
            "Endpoint": cluster["endpoint"],
            "CertificateAuthorityData": cluster["certificateAuthority"]["data"],
            "OidcIssuer": issuer.removeprefix("https://"),
            "OidcIssuerUrl": issuer,
            "ClusterSecurityGroupId": group,
            **self._own_group(group),
        }

    def _own_group(self, group: str) -> Physical:
        """How EKS named and described its group: a group's name and description never change."""
        found = self.clients.ec2.describe_security_groups(Filters=[{"Name": "group-id", "Values": [group]}])
        return {
            attribute: text
            for one in found["SecurityGroups"]
            for attribute, text in (
                ("ClusterSecurityGroupName", one["GroupName"]),
                ("ClusterSecurityGroupDescription", one["Description"]),
            )
        }

    def create(self) -> Physical:
        with already_so(BUSY):
            self.clients.eks.create_cluster(
                name=self.desired.name,
                version=self.desired.version,
                roleArn=self.desired.role_arn,
                resourcesVpcConfig={**self._endpoint(), **self._interfaces()},
                encryptionConfig=[{"resources": ["secrets"], "provider": {"keyArn": self.desired.encryption_key_arn}}],
                logging=self._logging(self.desired.enabled_log_types, frozenset()),
                accessConfig={
                    "authenticationMode": cast("AuthenticationModeType", self.desired.authentication_mode),
                    "bootstrapClusterCreatorAdminPermissions": False,
                },
                bootstrapSelfManagedAddons=False,
                upgradePolicy={"supportType": cast("SupportTypeType", self.desired.support_type)},
                deletionProtection=self.desired.deletion_protection,
                tags=self.desired.tags,
            )
        return {}

    def _endpoint(self) -> "VpcConfigRequestTypeDef":
        asked: VpcConfigRequestTypeDef = {
            "endpointPrivateAccess": self.desired.endpoint_private_access,
            "endpointPublicAccess": self.desired.endpoint_public_access,
        }
        if self.desired.endpoint_public_access:
            asked["publicAccessCidrs"] = sorted(self.desired.public_access_cidrs)
        return asked

    def _interfaces(self) -> "VpcConfigRequestTypeDef":
        return {
            "subnetIds": sorted(self.desired.subnet_ids),
            "securityGroupIds": sorted(self.desired.security_group_ids),
        }

    def _logging(self, on: frozenset[str], off: frozenset[str]) -> "LoggingTypeDef":
        setups = [(on, True), (off, False)]
        return {
            "clusterLogging": [
                {"types": cast("list[LogTypeType]", sorted(types)), "enabled": enabled}
                for types, enabled in setups
                if types
            ]
        }

    def update(self, observed: Observed[ClusterState], drift: Drift) -> tuple[str, ...]:
        """Tags, and the first of the other changes: who reaches it before all else, the next ones when EKS is done."""
        eks, name = self.clients.eks, self.desired.name
        paths = {change.path.partition(".")[0] for change in drift}
        calls: list[str] = []
        if lost := lost_tags(drift):
            eks.tag_resource(resourceArn=observed.physical["Arn"], tags=lost)
            calls.append(f"TagResource {', '.join(lost)}")
        if what := next(self._changes(paths, observed.state), None):
            with one_at_a_time(name):
                eks.update_cluster_config(name=name, **what)
            calls.append(f"UpdateClusterConfig {', '.join(what)}")
        elif "Version" in paths:
            self._refuse_to_go_down(observed.state)
            with one_at_a_time(name):
                eks.update_cluster_version(name=name, version=self.desired.version)
            calls.append(f"UpdateClusterVersion {self.desired.version}")
        return tuple(calls)

    def _refuse_to_go_down(self, found: ClusterState) -> None:
        """Raise ``NeedsHuman`` if somebody has taken it further than was asked for."""
        if _minor(found.version) > _minor(self.desired.version):
            raise NeedsHuman(
                str(self.address),
                f"somebody took it to {found.version}, asked for is {self.desired.version}: no cluster goes down",
                f"ask for {found.version} (cluster.version in the environment's file), and start a build",
            )

    def _changes(self, paths: set[str], found: ClusterState) -> Iterator[dict[str, Any]]:
        """What UpdateClusterConfig is asked for, a call each."""
        if paths & {"EndpointPrivateAccess", "EndpointPublicAccess", "PublicAccessCidrs"}:
            yield {"resourcesVpcConfig": self._endpoint()}
        if paths & {"SubnetIds", "SecurityGroupIds"}:
            yield {"resourcesVpcConfig": self._interfaces()}
        if "EnabledLogTypes" in paths:
            on, off = self.desired.enabled_log_types, found.enabled_log_types - self.desired.enabled_log_types
            yield {"logging": self._logging(on, off)}
        if "AuthenticationMode" in paths:
            yield {"accessConfig": {"authenticationMode": self.desired.authentication_mode}}
        if "SupportType" in paths:
            yield {"upgradePolicy": {"supportType": self.desired.support_type}}
        if "DeletionProtection" in paths:
            yield {"deletionProtection": self.desired.deletion_protection}

    def gave_up(self, since: float) -> str:
        return given_up(self.clients.eks, since, self.desired.name, {})

    def delete(self, observed: Observed[ClusterState]) -> None:
        """EKS deletes no cluster that is protected: the protection goes first, the cluster when called again."""
        with already_so(GONE, BUSY):
            if observed.state.deletion_protection:
                self.clients.eks.update_cluster_config(name=observed.state.name, deletionProtection=False)
            else:
                self.clients.eks.delete_cluster(name=observed.state.name)


def _state(cluster: "ClusterTypeDef") -> ClusterState:
    network = cluster["resourcesVpcConfig"]
    public = network.get("endpointPublicAccess", False)
    logging = cluster.get("logging", {}).get("clusterLogging", [])
    keys = [one.get("provider", {}).get("keyArn", "") for one in cluster.get("encryptionConfig", [])]
    return ClusterState(
        name=cluster["name"],
        version=cluster["version"],
        role_arn=cluster["roleArn"],
        subnet_ids=frozenset(network.get("subnetIds", [])),
        security_group_ids=frozenset(network.get("securityGroupIds", [])),
        endpoint_private_access=network.get("endpointPrivateAccess", False),
        endpoint_public_access=public,
        # EKS keeps showing ranges, 0.0.0.0/0 unless told otherwise, that nobody can come from.
        public_access_cidrs=frozenset(network.get("publicAccessCidrs", []) if public else []),
        encryption_key_arn=",".join(keys),
        enabled_log_types=frozenset(kind for one in logging if one.get("enabled") for kind in one.get("types", [])),
        authentication_mode=cluster.get("accessConfig", {}).get("authenticationMode", ""),
        support_type=cluster.get("upgradePolicy", {}).get("supportType", ""),
        deletion_protection=cluster.get("deletionProtection", False),
        tags=cluster.get("tags", {}),
    )


def _minor(version: object) -> int:
    return int(str(version).partition(".")[2])
