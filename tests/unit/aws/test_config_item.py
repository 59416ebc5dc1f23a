"""AWS Config's picture of a group, read as the group itself would be."""

from typing import Any

import msgspec
import pytest

from holdfast.aws.ec2.config_item import ConfigItem
from holdfast.core.security_group import Rule, everything, tcp

OWNER, OTHER = "123456789012", "210987654321"


def picture(**more: Any) -> dict[str, Any]:
    return {
        "groupName": "atlas-alb",
        "description": "Users",
        "groupId": "sg-0123456789abcdef0",
        "ownerId": OWNER,
        "vpcId": "vpc-1",
        "ipPermissions": [],
        "ipPermissionsEgress": [],
        "tags": [{"key": "holdfast:environment", "value": "atlas"}],
    } | more


def permission(**more: Any) -> dict[str, Any]:
    return {"ipProtocol": "tcp", "fromPort": 22, "toPort": 22} | more


RULES: dict[str, tuple[dict[str, Any], Rule]] = {
    "v4, twice as Config writes it": (
        permission(ipv4Ranges=[{"cidrIp": "0.0.0.0/0"}], ipRanges=["0.0.0.0/0"]),
        tcp("ingress", 22, "0.0.0.0/0"),
    ),
    "v4 as EC2 writes it": (permission(ipRanges=[{"cidrIp": "10.0.0.0/8"}]), tcp("ingress", 22, "10.0.0.0/8")),
    "v6": (permission(ipv6Ranges=[{"cidrIpv6": "::/0"}]), tcp("ingress", 22, "::/0")),
    "a prefix list": (permission(prefixListIds=[{"prefixListId": "pl-12345678"}]), tcp("ingress", 22, "pl-12345678")),
    "a group": (
        permission(userIdGroupPairs=[{"groupId": "sg-00000001", "userId": OWNER}]),
        tcp("ingress", 22, "sg-00000001"),
    ),
    "a stranger's group": (
        permission(userIdGroupPairs=[{"groupId": "sg-00000001", "userId": OTHER}]),
        tcp("ingress", 22, f"{OTHER}/sg-00000001"),
    ),
    "all traffic, which has no ports": (
        {"ipProtocol": "-1", "fromPort": None, "ipv4Ranges": [{"cidrIp": "0.0.0.0/0"}]},
        everything("ingress", "0.0.0.0/0"),
    ),
}


@pytest.mark.parametrize(("shown", "rule"), RULES.values(), ids=RULES)
def test_every_kind_of_rule_is_read(shown: dict[str, Any], rule: Rule) -> None:
    state = msgspec.convert(picture(ipPermissions=[shown]), ConfigItem).state
    assert state.rules == {rule}
    assert (state.group_name, state.vpc_id, state.tags) == ("atlas-alb", "vpc-1", {"holdfast:environment": "atlas"})


@pytest.mark.parametrize("lacks", ["ipPermissions", "ipPermissionsEgress", "tags", "ownerId", "vpcId", "groupName"])
def test_half_a_picture_shows_nothing(lacks: str) -> None:
    half = {key: value for key, value in picture().items() if key != lacks}
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(half, ConfigItem)
