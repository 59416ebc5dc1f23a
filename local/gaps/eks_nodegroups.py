"""EKS node groups: they take their time, keep what they were told, have an Auto Scaling group, and can be updated.

Promises: a node group is CREATING for a scaled while, then ACTIVE; its Auto Scaling group spans its subnets, has its
bounds, and the tags for the Cluster Autoscaler's discovery; it launches nothing by itself. UpdateNodegroupConfig and
UpdateNodegroupVersion make it UPDATING; another one is refused meanwhile. Pages: CreateNodegroup, DescribeNodegroup,
UpdateNodegroupConfig, UpdateNodegroupVersion (eks/latest/APIReference/API_CreateNodegroup.html and its like), "Simplify
node lifecycle with managed node groups" (eks/latest/userguide/managed-node-groups.html).
"""

import json
import re
import time
from typing import Any, Final

from ministack.services import autoscaling, ec2, eks

from local.gaps import ec2_instances, eks_updates
from local.laptop import WAIT_SCALE

type Record = dict[str, Any]
type Answer = tuple[int, dict[str, str], bytes]

CREATING: Final = 115
UPDATING: Final = 60
_UPDATE: Final = re.compile(r"/clusters/([\w-]+)/node-groups/([\w-]+)/(update-config|update-version)")
_KEPT: Final = ("launchTemplate", "nodeRepairConfig", "updateConfig")

_DISCOVERY: Final = "k8s.io/cluster-autoscaler"


def close() -> None:
    """After `eks_clusters`, whose way of taking requests is kept for all that is not about node groups."""
    create, describe, delete, handle = (
        eks._create_nodegroup,
        eks._describe_nodegroup,
        eks._delete_nodegroup,
        eks._handle_request_sync,
    )

    def created(cluster: str, body: Record) -> Answer:
        missing = [one for one in body.get("subnets", []) if one not in ec2._subnets]
        if missing:
            return _refused(400, "InvalidParameterException", f"Subnets do not exist: {missing}")
        answer: Answer = create(cluster, body)
        if answer[0] != 200:
            return answer
        group = eks._nodegroups[f"{cluster}/{body['nodegroupName']}"]
        group |= {field: body[field] for field in _KEPT if field in body}
        group["resources"].pop("remoteAccessSecurityGroup", None)
        if "launchTemplate" in body:
            group.pop("diskSize", None)
        _scale(group)
        return _answered({"nodegroup": _shown(_busy(group, "CREATING", CREATING))})

    def described(cluster: str, name: str) -> Answer:
        group = eks._nodegroups.get(f"{cluster}/{name}")
        answer: Answer = describe(cluster, name) if group is None else _answered({"nodegroup": _shown(group)})
        return answer

    def deleted(cluster: str, name: str) -> Answer:
        group = eks._nodegroups.get(f"{cluster}/{name}")
        for one in group["resources"]["autoScalingGroups"] if group else []:
            ec2_instances.terminate_all(one["name"])
            autoscaling._asgs.pop(one["name"], None)
        answer: Answer = delete(cluster, name)
        return answer

    def handled(method: str, path: str, headers: Any, body: bytes, query: Any) -> Answer:
        found = _UPDATE.fullmatch(path)
        if found is not None and method == "POST":
            return _updated(f"{found[1]}/{found[2]}", found[3], json.loads(body or b"{}"))
        answer: Answer = handle(method, path, headers, body, query)
        return answer

    eks._create_nodegroup = created
    eks._describe_nodegroup = described
    eks._delete_nodegroup = deleted
    eks._handle_request_sync = handled


def _busy(group: Record, state: str, seconds: float) -> Record:
    group["_state"], group["_until"] = state, time.monotonic() + seconds * WAIT_SCALE
    return group


def _is_busy(group: Record) -> bool:
    return bool(group.get("_until", 0) > time.monotonic())


def _shown(group: Record) -> Record:
    """As DescribeNodegroup shows it, with the tags that it has now."""
    shown = {field: value for field, value in group.items() if not field.startswith("_")}
    shown["tags"] = dict(eks._tags.get(group["nodegroupArn"], {}))
    return {**shown, "status": group["_state"]} if _is_busy(group) else shown


def _scale(group: Record) -> None:
    """The Auto Scaling group that EKS makes; there are no machines here, and so it begins without instances."""
    (name,) = (one["name"] for one in group["resources"]["autoScalingGroups"])
    template, bounds = group.get("launchTemplate", {}), group["scalingConfig"]
    fields = {
        "AutoScalingGroupName": name,
        "MinSize": "0",
        "MaxSize": str(bounds["maxSize"]),
        "DesiredCapacity": "0",
        "VPCZoneIdentifier": ",".join(group["subnets"]),
        "LaunchTemplate.LaunchTemplateId": template.get("id", ""),
        "LaunchTemplate.Version": template.get("version", ""),
    }
    # What EKS itself puts on a group that it makes ("Managed node group concepts", EKS user guide).
    tags = (
        ("eks:cluster-name", group["clusterName"]),
        ("eks:nodegroup-name", group["nodegroupName"]),
        (f"{_DISCOVERY}/enabled", "true"),
        (f"{_DISCOVERY}/{group['clusterName']}", "owned"),
        (f"kubernetes.io/cluster/{group['clusterName']}", "owned"),
    )
    for number, (key, value) in enumerate(tags, 1):
        fields[f"Tags.member.{number}.Key"], fields[f"Tags.member.{number}.Value"] = key, value
        fields[f"Tags.member.{number}.PropagateAtLaunch"] = "true"
    autoscaling._create_asg({field: [value] for field, value in fields.items()})
    autoscaling._asgs[name]["AvailabilityZones"] = sorted(
        ec2._subnets[one]["AvailabilityZone"] for one in group["subnets"]
    )
    _bound(group)


def _bound(group: Record) -> None:
    for one in group["resources"]["autoScalingGroups"]:
        if one["name"] in autoscaling._asgs:
            bounds = group["scalingConfig"]
            autoscaling._asgs[one["name"]] |= {"MinSize": bounds["minSize"], "MaxSize": bounds["maxSize"]}


def _updated(key: str, how: str, asked: Record) -> Answer:
    group = eks._nodegroups.get(key)
    if group is None:
        return _refused(404, "ResourceNotFoundException", f"No node group found for name: {key.partition('/')[2]}.")
    if _is_busy(group):
        return _refused(409, "ResourceInUseException", f"Nodegroup cannot be updated: it is {group['_state']}")
    if how == "update-version":
        group |= {field: asked[field] for field in ("launchTemplate", "releaseVersion", "version") if field in asked}
    elif refusal := _configured(group, asked):
        return _refused(400, "InvalidParameterException", refusal)
    _busy(group, "UPDATING", UPDATING)
    kind = "VersionUpdate" if how == "update-version" else "ConfigUpdate"
    return _answered({"update": eks_updates.begun(group, kind)})


def _configured(group: Record, asked: Record) -> str:
    """Change what is asked for; why it cannot be, if it cannot."""
    bounds = group["scalingConfig"] | asked.get("scalingConfig", {})
    if bounds["minSize"] > bounds["desiredSize"]:
        return f"Minimum capacity {bounds['minSize']} can't be greater than desired size {bounds['desiredSize']}"
    if bounds["desiredSize"] > bounds["maxSize"]:
        return f"desired capacity {bounds['desiredSize']} can't be greater than max size {bounds['maxSize']}"
    group["scalingConfig"] = bounds
    _bound(group)
    labels = group["labels"] | asked.get("labels", {}).get("addOrUpdateLabels", {})
    removed = asked.get("labels", {}).get("removeLabels", [])
    group["labels"] = {key: value for key, value in labels.items() if key not in removed}
    taints = asked.get("taints", {})
    changed = [*taints.get("addOrUpdateTaints", []), *taints.get("removeTaints", [])]
    known = {(one["key"], one["effect"]) for one in changed}
    kept = [one for one in group["taints"] if (one["key"], one["effect"]) not in known]
    group["taints"] = [*kept, *taints.get("addOrUpdateTaints", [])]
    group |= {field: asked[field] for field in ("nodeRepairConfig", "updateConfig") if field in asked}
    return ""


def _answered(said: Record) -> Answer:
    answer: Answer = eks._json_resp(200, said)
    return answer


def _refused(status: int, code: str, message: str) -> Answer:
    answer: Answer = eks._error(status, code, message)
    return answer
