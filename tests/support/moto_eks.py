"""What moto lacks of EKS: add-ons, access entries by name, most of what CreateCluster and its updates are told; and of
IAM the audiences of an issuer.

Follows the EKS API reference, a page an operation (CreateCluster, DescribeCluster, UpdateClusterConfig,
UpdateClusterVersion, CreateAddon, DescribeAddon, UpdateAddon, ListAddons, DeleteAddon, DescribeAddonVersions,
CreateAccessEntry, ListAccessEntries), the IAM API reference (AddClientIDToOpenIDConnectProvider,
RemoveClientIDFromOpenIDConnectProvider) and "Amazon EKS security group requirements". What takes EKS minutes is done at
once; a test that wants to wait sets a status itself.
"""

from typing import Any, Final

import pytest
from moto.core.responses import ActionResult
from moto.ec2.models import ec2_backends
from moto.eks import urls
from moto.eks.exceptions import (
    InvalidParameterException,
    InvalidRequestException,
    ResourceInUseException,
    ResourceNotFoundException,
)
from moto.eks.models import Cluster, EKSBackend
from moto.eks.responses import EKSResponse
from moto.iam.responses import IamResponse
from moto.moto_api._internal import mock_random

from tests.support.world import ADDONS

KUBERNETES: Final = ("1.35", "1.36")
"""The versions for which there are add-ons."""
PATHS: Final = (
    "{0}/addons/supported-versions$",
    "{0}/clusters/(?P<name>[^/]+)/access-entries$",
    "{0}/clusters/(?P<name>[^/]+)/addons$",
    "{0}/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)$",
    "{0}/clusters/(?P<name>[^/]+)/addons/(?P<addonName>[^/]+)/update$",
    "{0}/clusters/(?P<name>[^/]+)/updates$",
)
GROUP_DESCRIPTION: Final = (
    "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any "
    "managed workloads."
)

_create_cluster = EKSResponse.create_cluster
_tag_resource, _untag_resource = EKSBackend.tag_resource, EKSBackend.untag_resource


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    for path in PATHS:
        monkeypatch.setitem(urls.url_paths, path, urls.response.dispatch)
    for name, method in (
        ("create_cluster", _created_whole),
        ("update_cluster_config", _update_cluster_config),
        ("update_cluster_version", _update_cluster_version),
        ("create_addon", _create_addon),
        ("describe_addon", _describe_addon),
        ("update_addon", _update_addon),
        ("delete_addon", _delete_addon),
        ("list_addons", _list_addons),
        ("describe_addon_versions", _describe_addon_versions),
        ("create_access_entry", _create_access_entry),
        ("list_access_entries", _list_access_entries),
    ):
        monkeypatch.setattr(EKSResponse, name, method, raising=False)
    for name, change in (
        ("add_client_id_to_open_id_connect_provider", _add_audience),
        ("remove_client_id_from_open_id_connect_provider", _remove_audience),
    ):
        monkeypatch.setattr(IamResponse, name, change, raising=False)
    monkeypatch.setattr(EKSBackend, "tag_resource", _tag)
    monkeypatch.setattr(EKSBackend, "untag_resource", _untag)


# ── clusters ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _created_whole(response: EKSResponse) -> ActionResult:
    _create_cluster(response)
    cluster: Any = _cluster(response)
    network = cluster.resources_vpc_config
    network["vpcId"], network["clusterSecurityGroupId"] = _own_group(response, cluster)
    network.setdefault("publicAccessCidrs", ["0.0.0.0/0"])
    cluster.certificate_authority = {"data": "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0t"}
    # moto has one issuer for all.
    cluster.identity = {
        "oidc": {
            "issuer": f"https://oidc.eks.{response.region}.amazonaws.com/id/{mock_random.get_random_hex(32).upper()}"
        }
    }
    cluster.access_config = {"authenticationMode": "CONFIG_MAP", **(response._get_param("accessConfig") or {})}
    cluster.upgrade_policy = response._get_param("upgradePolicy") or {"supportType": "EXTENDED"}
    cluster.deletion_protection = bool(response._get_param("deletionProtection"))
    cluster.addons, cluster.access_entries = {}, []
    return ActionResult({"cluster": cluster})


def _own_group(response: EKSResponse, cluster: Cluster) -> tuple[str, str]:
    """The VPC, and the group that EKS makes in it."""
    ec2 = ec2_backends[response.current_account][response.region]
    vpc = ec2.get_subnet(cluster.resources_vpc_config["subnetIds"][0]).vpc_id
    name = f"eks-cluster-sg-{cluster.name}-{mock_random.get_random_hex(10)}"
    tags = {"Name": name, "aws:eks:cluster-name": cluster.name, f"kubernetes.io/cluster/{cluster.name}": "owned"}
    group = ec2.create_security_group(name, GROUP_DESCRIPTION, vpc, tags)
    ec2.authorize_security_group_ingress(group.id, "-1", None, None, [], [{"GroupId": group.id}])
    return vpc, group.id


def _update_cluster_config(response: EKSResponse) -> ActionResult:
    cluster = _updatable(response)
    cluster.resources_vpc_config.update(response._get_param("resourcesVpcConfig") or {})
    if asked := response._get_param("logging"):
        on = {kind for one in cluster.logging["clusterLogging"] if one["enabled"] for kind in one["types"]}
        for one in asked["clusterLogging"]:
            on = on | set(one["types"]) if one["enabled"] else on - set(one["types"])
        cluster.logging = {"clusterLogging": [{"types": sorted(on), "enabled": True}]}
    cluster.access_config.update(response._get_param("accessConfig") or {})
    cluster.upgrade_policy = response._get_param("upgradePolicy") or cluster.upgrade_policy
    protection = response._get_param("deletionProtection")
    cluster.deletion_protection = cluster.deletion_protection if protection is None else protection
    return _update("ConfigUpdate")


def _update_cluster_version(response: EKSResponse) -> ActionResult:
    _updatable(response).version = response._get_param("version")
    return _update("VersionUpdate")


def _update(kind: str) -> ActionResult:
    return ActionResult(
        {"update": {"id": "00000000-0000-0000-0000-000000000000", "status": "InProgress", "type": kind}}
    )


def _updatable(response: EKSResponse) -> Any:
    cluster = _cluster(response)
    if cluster.status != "ACTIVE":
        raise ResourceInUseException(clusterName=cluster.name, message="Cannot update while another update runs")
    return cluster


def _cluster(response: EKSResponse) -> Any:
    return response.eks_backend.describe_cluster(response._get_param("name"))


# ── add-ons ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def _create_addon(response: EKSResponse) -> ActionResult:
    cluster, name = _cluster(response), response._get_param("addonName")
    if cluster.status != "ACTIVE":
        raise InvalidRequestException(message=f"Cluster '{cluster.name}' is not in ACTIVE status")
    if name in cluster.addons:
        raise ResourceInUseException(clusterName=cluster.name, addonName=name, message="Addon already exists.")
    region, account = response.region, response.current_account
    cluster.addons[name] = {
        "addonName": name,
        "addonVersion": _known_version(response, name),
        "addonArn": f"arn:aws:eks:{region}:{account}:addon/{cluster.name}/{name}/{len(cluster.addons):08d}",
        "clusterName": cluster.name,
        "status": "ACTIVE",
        "health": {"issues": []},
        "tags": response._get_param("tags") or {},
        **_told(response),
    }
    return ActionResult({"addon": cluster.addons[name]})


def _told(response: EKSResponse) -> dict[str, str]:
    fields = ("configurationValues", "serviceAccountRoleArn")
    return {field: told for field in fields if (told := response._get_param(field))}


def _known_version(response: EKSResponse, name: str) -> str:
    version = str(response._get_param("addonVersion"))
    if name not in ADDONS or not version.startswith("v"):
        raise InvalidParameterException(message=f"Addon version {version} of {name} is not supported")
    return version


def _addon(response: EKSResponse) -> dict[str, Any]:
    cluster, name = _cluster(response), response._get_param("addonName")
    if name not in cluster.addons:
        raise ResourceNotFoundException(clusterName=cluster.name, addonName=name, message=f"No addon: {name}")
    found: dict[str, Any] = cluster.addons[name]
    return found


def _describe_addon(response: EKSResponse) -> ActionResult:
    return ActionResult({"addon": _addon(response)})


def _update_addon(response: EKSResponse) -> ActionResult:
    addon = _addon(response)
    if addon["status"] == "UPDATING":
        raise ResourceInUseException(addonName=addon["addonName"], message="Addon is being updated.")
    if response._get_param("addonVersion"):
        addon["addonVersion"] = _known_version(response, addon["addonName"])
    for field in ("configurationValues", "serviceAccountRoleArn"):
        addon.pop(field, None)
    addon.update(_told(response))
    return _update("AddonUpdate")


def _delete_addon(response: EKSResponse) -> ActionResult:
    addon = _addon(response)
    del _cluster(response).addons[addon["addonName"]]
    return ActionResult({"addon": addon})


def _list_addons(response: EKSResponse) -> ActionResult:
    return ActionResult({"addons": sorted(_cluster(response).addons)})


def _describe_addon_versions(response: EKSResponse) -> ActionResult:
    """Each has a newer version than the default one, listed before it."""
    name, kubernetes = response._get_param("addonName"), response._get_param("kubernetesVersion")
    if name not in ADDONS or kubernetes not in KUBERNETES:
        return ActionResult({"addons": []})
    versions = [
        {
            "addonVersion": version,
            "compatibilities": [{"clusterVersion": kubernetes, "platformVersions": ["*"], "defaultVersion": default}],
        }
        for version, default in (("v99.0.0-eksbuild.1", False), (ADDONS[name], True))
    ]
    return ActionResult({"addons": [{"addonName": name, "addonVersions": versions}]})


# ── access entries and tags ─────────────────────────────────────────────────────────────────────────────────────────


def _create_access_entry(response: EKSResponse) -> ActionResult:
    principal = response._get_param("principalArn")
    _cluster(response).access_entries.append(principal)
    return ActionResult({"accessEntry": {"clusterName": _cluster(response).name, "principalArn": principal}})


def _list_access_entries(response: EKSResponse) -> ActionResult:
    return ActionResult({"accessEntries": list(_cluster(response).access_entries)})


def _addon_of(backend: EKSBackend, arn: str) -> dict[str, Any] | None:
    addons = (addon for cluster in backend.clusters.values() for addon in getattr(cluster, "addons", {}).values())
    return next((addon for addon in addons if addon["addonArn"] == arn), None)


def _tag(backend: EKSBackend, resource_arn: str, tags: dict[str, str]) -> None:
    if addon := _addon_of(backend, resource_arn):
        addon["tags"].update(tags)
    else:
        _tag_resource(backend, resource_arn, tags)


def _untag(backend: EKSBackend, resource_arn: str, tag_keys: Any) -> None:
    if addon := _addon_of(backend, resource_arn):
        for key in [tag_keys] if isinstance(tag_keys, str) else tag_keys:
            addon["tags"].pop(key, None)
    else:
        _untag_resource(backend, resource_arn, tag_keys)


# ── the issuer of tokens ────────────────────────────────────────────────────────────────────────────────────────────


def _add_audience(response: IamResponse) -> ActionResult:
    audiences, client = _audiences(response)
    if client not in audiences:
        audiences.append(client)
    return ActionResult({})


def _remove_audience(response: IamResponse) -> ActionResult:
    audiences, client = _audiences(response)
    if client in audiences:
        audiences.remove(client)
    return ActionResult({})


def _audiences(response: IamResponse) -> tuple[list[str], str]:
    provider = response.backend.get_open_id_connect_provider(response._get_param("OpenIDConnectProviderArn"))
    return provider.client_id_list, str(response._get_param("ClientID"))
