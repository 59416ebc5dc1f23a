"""EC2's filters by id, which the emulator overlooks: they narrow the answer, and an id unknown to them is no error.

Promises: a filter by id, or by the subnet that a network ACL stands before, answers with those of its resources that
exist and also pass the other filters. Pages: DescribeRouteTables, DescribeSecurityGroups, DescribeNetworkAcls,
parameter "Filter" (AWSEC2/latest/APIReference/API_DescribeRouteTables.html and its like).
"""

from collections.abc import Callable
from typing import Any, Final

from ministack.services import ec2

type Parameters = dict[str, Any]
type Ids = Callable[[list[str]], list[str]]

_BY_ID: Final = (
    ("DescribeNetworkAcls", "network-acl-id", "NetworkAclId", "_network_acls"),
    ("DescribeRouteTables", "route-table-id", "RouteTableId", "_route_tables"),
    ("DescribeSecurityGroups", "group-id", "GroupId", "_security_groups"),
)
_NONE: Final = {"Filter.1.Name": ["vpc-id"], "Filter.1.Value.1": ["vpc-none"]}


def close() -> None:
    for action, name, member, store in _BY_ID:
        ec2._ACTION_MAP[action] = _asking_by_id(action, name, member, _those_of(getattr(ec2, store)))
    ec2._ACTION_MAP["DescribeNetworkAcls"] = _asking_by_id(
        "DescribeNetworkAcls", "association.subnet-id", "NetworkAclId", _before
    )


def _those_of(store: Any) -> Ids:
    return lambda wanted: [identity for identity in wanted if identity in store]


def _before(subnets: list[str]) -> list[str]:
    """The network ACLs before the subnets."""
    return [
        acl["NetworkAclId"]
        for acl in ec2._network_acls.values()
        if any(one["SubnetId"] in subnets for one in acl["Associations"])
    ]


def _asking_by_id(action: str, name: str, member: str, ids: Ids) -> Any:
    """The filter becomes the list of ids that exist; the emulator applies all other filters itself."""
    handler = ec2._ACTION_MAP[action]

    def asked(parameters: Parameters) -> Any:
        numbers = [key.split(".")[1] for key, value in parameters.items() if key.endswith(".Name") and value == [name]]
        if not numbers:
            return handler(parameters)
        of_filter = f"Filter.{numbers[0]}."
        found = ids([value[0] for key, value in parameters.items() if key.startswith(f"{of_filter}Value.")])
        rest = {key: value for key, value in parameters.items() if not key.startswith(of_filter)}
        if not found:
            return handler({"Action": parameters["Action"], **_NONE})
        return handler(rest | {f"{member}.{place}": [identity] for place, identity in enumerate(found, 1)})

    return asked
