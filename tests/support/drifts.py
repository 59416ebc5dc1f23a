"""Drifts of security groups as a person makes them: a line each, of moves that are an EC2 call each.

A peer is a v4 or v6 range, or a name: one of the environment's groups, ``stranger`` (a group in the same VPC that is
not ours) or ``prefixes`` (a managed prefix list).
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

ANYWHERE: Final = "0.0.0.0/0"
ANYWHERE_V6: Final = "::/0"
QUOTA: Final = 60
"""Rules that a group may have in one direction ("Amazon VPC quotas")."""
ENVIRONMENT, LAYER, NAME = "holdfast:environment", "holdfast:layer", "holdfast:name"


class Hands(NamedTuple):
    """Somebody's, on ``group``; ``ids`` are those of the peers that have a name."""

    ec2: "EC2Client"
    group: str
    ids: Mapping[str, str]

    def change(self, verb: str, direction: str, permission: dict[str, Any]) -> None:
        call = getattr(self.ec2, f"{verb}_security_group_{direction}")
        call(GroupId=self.group, IpPermissions=[permission])


type Move = Callable[[Hands], None]


class Drift(NamedTuple):
    what: str
    group: str
    moves: tuple[Move, ...]

    def make(self, hands: Hands) -> None:
        for move in self.moves:
            move(hands)


def opened(direction: str, protocol: str, ports: tuple[int, int] | None, *peers: str) -> Move:
    return lambda hands: hands.change("authorize", direction, _permission(hands, protocol, ports, peers))


def closed(direction: str, protocol: str, ports: tuple[int, int] | None, *peers: str) -> Move:
    return lambda hands: hands.change("revoke", direction, _permission(hands, protocol, ports, peers))


def opened_many(direction: str, count: int) -> Move:
    return opened(direction, "tcp", (22, 22), *(f"198.51.100.{number}/32" for number in range(count)))


def exchanged_for_a_full_quota(direction: str, protocol: str, ports: tuple[int, int], *peers: str) -> Move:
    """A rule of ours out, the quota full of others; again, if a restoration came in between the two calls."""
    out, fill = closed(direction, protocol, ports, *peers), opened_many(direction, QUOTA)

    def move(hands: Hands) -> None:
        for _ in range(20):
            try:
                out(hands)
                fill(hands)
            except ClientError as error:
                if error.response["Error"]["Code"] != "RulesPerSecurityGroupLimitExceeded":
                    raise
            else:
                return
        raise AssertionError("twenty times the restoration was faster than two calls in a row")

    return move


def rewritten(ports: tuple[int, int], peer: str) -> Move:
    """One of the group's own TCP rules turned into another, under the same rule id."""

    def move(hands: Hands) -> None:
        own = hands.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [hands.group]}])
        rule = next(rule for rule in own["SecurityGroupRules"] if not rule["IsEgress"] and rule["IpProtocol"] == "tcp")
        low, high = ports
        hands.ec2.modify_security_group_rules(
            GroupId=hands.group,
            SecurityGroupRules=[
                {
                    "SecurityGroupRuleId": rule["SecurityGroupRuleId"],
                    "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": low, "ToPort": high, "CidrIpv4": peer},
                }
            ],
        )

    return move


def stripped(*keys: str) -> Move:
    def move(hands: Hands) -> None:
        hands.ec2.delete_tags(Resources=[hands.group], Tags=[{"Key": key} for key in keys])

    return move


def tagged(key: str, value: str) -> Move:
    def move(hands: Hands) -> None:
        hands.ec2.create_tags(Resources=[hands.group], Tags=[{"Key": key, "Value": value}])

    return move


def _permission(hands: Hands, protocol: str, ports: tuple[int, int] | None, peers: tuple[str, ...]) -> dict[str, Any]:
    permission: dict[str, Any] = {"IpProtocol": protocol}
    if ports is not None:
        permission["FromPort"], permission["ToPort"] = ports
    for peer in peers:
        identity = hands.ids.get(peer, peer)
        field, key = _field(identity)
        permission.setdefault(field, []).append({key: identity})
    return permission


def _field(identity: str) -> tuple[str, str]:
    if identity.startswith("sg-"):
        return "UserIdGroupPairs", "GroupId"
    if identity.startswith("pl-"):
        return "PrefixListIds", "PrefixListId"
    return ("Ipv6Ranges", "CidrIpv6") if ":" in identity else ("IpRanges", "CidrIp")


SSH = (22, 22)
SSH_FROM_ANYWHERE: Final = opened("ingress", "tcp", SSH, ANYWHERE)

DRIFTS: Final = (
    Drift("IPv4", "alb", (SSH_FROM_ANYWHERE,)),
    Drift("IPv6", "nodes", (opened("ingress", "tcp", SSH, ANYWHERE_V6),)),
    Drift("a prefix list", "database", (opened("ingress", "tcp", (5432, 5432), "prefixes"),)),
    Drift("a group of ours", "file_system", (opened("ingress", "tcp", (2049, 2049), "alb"),)),
    Drift("another's group", "control_plane", (opened("ingress", "tcp", (443, 443), "stranger"),)),
    Drift("all protocols", "kubernetes", (opened("ingress", "-1", None, ANYWHERE),)),
    Drift("the default group, in", "default", (opened("ingress", "tcp", (0, 65535), ANYWHERE),)),
    Drift("UDP", "alb", (opened("ingress", "udp", (53, 53), ANYWHERE),)),
    Drift("ICMP, one type and code", "nodes", (opened("ingress", "icmp", (3, 4), ANYWHERE),)),
    Drift("ICMPv6", "database", (opened("ingress", "icmpv6", (-1, -1), ANYWHERE_V6),)),
    Drift("a protocol by number", "file_system", (opened("ingress", "50", None, ANYWHERE),)),
    Drift("a range split in two", "control_plane", (opened("ingress", "tcp", SSH, "0.0.0.0/1", "128.0.0.0/1"),)),
    Drift("our egress removed", "kubernetes", (closed("egress", "tcp", (443, 443), ANYWHERE),)),
    Drift("the default group, out", "default", (opened("egress", "-1", None, ANYWHERE),)),
    Drift("our rule removed from alb", "alb", (closed("ingress", "tcp", (443, 443), ANYWHERE),)),
    Drift("our rule removed from nodes", "nodes", (closed("ingress", "-1", None, "nodes"),)),
    Drift("our only rule removed from database", "database", (closed("ingress", "tcp", (5432, 5432), "nodes"),)),
    Drift("our only rule removed from file_system", "file_system", (closed("ingress", "tcp", (2049, 2049), "nodes"),)),
    Drift("our rule removed from control_plane", "control_plane", (closed("ingress", "tcp", (443, 443), "nodes"),)),
    Drift(
        "tags stripped, then opened",
        "kubernetes",
        (stripped(ENVIRONMENT, LAYER, NAME), opened("ingress", "tcp", SSH, ANYWHERE)),
    ),
    Drift("the default group, many rules", "default", (opened_many("ingress", 50),)),
    Drift("all egress", "alb", (opened("egress", "-1", None, ANYWHERE),)),
    Drift(
        "in and out, added and removed",
        "nodes",
        (
            SSH_FROM_ANYWHERE,
            opened("egress", "udp", (53, 53), ANYWHERE, ANYWHERE_V6),
            closed("ingress", "tcp", (30443, 30443), "alb"),
            closed("egress", "tcp", (5432, 5432), "database"),
        ),
    ),
    Drift("egress where none was", "database", (opened("egress", "tcp", (443, 443), ANYWHERE),)),
    Drift(
        "the quota full, ours gone",
        "file_system",
        (exchanged_for_a_full_quota("ingress", "tcp", (2049, 2049), "nodes"),),
    ),
    Drift("a tag's value changed", "control_plane", (tagged(ENVIRONMENT, "another"),)),
    Drift("one tag stripped", "kubernetes", (stripped(LAYER),)),
    Drift("the default group, its tags stripped", "default", (stripped(ENVIRONMENT, LAYER, NAME),)),
    Drift("rewritten in place", "alb", (rewritten((0, 65535), ANYWHERE),)),
)
