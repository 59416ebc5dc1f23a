"""EC2's DHCP option sets: the one that AWS gives every VPC of a Region is there, and filters find it.

Page: "DHCP option sets in Amazon VPC" (vpc/latest/userguide/VPC_DHCP_Options.html), "DescribeDhcpOptions"
(AWSEC2/latest/APIReference/API_DescribeDhcpOptions.html).
"""

from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services import ec2

from local.gaps.ec2 import Request, answer, guard, refuse_filters, tag_set

type Record = dict[str, Any]

_DEFAULT: Final = "dopt-00000001"
"""What the emulator calls the set of each new VPC, and does not show."""
_FILTERS: Final = frozenset({"dhcp-options-id", "key", "tag-key", "value"})


def close() -> None:
    answer("DescribeDhcpOptions", _describe)
    guard("AssociateDhcpOptions", lambda _: _have_the_default_one())


def _describe(request: Request) -> Request:
    refuse_filters(request, _FILTERS)
    _have_the_default_one()
    asked = request.get("DhcpOptionsId", [])
    sets = [one for one in ec2._dhcp_options.values() if not asked or one["DhcpOptionsId"] in asked]
    filters = {each["Name"]: each.get("Value", []) for each in request.get("Filter", [])}
    found = [
        one
        for one in sets
        if all(_values(one, name) & set(values) for name, values in filters.items() if name in _FILTERS)
        and ec2._resource_matches_tag_filters(one["DhcpOptionsId"], filters)
    ]
    return {"dhcpOptionsSet": [_shown(one) for one in found]}


def _have_the_default_one() -> None:
    if _DEFAULT not in ec2._dhcp_options:
        domain = "ec2.internal" if get_region() == "us-east-1" else f"{get_region()}.compute.internal"
        ec2._dhcp_options[_DEFAULT] = {
            "DhcpOptionsId": _DEFAULT,
            "DhcpConfigurations": [
                {"Key": "domain-name", "Values": [domain]},
                {"Key": "domain-name-servers", "Values": ["AmazonProvidedDNS"]},
            ],
            "OwnerId": get_account_id(),
        }


def _values(options: Record, name: str) -> set[str]:
    match name:
        case "dhcp-options-id":
            return {options["DhcpOptionsId"]}
        case "key":
            return {one["Key"] for one in options["DhcpConfigurations"]}
        case "value":
            return {value for one in options["DhcpConfigurations"] for value in one["Values"]}
        case _:
            return {tag["Key"] for tag in ec2._tags.get(options["DhcpOptionsId"], [])}


def _shown(options: Record) -> Request:
    return {
        "dhcpOptionsId": options["DhcpOptionsId"],
        "dhcpConfigurationSet": [
            {"key": one["Key"], "valueSet": [{"value": value} for value in one["Values"]]}
            for one in options["DhcpConfigurations"]
        ],
        "ownerId": options["OwnerId"],
        "tagSet": tag_set(options["DhcpOptionsId"]),
    }
