"""The instances of an Auto Scaling group: EC2 shows them, with an interface each, on which security groups hang.

The emulator's groups only count theirs. Promises: an instance is launched from the group's launch template into one of
its subnets, bears the template's tags and one that nobody can take off, and has a first interface with the template's
groups and tags; both go when the group shrinks or is deleted. ModifyNetworkInterfaceAttribute changes an interface's
groups, ModifyInstanceAttribute those of an instance that has but one; neither leaves none. No machine runs, and so no
node joins a cluster, and nothing answers.

Pages: SetDesiredCapacity (autoscaling/ec2/APIReference), "Tag Auto Scaling groups and instances" (autoscaling/ec2/
userguide/ec2-auto-scaling-tagging.html), AttachNetworkInterface, ModifyInstanceAttribute,
ModifyNetworkInterfaceAttribute (AWSEC2/latest/APIReference/API_ModifyNetworkInterfaceAttribute.html and its like),
"Error codes for the Amazon EC2 API" (AWSEC2/latest/APIReference/errors-overview.html).
"""

from collections.abc import Mapping
from typing import Any, Final

from ministack.services import autoscaling, ec2

from local.gaps.ec2 import FaultError, Request, answer, existing, guard

type Record = dict[str, Any]

GROUP: Final = "aws:autoscaling:groupName"


def close() -> None:
    reconcile, delete = autoscaling._reconcile_instances, autoscaling._delete_asg

    def reconciled(group: Record) -> None:
        before = {one["InstanceId"] for one in group["Instances"]}
        reconcile(group)
        now = {one["InstanceId"]: one for one in group["Instances"]}
        _terminate(before - now.keys())
        for which in sorted(now.keys() - before):
            _launch(group, now[which])

    def deleted(parameters: Record) -> Any:
        terminate_all(autoscaling._p(parameters, "AutoScalingGroupName"))
        return delete(parameters)

    autoscaling._reconcile_instances = reconciled
    autoscaling._delete_asg = autoscaling._ACTION_MAP["DeleteAutoScalingGroup"] = deleted
    guard("AttachNetworkInterface", lambda request: _require_there(request["InstanceId"]))
    answer("ModifyNetworkInterfaceAttribute", _modify_interface)
    answer("ModifyInstanceAttribute", _modify_instance)


def terminate_all(group: str) -> None:
    """Those of the Auto Scaling group of that name, if there is one."""
    _terminate({one["InstanceId"] for one in autoscaling._asgs.get(group, {}).get("Instances", [])})


def _launch(group: Record, member: Record) -> None:
    """Under the id that the group has for it already."""
    which, data = member["InstanceId"], _template(group)
    subnets = [one for one in group["VPCZoneIdentifier"].split(",") if one]
    if not subnets:
        return
    subnet = ec2._subnets[subnets[group["Instances"].index(member) % len(subnets)]]
    member["AvailabilityZone"] = subnet["AvailabilityZone"]
    wanted: Record = next(iter(data.get("NetworkInterfaces", [])), {})
    hung = wanted.get("Groups") or data.get("SecurityGroupIds") or []
    (made,) = ec2._launch_instances_internal(
        "ami-00000000", data.get("InstanceType", "m5.large"), subnet["SubnetId"], 1, sg_ids=hung
    )
    ec2._instances.pop(made["InstanceId"])
    place = {"AvailabilityZone": subnet["AvailabilityZone"], "Tenancy": "default"}
    ec2._instances[which] = {**made, "InstanceId": which, "Placement": place}
    ec2._tags[which] = [{"Key": GROUP, "Value": group["AutoScalingGroupName"]}, *_tags(data, "instance")]
    _attach(which, subnet, made["SecurityGroups"], _tags(data, "network-interface"))


def _template(group: Record) -> Record:
    """What the group launches, in the version that it names."""
    asked = group.get("LaunchTemplate") or {}
    template = ec2._launch_templates.get(asked.get("LaunchTemplateId"), {})
    number = {
        "$Default": str(template.get("DefaultVersionNumber")),
        "$Latest": str(template.get("LatestVersionNumber")),
    }.get(asked.get("Version", ""), asked.get("Version"))
    versions = (one for one in template.get("Versions", []) if str(one["VersionNumber"]) == number)
    version: Record = next(versions, {})
    data: Record = version.get("LaunchTemplateData", {})
    return data


def _tags(data: Record, kind: str) -> list[Mapping[str, str]]:
    return [
        tag for one in data.get("TagSpecifications", []) if one.get("ResourceType") == kind for tag in one.get("Tags")
    ]


def _attach(which: str, subnet: Record, groups: list[Record], tags: list[Mapping[str, str]]) -> None:
    asked = {"SubnetId": [subnet["SubnetId"]]}
    before = set(ec2._network_interfaces)
    ec2._create_network_interface(asked)
    (interface,) = set(ec2._network_interfaces) - before
    ec2._network_interfaces[interface]["Groups"] = groups
    ec2._attach_network_interface({"NetworkInterfaceId": [interface], "InstanceId": [which], "DeviceIndex": ["0"]})
    ec2._tags[interface] = list(tags)


def _terminate(which: set[str]) -> None:
    for one in which:
        for interface in _of(one):
            ec2._network_interfaces.pop(interface["NetworkInterfaceId"])
            ec2._tags.pop(interface["NetworkInterfaceId"], None)
        ec2._instances.pop(one, None)
        ec2._tags.pop(one, None)


def _of(instance: str) -> list[Record]:
    """The interfaces that are attached to it."""
    return [one for one in ec2._network_interfaces.values() if (one["Attachment"] or {}).get("InstanceId") == instance]


def _require_there(which: str) -> None:
    if which not in ec2._instances:
        raise FaultError("InvalidInstanceID.NotFound", f"The instance ID '{which}' does not exist")


def _modify_interface(request: Request) -> Request:
    _hang(existing(request["NetworkInterfaceId"]), request)
    return {"return": True}


def _modify_instance(request: Request) -> Request:
    which = request["InstanceId"]
    _require_there(which)
    interfaces = _of(which)
    if len(interfaces) != 1:
        said = f"There are multiple interfaces attached to instance '{which}'. Please specify an interface ID"
        raise FaultError("InvalidInstanceID", f"{said} for the operation instead.")
    _hang(interfaces[0], request)
    return {"return": True}


def _hang(interface: Record, request: Request) -> None:
    """The groups that are asked for, and no other attribute: another one is refused rather than forgotten."""
    groups = request.get("SecurityGroupId") or request.get("GroupId") or []
    if not groups:
        raise FaultError("InvalidParameterValue", "Only an interface's groups can be changed here, and to some")
    named = [{"GroupId": one, "GroupName": existing(one)["GroupName"]} for one in groups]
    interface["Groups"] = named
    attached = interface["Attachment"] or {}
    if attached.get("DeviceIndex") == 0:
        ec2._instances[attached["InstanceId"]]["SecurityGroups"] = named
