"""What moto lacks of EKS node groups and access entries: the Auto Scaling group, most updates, access policies.

Follows the EKS API reference, a page an operation (CreateNodegroup, UpdateNodegroupVersion, CreateAccessEntry,
DescribeAccessEntry, UpdateAccessEntry, DeleteAccessEntry, ListAccessEntries, AssociateAccessPolicy,
DisassociateAccessPolicy, ListAssociatedAccessPolicies, CreatePodIdentityAssociation, DeletePodIdentityAssociation,
ListPodIdentityAssociations, AssociateIdentityProviderConfig, DisassociateIdentityProviderConfig,
ListIdentityProviderConfigs), and of the EKS user guide "Managed node groups" (the group's tags for the Cluster
Autoscaler). What takes EKS minutes is done at once; there are no nodes.
"""

from typing import Any, Final
from urllib.parse import unquote

import pytest
from moto.autoscaling.models import autoscaling_backends
from moto.core.responses import ActionResult, EmptyResult
from moto.eks import urls
from moto.eks.exceptions import ResourceInUseException, ResourceNotFoundException
from moto.eks.models import EKSBackend, Nodegroup
from moto.eks.responses import EKSResponse

ENTRY: Final = "{0}/clusters/(?P<name>[^/]+)/access-entries/(?P<principalArn>[^/]+)"
PATHS: Final = (
    "{0}/clusters/(?P<name>[^/]+)/node-groups/(?P<nodegroupName>[^/]+)/update-version$",
    "{0}/clusters/(?P<name>[^/]+)/access-entries$",
    f"{ENTRY}$",
    "{0}/clusters/(?P<name>[^/]+)/identity-provider-configs$",
    "{0}/clusters/(?P<name>[^/]+)/identity-provider-configs/associate$",
    "{0}/clusters/(?P<name>[^/]+)/identity-provider-configs/disassociate$",
    "{0}/clusters/(?P<name>[^/]+)/pod-identity-associations$",
    "{0}/clusters/(?P<name>[^/]+)/pod-identity-associations/(?P<associationId>[^/]+)$",
    f"{ENTRY}/access-policies$",
    f"{ENTRY}/access-policies/(?P<policyArn>[^/]+)$",
)


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    """After ``moto_eks``: what it has of access entries is kept here."""
    for path in PATHS:
        monkeypatch.setitem(urls.url_paths, path, urls.response.dispatch)
    create, tag, untag = EKSResponse.create_nodegroup, EKSBackend.tag_resource, EKSBackend.untag_resource
    configure = EKSResponse.update_nodegroup_config

    def create_nodegroup(response: EKSResponse) -> ActionResult:
        create(response)
        return ActionResult({"nodegroup": _completed(response)})

    def update_nodegroup_config(response: EKSResponse) -> ActionResult:
        answer: ActionResult = configure(response)
        _bound(response, _nodegroup(response))
        return answer

    def tag_resource(backend: EKSBackend, resource_arn: str, tags: dict[str, str]) -> None:
        if (tagged := _tags_of(backend, resource_arn)) is not None:
            tagged.update(tags)
        else:
            tag(backend, resource_arn, tags)

    def untag_resource(backend: EKSBackend, resource_arn: str, tag_keys: Any) -> None:
        if (tagged := _tags_of(backend, resource_arn)) is not None:
            for key in [tag_keys] if isinstance(tag_keys, str) else tag_keys:
                tagged.pop(key, None)
        else:
            untag(backend, resource_arn, tag_keys)

    monkeypatch.setattr(EKSBackend, "tag_resource", tag_resource)
    monkeypatch.setattr(EKSBackend, "untag_resource", untag_resource)
    for name, method in (
        ("create_nodegroup", create_nodegroup),
        ("update_nodegroup_config", update_nodegroup_config),
        ("update_nodegroup_version", _update_nodegroup_version),
        ("create_access_entry", _create_access_entry),
        ("describe_access_entry", _describe_access_entry),
        ("update_access_entry", _update_access_entry),
        ("delete_access_entry", _delete_access_entry),
        ("list_access_entries", _list_access_entries),
        ("associate_access_policy", _associate),
        ("disassociate_access_policy", _disassociate),
        ("list_associated_access_policies", _list_associated),
        ("create_pod_identity_association", _create_pod_identity),
        ("delete_pod_identity_association", _delete_pod_identity),
        ("list_pod_identity_associations", _list_pod_identities),
        ("associate_identity_provider_config", _associate_issuer),
        ("disassociate_identity_provider_config", _disassociate_issuer),
        ("list_identity_provider_configs", _list_issuers),
    ):
        monkeypatch.setattr(EKSResponse, name, method, raising=False)


# ── node groups ─────────────────────────────────────────────────────────────────────────────────────────────────────


def _nodegroup(response: EKSResponse) -> Any:
    return response.eks_backend.describe_nodegroup(response._get_param("name"), response._get_param("nodegroupName"))


def _completed(response: EKSResponse) -> Nodegroup:
    """moto drops two of CreateNodegroup's fields, shares its defaults among all groups, and makes no scaling group."""
    group = _nodegroup(response)
    group.update_config = response._get_param("updateConfig") or {"maxUnavailable": 1}
    group.node_repair_config = response._get_param("nodeRepairConfig") or {"enabled": False}
    group.health = {"issues": []}
    group.remote_access, group.resources["remoteAccessSecurityGroup"] = None, None
    _scaling_group(response, group)
    return group


def _scaling_group(response: EKSResponse, group: Any) -> None:
    """As EKS makes it, but for the nodes: moto would launch instances of an image that nobody has."""
    scaling = autoscaling_backends[response.current_account][response.region]
    (name,) = (one["name"] for one in group.resources["autoScalingGroups"])
    discovery = {"enabled": "true", group.cluster_name: "owned"}
    made = scaling.create_auto_scaling_group(
        name=name,
        availability_zones=[],
        desired_capacity=0,
        max_size=group.scaling_config["maxSize"],
        min_size=0,
        launch_config_name="",
        launch_template={"LaunchTemplateId": group.launch_template["id"], "Version": group.launch_template["version"]},
        vpc_zone_identifier=",".join(group.subnets),
        default_cooldown=None,
        health_check_period=None,
        health_check_type=None,
        load_balancers=[],
        target_group_arns=[],
        placement_group=None,
        termination_policies=[],
        tags=[
            {
                "Key": f"k8s.io/cluster-autoscaler/{key}",
                "Value": value,
                "PropagateAtLaunch": "true",
                "ResourceId": name,
                "ResourceType": "auto-scaling-group",
            }
            for key, value in discovery.items()
        ],
    )
    made.min_size = group.scaling_config["minSize"]


def _bound(response: EKSResponse, group: Any) -> None:
    """EKS keeps the bounds of the group that it made ("Managed node groups", EKS user guide)."""
    scaling = autoscaling_backends[response.current_account][response.region]
    for one in group.resources["autoScalingGroups"]:
        made = scaling.autoscaling_groups[one["name"]]
        made.min_size, made.max_size = group.scaling_config["minSize"], group.scaling_config["maxSize"]


def _update_nodegroup_version(response: EKSResponse) -> ActionResult:
    group = _nodegroup(response)
    group.version = response._get_param("version") or group.version
    group.launch_template = response._get_param("launchTemplate") or group.launch_template
    update = {"id": "00000000-0000-0000-0000-000000000000", "status": "InProgress", "type": "VersionUpdate"}
    return ActionResult({"update": update})


# ── access entries ──────────────────────────────────────────────────────────────────────────────────────────────────


def _entries(response: EKSResponse) -> dict[str, dict[str, Any]]:
    cluster: Any = response.eks_backend.describe_cluster(response._get_param("name"))
    entries: dict[str, dict[str, Any]] = cluster.__dict__.setdefault("entries", {})
    return entries


def _tags_of(backend: EKSBackend, arn: str) -> dict[str, str] | None:
    """Of an access entry or a node group: moto tags clusters alone."""
    for cluster in backend.clusters.values():
        for group in cluster.nodegroups.values():
            if group.arn == arn:
                of_group: dict[str, str] = group.tags
                return of_group
        for entry in cluster.__dict__.get("entries", {}).values():
            if entry["accessEntryArn"] == arn:
                tags: dict[str, str] = entry["tags"]
                return tags
    return None


def _entry(response: EKSResponse) -> dict[str, Any]:
    entries, principal = _entries(response), unquote(str(response._get_param("principalArn")))
    if principal not in entries:
        raise ResourceNotFoundException(message=f"The specified principalArn could not be found: {principal}")
    return entries[principal]


def _create_access_entry(response: EKSResponse) -> ActionResult:
    entries, principal = _entries(response), str(response._get_param("principalArn"))
    if principal in entries:
        raise ResourceInUseException(message="The specified access entry resource is already in use on this cluster.")
    cluster, account = response._get_param("name"), response.current_account
    name = principal.rpartition("/")[2]
    entries[principal] = {
        "clusterName": cluster,
        "principalArn": principal,
        "accessEntryArn": f"arn:aws:eks:{response.region}:{account}:access-entry/{cluster}/role/{account}/{name}/1",
        "kubernetesGroups": response._get_param("kubernetesGroups") or [],
        "type": response._get_param("type") or "STANDARD",
        "tags": response._get_param("tags") or {},
        "associated": {},
    }
    return ActionResult({"accessEntry": entries[principal]})


def _describe_access_entry(response: EKSResponse) -> ActionResult:
    return ActionResult({"accessEntry": _entry(response)})


def _update_access_entry(response: EKSResponse) -> ActionResult:
    _entry(response)["kubernetesGroups"] = response._get_param("kubernetesGroups") or []
    return ActionResult({"accessEntry": _entry(response)})


def _delete_access_entry(response: EKSResponse) -> EmptyResult:
    del _entries(response)[_entry(response)["principalArn"]]
    return EmptyResult()


def _list_access_entries(response: EKSResponse) -> ActionResult:
    return ActionResult({"accessEntries": list(_entries(response))})


def _associate(response: EKSResponse) -> ActionResult:
    policy, scope = response._get_param("policyArn"), response._get_param("accessScope")
    _entry(response)["associated"][policy] = {"policyArn": policy, "accessScope": scope}
    return ActionResult({"associatedAccessPolicy": _entry(response)["associated"][policy]})


def _disassociate(response: EKSResponse) -> EmptyResult:
    _entry(response)["associated"].pop(unquote(str(response._get_param("policyArn"))), None)
    return EmptyResult()


def _list_associated(response: EKSResponse) -> ActionResult:
    return ActionResult({"associatedAccessPolicies": list(_entry(response)["associated"].values())})


# ── pod identities ──────────────────────────────────────────────────────────────────────────────────────────────────


def _pod_identities(response: EKSResponse) -> dict[str, dict[str, str]]:
    cluster: Any = response.eks_backend.describe_cluster(response._get_param("name"))
    associations: dict[str, dict[str, str]] = cluster.__dict__.setdefault("pod_identities", {})
    return associations


def _create_pod_identity(response: EKSResponse) -> ActionResult:
    associations = _pod_identities(response)
    identity = f"a-{len(associations):017d}"
    told = {name: str(response._get_param(name)) for name in ("namespace", "serviceAccount", "roleArn")}
    associations[identity] = {"associationId": identity, "clusterName": str(response._get_param("name")), **told}
    return ActionResult({"association": associations[identity]})


def _delete_pod_identity(response: EKSResponse) -> ActionResult:
    return ActionResult({"association": _pod_identities(response).pop(str(response._get_param("associationId")))})


def _list_pod_identities(response: EKSResponse) -> ActionResult:
    return ActionResult({"associations": list(_pod_identities(response).values())})


# ── issuers of others ───────────────────────────────────────────────────────────────────────────────────────────────


def _issuers(response: EKSResponse) -> set[str]:
    cluster: Any = response.eks_backend.describe_cluster(response._get_param("name"))
    issuers: set[str] = cluster.__dict__.setdefault("issuers", set())
    return issuers


def _associate_issuer(response: EKSResponse) -> ActionResult:
    _issuers(response).add(response._get_param("oidc")["identityProviderConfigName"])
    return ActionResult({"update": {"type": "AssociateIdentityProviderConfig"}})


def _disassociate_issuer(response: EKSResponse) -> ActionResult:
    _issuers(response).remove(response._get_param("identityProviderConfig")["name"])
    return ActionResult({"update": {"type": "DisassociateIdentityProviderConfig"}})


def _list_issuers(response: EKSResponse) -> ActionResult:
    configs = [{"type": "oidc", "name": name} for name in sorted(_issuers(response))]
    return ActionResult({"identityProviderConfigs": configs})
