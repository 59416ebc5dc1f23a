"""EC2's network interfaces: found by their filters, tagged as they are made, kept while they are attached.

Pages: CreateNetworkInterface, DescribeNetworkInterfaces, DeleteNetworkInterface
(AWSEC2/latest/APIReference/API_DescribeNetworkInterfaces.html and its like), "Error codes for the Amazon EC2 API"
(AWSEC2/latest/APIReference/errors-overview.html).
"""

import re
from typing import Any, Final

from ministack.services import ec2

from local.gaps.ec2 import FaultError, Request, existing, guard, refuse_filters, structured, tags, then

_FILTERS: Final = {
    "description": "Description",
    "network-interface-id": "NetworkInterfaceId",
    "status": "Status",
    "subnet-id": "SubnetId",
    "vpc-id": "VpcId",
}
_NONE: Final = "<networkInterfaceSet/>"


def close() -> None:
    then("CreateNetworkInterface", _tag)
    guard("DeleteNetworkInterface", _check_detached)
    ec2._ACTION_MAP["DescribeNetworkInterfaces"] = _filtering(ec2._ACTION_MAP["DescribeNetworkInterfaces"])
    guard(
        "DescribeNetworkInterfaces",
        lambda request: refuse_filters(request, frozenset(_FILTERS) | {"attachment.instance-id", "tag-key"}),
    )


def _tag(request: Request, answered: str) -> None:
    which = re.findall(r"<networkInterfaceId>(eni-\w+)<", answered)[0]
    ec2._tags[which] = tags(request, "network-interface")


def _check_detached(request: Request) -> None:
    which = request["NetworkInterfaceId"]
    if existing(which)["Status"] != "available":
        raise FaultError("InvalidNetworkInterface.InUse", f"Network interface '{which}' is currently in use.")


def _filtering(handler: Any) -> Any:
    """The filters become the list of ids that pass them: the emulator knows only those."""

    def filtered(parameters: dict[str, Any]) -> Any:
        request = structured(parameters)
        filters = request.get("Filter", [])
        if not filters:
            return handler(parameters)
        asked = request.get("NetworkInterfaceId") or list(ec2._network_interfaces)
        passing = [which for which in asked if all(_passes(which, each) for each in filters)]
        if not passing:
            return ec2._xml(200, "DescribeNetworkInterfacesResponse", _NONE)
        named = {f"NetworkInterfaceId.{place}": [which] for place, which in enumerate(passing, 1)}
        return handler({"Action": parameters["Action"], **named})

    return filtered


def _passes(which: str, condition: Request) -> bool:
    name, values = condition["Name"], condition.get("Value", [])
    carried = {tag["Key"]: tag["Value"] for tag in ec2._tags.get(which, [])}
    if name.startswith("tag:"):
        return carried.get(name.removeprefix("tag:")) in values
    if name == "tag-key":
        return bool(carried.keys() & set(values))
    if name == "attachment.instance-id":
        return (existing(which)["Attachment"] or {}).get("InstanceId") in values
    return existing(which)[_FILTERS[name]] in values
