"""EKS clusters: they take their time, have the group that EKS makes, and can be updated, one update at a time.

Promises: a cluster is CREATING, without endpoint, for a scaled while; it is in the VPC of its subnets, which must
exist, and has a security group of EKS's own, with the rules and the tags that EKS gives it; its issuer is one of EKS's.
UpdateClusterConfig takes one kind of change a call, UpdateClusterVersion the next minor version that EKS has; both make
the cluster UPDATING, and a second one is refused meanwhile. A protected cluster is not deleted, nor one with node
groups. Pages: CreateCluster, DescribeCluster, UpdateClusterConfig, UpdateClusterVersion, DescribeUpdate, ListUpdates,
DeleteCluster (eks/latest/APIReference/API_UpdateClusterConfig.html and its like), "Amazon EKS security group
requirements" (eks/latest/userguide/sec-group-reqs.html).
"""

import re
import time
from secrets import token_hex
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2, eks

from local.gaps import eks_updates
from local.gaps.ec2_security_group_rules import Rule, keep
from local.laptop import WAIT_SCALE

type Record = dict[str, Any]
type Answer = tuple[int, dict[str, str], bytes]

CREATING: Final = 564
UPDATING: Final = 60
""""Cluster updates are asynchronous, and they should finish within a few minutes" (UpdateClusterConfig)."""
NEWEST: Final = 36
"""EKS has no higher minor version ("Understand the Kubernetes version lifecycle on EKS", read in November 2026)."""
DESCRIPTION: Final = (
    "EKS created security group applied to ENI that is attached to EKS Control Plane master nodes, as well as any "
    "managed workloads."
)
_UPDATE: Final = re.compile(r"/clusters/([\w-]+)/(update-config|updates)(?:/([\w-]+))?")
_KINDS: Final = {
    "accessConfig": "AccessConfigUpdate",
    "deletionProtection": "DeletionProtectionUpdate",
    "logging": "LoggingUpdate",
    "resourcesVpcConfig": "VpcConfigUpdate",
    "upgradePolicy": "UpgradePolicyUpdate",
}

_create = eks._create_cluster
_sanitize = eks._sanitize
_delete = eks._delete_cluster
_handle = eks._handle_request_sync


def close() -> None:
    eks._create_cluster = _created
    eks._sanitize = _shown
    eks._delete_cluster = _deleted
    eks._handle_request_sync = _handled


def busy(cluster: Record) -> bool:
    """Whether EKS is still at work on it."""
    return bool(cluster.get("_until", 0) > time.monotonic())


def _created(body: Record, creator: str | None = None) -> Answer:
    asked = body.get("resourcesVpcConfig", {})
    subnets = [ec2._subnets.get(subnet) for subnet in asked.get("subnetIds", [])]
    if len(subnets) < 2 or not all(subnets):
        return _refused(400, "InvalidParameterException", "At least two subnets that exist must be specified")
    status, headers, answer = _create(body, creator)
    cluster = eks._clusters.get(body.get("name", ""))
    if status != 200 or cluster is None:
        return status, headers, answer
    network = cluster["resourcesVpcConfig"]
    network["vpcId"] = subnets[0]["VpcId"]
    network["clusterSecurityGroupId"] = _own_group(cluster["name"], network["vpcId"])
    cluster["identity"] = {
        "oidc": {"issuer": f"https://oidc.eks.{get_region()}.amazonaws.com/id/{token_hex(16).upper()}"}
    }
    cluster["accessConfig"] = {"authenticationMode": "CONFIG_MAP", **cluster["accessConfig"]}
    cluster["upgradePolicy"] = body.get("upgradePolicy") or {"supportType": "EXTENDED"}
    cluster["deletionProtection"] = bool(body.get("deletionProtection"))
    cluster["health"] = {"issues": []}
    cluster["_state"], cluster["_until"] = "CREATING", time.monotonic() + CREATING * WAIT_SCALE
    return answered({"cluster": eks._sanitize(cluster)})


def _own_group(cluster: str, vpc: str) -> str:
    group = f"sg-0{token_hex(8)}"
    name = f"eks-cluster-sg-{cluster}-{int(token_hex(5), 16)}"
    ec2._security_groups[group] = {
        "GroupId": group,
        "GroupName": name,
        "Description": DESCRIPTION,
        "VpcId": vpc,
        "OwnerId": get_account_id(),
        "IpPermissions": [],
        "IpPermissionsEgress": [],
    }
    record = ec2._security_groups[group]
    keep(record, [Rule("-1", None, "referencedGroupId", group)], egress=False)
    keep(record, [Rule("-1", None, "cidrIpv4", "0.0.0.0/0")], egress=True)
    tags = {"Name": name, "aws:eks:cluster-name": cluster, f"kubernetes.io/cluster/{cluster}": "owned"}
    ec2._tags[group] = [{"Key": key, "Value": value} for key, value in tags.items()]
    return group


def _shown(cluster: Record) -> Record:
    """As DescribeCluster shows it: while it is made there is no endpoint yet; tags are those that it has now."""
    shown: Record = _sanitize(cluster)
    shown["tags"] = dict(eks._tags.get(cluster["arn"], {}))
    if not busy(cluster):
        return {**shown, "status": "ACTIVE"} if shown["status"] == "CREATING" else shown
    shown["status"] = cluster["_state"]
    if cluster["_state"] == "CREATING":
        for made_last in ("endpoint", "certificateAuthority", "identity"):
            shown.pop(made_last, None)
        network = shown["resourcesVpcConfig"]
        shown["resourcesVpcConfig"] = {key: value for key, value in network.items() if key != "clusterSecurityGroupId"}
    return shown


def _deleted(name: str) -> Answer:
    cluster = eks._clusters.get(name)
    if cluster is not None and busy(cluster):
        return _refused(409, "ResourceInUseException", f"Cluster {name} is {cluster['_state']}")
    if cluster is not None and cluster.get("deletionProtection"):
        return _refused(400, "InvalidRequestException", f"Deletion protection is enabled for cluster {name}")
    if cluster is not None and any(key.startswith(f"{name}/") for key in eks._nodegroups):
        return _refused(409, "ResourceInUseException", "Cluster has nodegroups attached")
    if cluster is not None:
        group = cluster["resourcesVpcConfig"].get("clusterSecurityGroupId")
        ec2._security_groups.pop(group, None)
        ec2._tags.pop(group, None)
    answer: Answer = _delete(name)
    return answer


def _handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
    found = _UPDATE.fullmatch(path)
    if found is None:
        answer: Answer = _handle(method, path, headers, body, query)
        return answer
    cluster = eks._clusters.get(found[1])
    if cluster is None:
        return _refused(404, "ResourceNotFoundException", f"No cluster found for name: {found[1]}.")
    if method == "GET":
        return _updates(cluster, found[3], query)
    if busy(cluster):
        return _refused(409, "ResourceInUseException", f"Cluster {found[1]} is {cluster['_state']}")
    asked: Record = eks.json.loads(body or b"{}")
    return _configure(cluster, asked) if found[2] == "update-config" else _raise(cluster, asked["version"])


def _updates(cluster: Record, which: str | None, query: Any) -> Answer:
    of = eks_updates.updated(cluster, query)
    if of is None:
        return _refused(404, "ResourceNotFoundException", "No node group or add-on found for the name")
    if which is None:
        return answered({"updateIds": list(of.get("_updates", {}))})
    update = eks_updates.shown(of, which, busy=busy(of))
    if update is None:
        return _refused(404, "ResourceNotFoundException", f"No update found for id: {which}")
    return answered({"update": update})


def _configure(cluster: Record, asked: Record) -> Answer:
    kinds = [kind for kind in _KINDS if kind in asked]
    if len(kinds) != 1:
        return _refused(400, "InvalidParameterException", "Only one type of update can be allowed.")
    network = asked.get("resourcesVpcConfig", {})
    if {"subnetIds", "securityGroupIds"} & network.keys() and any("Access" in name for name in network):
        return _refused(400, "InvalidParameterException", "Only one type of update can be allowed.")
    cluster["resourcesVpcConfig"] = {**cluster["resourcesVpcConfig"], **network}
    cluster["accessConfig"] = {**cluster["accessConfig"], **asked.get("accessConfig", {})}
    cluster["upgradePolicy"] = asked.get("upgradePolicy", cluster["upgradePolicy"])
    cluster["deletionProtection"] = asked.get("deletionProtection", cluster["deletionProtection"])
    if "logging" in asked:
        on = {kind for one in cluster["logging"]["clusterLogging"] if one.get("enabled") for kind in one["types"]}
        for one in asked["logging"]["clusterLogging"]:
            on = on | set(one["types"]) if one.get("enabled") else on - set(one["types"])
        cluster["logging"] = {"clusterLogging": [{"types": sorted(on), "enabled": True}]}
    return _started(cluster, _KINDS[kinds[0]])


def _raise(cluster: Record, version: str) -> Answer:
    now, then = (int(each.partition(".")[2]) for each in (cluster["version"], version))
    if then != now + 1 or then > NEWEST:
        message = f"Unsupported Kubernetes minor version update from {cluster['version']} to {version}"
        return _refused(400, "InvalidParameterException", message)
    cluster["version"] = version
    return _started(cluster, "VersionUpdate")


def _started(cluster: Record, kind: str) -> Answer:
    cluster["_state"], cluster["_until"] = "UPDATING", time.monotonic() + UPDATING * WAIT_SCALE
    return answered({"update": eks_updates.begun(cluster, kind)})


def answered(said: Record) -> Answer:
    answer: Answer = eks._json_resp(200, said)
    return answer


def _refused(status: int, code: str, message: str) -> Answer:
    answer: Answer = eks._error(status, code, message)
    return answer
