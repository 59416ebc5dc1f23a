"""Security group rules as values: what is promised, what widens access, what no promise may contain.

One rule is one peer on one range of ports, the granularity of DescribeSecurityGroupRules ("SecurityGroupRule", EC2 API
reference); IpPermissions lists are only how EC2 writes them in bulk.
"""

from typing import Literal

from holdfast.core.resource import Desired, Tagged

type Direction = Literal["ingress", "egress"]

ALL_PROTOCOLS = "-1"
NO_PORTS = -1
"""What EC2 leaves out, and ICMP's word for "all types" or "all codes"."""
ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})


class Rule(Desired, frozen=True, order=True, kw_only=True):
    """``peer`` is a v4 or v6 range, a prefix list (``pl-…``) or a security group (``sg-…``, or a reference to one).

    ``protocol`` is ``tcp``, ``udp``, ``icmp``, ``icmpv6``, ``-1`` for all, or a protocol number. ``from_port`` and
    ``to_port`` are -1 where the protocol has none; for ICMP they are type and code.
    """

    direction: Direction
    protocol: str
    from_port: int
    to_port: int
    peer: str

    def __str__(self) -> str:
        """As on-call says it: ``tcp/22 from 0.0.0.0/0``."""
        way = "from" if self.direction == "ingress" else "to"
        return f"{self.traffic} {way} {self.peer}"

    @property
    def traffic(self) -> str:
        protocol = "all traffic" if self.protocol == ALL_PROTOCOLS else self.protocol
        if self.from_port == NO_PORTS:
            return protocol
        ports = f"{self.from_port}" if self.from_port == self.to_port else f"{self.from_port}-{self.to_port}"
        return f"{protocol}/{ports}"


class SecurityGroupState(Tagged, frozen=True, kw_only=True):
    """``AWS::EC2::SecurityGroup``; ``rules`` in both directions, closed: any other rule is drift."""

    group_name: str
    group_description: str
    vpc_id: str
    rules: frozenset[Rule]


def tcp(direction: Direction, port: int, peer: str, to_port: int | None = None) -> Rule:
    return Rule(direction=direction, protocol="tcp", from_port=port, to_port=to_port or port, peer=peer)


def everything(direction: Direction, peer: str) -> Rule:
    return Rule(direction=direction, protocol=ALL_PROTOCOLS, from_port=NO_PORTS, to_port=NO_PORTS, peer=peer)
