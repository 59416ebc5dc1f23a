"""``AWS::EKS::Addon``: software that EKS installs into a cluster and keeps as it was configured.

One kind for all add-ons; each is unique by its name in its cluster. A version, a role and a configuration come with one
UpdateAddon ("UpdateAddon", EKS API reference), with conflicts overwritten: what someone changed in the cluster by hand
goes. A degraded one is updated where it differs from its promise, and otherwise waited for: most lack nodes to run on.
"""

import json
from contextlib import suppress
from typing import TYPE_CHECKING

import msgspec
from botocore.exceptions import ClientError

from holdfast.aws.eks.cluster import GONE
from holdfast.aws.eks.updates import AGAIN, BUSY, given_up, one_at_a_time
from holdfast.aws.resource import AwsResource, already_so, code, lost_tags
from holdfast.core.diff import diff
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged
from holdfast.core.trouble import ComeBackLater

if TYPE_CHECKING:
    from mypy_boto3_eks.type_defs import AddonTypeDef, CreateAddonRequestTypeDef, UpdateAddonRequestTypeDef

AT_WORK = frozenset({"CREATING", "DELETING", "UPDATING"})
UPDATE_FAILED = "UPDATE_FAILED"
NONE = "{}"


class AddonState(Tagged, frozen=True, kw_only=True):
    """``configuration_values`` is JSON as text, compared by what it says; ``service_account_role_arn`` may be empty."""

    addon_name: str
    addon_version: str
    cluster_name: str
    service_account_role_arn: str = ""
    configuration_values: str = NONE

    def __post_init__(self) -> None:
        with suppress(ValueError):  # somebody's may be YAML: that is another text, whatever it says
            said = json.loads(self.configuration_values or NONE)
            msgspec.structs.force_setattr(self, "configuration_values", json.dumps(said, sort_keys=True))


class Addon(AwsResource[AddonState]):
    """One add-on."""

    kind = "AWS::EKS::Addon"
    model = AddonState
    claimed_apart = True
    immutable = frozenset({"AddonName", "ClusterName"})
    duration = Duration(35, 8, 56)
    disposable = True
    comes_back = True

    def observe(self) -> Observed[AddonState] | None:
        try:
            addon = self.clients.eks.describe_addon(
                clusterName=self.desired.cluster_name, addonName=self.desired.addon_name
            )["addon"]
        except ClientError as error:
            if code(error) != GONE:
                raise
            return None
        state = AddonState(
            addon_name=addon["addonName"],
            addon_version=_in_force(addon),
            cluster_name=addon["clusterName"],
            service_account_role_arn=addon.get("serviceAccountRoleArn", ""),
            configuration_values=addon.get("configurationValues", NONE),
            tags=addon.get("tags", {}),
        )
        if addon["status"] == "DEGRADED" and not diff(self.desired, state):
            raise ComeBackLater(f"{addon['addonName']} is degraded: {_issues(addon)}", self.duration.usual)
        return Observed(
            state=state,
            # As CloudFormation's Ref: the name alone is that of every cluster's add-on.
            physical={"id": f"{addon['clusterName']}|{addon['addonName']}", "Arn": addon["addonArn"]},
            wait=AGAIN if addon["status"] in AT_WORK else 0,
            failed=_issues(addon) if addon["status"] == "CREATE_FAILED" else "",
        )

    def create(self) -> Physical:
        asked: CreateAddonRequestTypeDef = {
            "clusterName": self.desired.cluster_name,
            "addonName": self.desired.addon_name,
            "addonVersion": self.desired.addon_version,
            "configurationValues": self.desired.configuration_values,
            "resolveConflicts": "OVERWRITE",
            "tags": self.desired.tags,
        }
        if self.desired.service_account_role_arn:
            asked["serviceAccountRoleArn"] = self.desired.service_account_role_arn
        with already_so(BUSY):
            self.clients.eks.create_addon(**asked)
        return {}

    def update(self, observed: Observed[AddonState], drift: Drift) -> tuple[str, ...]:
        """What UpdateAddon is not told it takes away: version, role and configuration go together."""
        calls: list[str] = []
        if lost := lost_tags(drift):
            self.clients.eks.tag_resource(resourceArn=observed.physical["Arn"], tags=lost)
            calls.append(f"TagResource {', '.join(lost)}")
        if any(not change.path.startswith("Tags.") for change in drift):
            self._require_active_cluster()
            with one_at_a_time(self.desired.addon_name):
                self.clients.eks.update_addon(**self._update())
            calls.append(f"UpdateAddon {self.desired.addon_name} {self.desired.addon_version}")
        return tuple(calls)

    def _update(self) -> "UpdateAddonRequestTypeDef":
        asked: UpdateAddonRequestTypeDef = {
            "clusterName": self.desired.cluster_name,
            "addonName": self.desired.addon_name,
            "addonVersion": self.desired.addon_version,
            "configurationValues": self.desired.configuration_values,
            "resolveConflicts": "OVERWRITE",
        }
        if self.desired.service_account_role_arn:
            asked["serviceAccountRoleArn"] = self.desired.service_account_role_arn
        return asked

    def _require_active_cluster(self) -> None:
        """A version for the next Kubernetes is refused until the cluster is there ("Updating an Amazon EKS add-on")."""
        cluster = self.clients.eks.describe_cluster(name=self.desired.cluster_name)["cluster"]
        if cluster["status"] != "ACTIVE":
            raise ComeBackLater(f"the cluster {self.desired.cluster_name} is {cluster['status']}", AGAIN, asked=False)

    def gave_up(self, since: float) -> str:
        return given_up(self.clients.eks, since, self.desired.cluster_name, {"addonName": self.desired.addon_name})

    def discard(self, observed: Observed[AddonState]) -> None:
        with already_so(GONE):
            self.clients.eks.delete_addon(clusterName=observed.state.cluster_name, addonName=observed.state.addon_name)

    def delete(self, observed: Observed[AddonState]) -> None:
        self.discard(observed)


def _in_force(addon: "AddonTypeDef") -> str:
    """A version whose update failed is shown and does not run ("Update an Amazon EKS add-on", EKS user guide)."""
    return addon["addonVersion"] + (f" {UPDATE_FAILED}" if addon["status"] == UPDATE_FAILED else "")


def _issues(addon: "AddonTypeDef") -> str:
    issues = addon.get("health", {}).get("issues", [])
    return (
        "; ".join(f"{issue.get('code', '')}: {issue.get('message', '')}" for issue in issues) or "EKS does not say why"
    )
