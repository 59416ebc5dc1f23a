"""EC2's filters by id, which the emulator overlooks: they narrow the answer, and an id unknown to them is no error.

Promises: a filter by id answers with those of its resources that exist and also pass the other filters. Pages:
DescribeRouteTables, DescribeSecurityGroups, DescribeNetworkAcls, parameter "Filter"
(AWSEC2/latest/APIReference/API_DescribeRouteTables.html and its like).
"""

from typing import Any, Final

from ministack.services import ec2

type Parameters = dict[str, Any]

_BY_ID: Final = {
    "DescribeNetworkAcls": ("network-acl-id", "NetworkAclId", "_network_acls"),
    "DescribeRouteTables": ("route-table-id", "RouteTableId", "_route_tables"),
    "DescribeSecurityGroups": ("group-id", "GroupId", "_security_groups"),
}
_NONE: Final = {"Filter.1.Name": ["vpc-id"], "Filter.1.Value.1": ["vpc-none"]}


def close() -> None:
    for action, (name, member, store) in _BY_ID.items():
        ec2._ACTION_MAP[action] = _asking_by_id(ec2._ACTION_MAP[action], name, member, getattr(ec2, store))


def _asking_by_id(handler: Any, name: str, member: str, store: Any) -> Any:
    """The filter becomes the list of ids that exist; the emulator applies all other filters itself."""

    def asked(parameters: Parameters) -> Any:
        numbers = [key.split(".")[1] for key, value in parameters.items() if key.endswith(".Name") and value == [name]]
        if not numbers:
            return handler(parameters)
        of_filter = f"Filter.{numbers[0]}."
        wanted = [value[0] for key, value in parameters.items() if key.startswith(f"{of_filter}Value.")]
        found = [identity for identity in wanted if identity in store]
        rest = {key: value for key, value in parameters.items() if not key.startswith(of_filter)}
        if not found:
            return handler({"Action": parameters["Action"], **_NONE})
        return handler(rest | {f"{member}.{place}": [identity] for place, identity in enumerate(found, 1)})

    return asked
