"""Rules as EC2 writes them in bulk ("IpPermission", EC2 API reference), to and from the rules we promise.

One IpPermission holds many peers of one range of ports; a rule of ours is one peer. A group of another account reads
``111122223333/sg-…``, as the console writes it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from holdfast.core.security_group import NO_PORTS, Direction, Rule

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionOutputTypeDef, IpPermissionTypeDef, UserIdGroupPairTypeDef

NAMES = {"1": "icmp", "6": "tcp", "17": "udp", "58": "icmpv6"}
"""EC2 knows these protocols by name and answers with the name, whichever was sent."""


def to_rules(direction: Direction, permissions: Sequence["IpPermissionOutputTypeDef"], owner: str) -> Iterator[Rule]:
    """Every rule in ``permissions`` of a group that belongs to the account ``owner``."""
    for permission in permissions:
        protocol = permission["IpProtocol"]
        for peer in _peers(permission, owner):
            yield Rule(
                direction=direction,
                protocol=NAMES.get(protocol, protocol),
                from_port=permission.get("FromPort", NO_PORTS),
                to_port=permission.get("ToPort", NO_PORTS),
                peer=peer,
            )


def to_permissions(rules: Iterable[Rule]) -> list["IpPermissionTypeDef"]:
    """``rules`` of one direction as one list for a single Authorize or Revoke call."""
    return [
        _permission(*ports, [rule.peer for rule in same])
        for ports, same in groupby(sorted(rules), key=lambda rule: (rule.protocol, rule.from_port, rule.to_port))
    ]


def _peers(permission: "IpPermissionOutputTypeDef", owner: str) -> Iterator[str]:
    for v4 in permission.get("IpRanges", []):
        yield v4["CidrIp"]
    for v6 in permission.get("Ipv6Ranges", []):
        yield v6["CidrIpv6"]
    for prefix_list in permission.get("PrefixListIds", []):
        yield prefix_list["PrefixListId"]
    for pair in permission.get("UserIdGroupPairs", []):
        account = pair.get("UserId", owner)
        yield pair["GroupId"] if account == owner else f"{account}/{pair['GroupId']}"


def _permission(protocol: str, from_port: int, to_port: int, peers: list[str]) -> "IpPermissionTypeDef":
    permission: IpPermissionTypeDef = {"IpProtocol": protocol}
    if (from_port, to_port) != (NO_PORTS, NO_PORTS) or protocol in {"icmp", "icmpv6"}:
        permission |= {"FromPort": from_port, "ToPort": to_port}
    if v4 := [peer for peer in peers if "." in peer]:
        permission["IpRanges"] = [{"CidrIp": peer} for peer in v4]
    if v6 := [peer for peer in peers if ":" in peer]:
        permission["Ipv6Ranges"] = [{"CidrIpv6": peer} for peer in v6]
    if lists := [peer for peer in peers if peer.startswith("pl-")]:
        permission["PrefixListIds"] = [{"PrefixListId": peer} for peer in lists]
    if groups := [peer for peer in peers if "sg-" in peer]:
        permission["UserIdGroupPairs"] = [_pair(peer) for peer in groups]
    return permission


def _pair(peer: str) -> "UserIdGroupPairTypeDef":
    account, _, group = peer.rpartition("/")
    return {"GroupId": group, "UserId": account} if account else {"GroupId": group}
