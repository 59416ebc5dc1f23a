"""Security group rules of every kind that EC2 knows ("SecurityGroupRule", EC2 API reference), for Hypothesis."""

from typing import Final

from hypothesis import strategies as st

from holdfast.core.security_group import Direction, Rule, SecurityGroupState

PEERS: Final = (
    "0.0.0.0/0",
    "10.0.0.0/8",
    "203.0.113.7/32",
    "::/0",
    "2001:db8::/64",
    "pl-0123456789abcdef0",
    "sg-0123456789abcdef0",
    "sg-0000beef",
)
PORTS = st.integers(0, 65535)
DIRECTIONS: Final[tuple[Direction, ...]] = ("ingress", "egress")


@st.composite
def _traffic(draw: st.DrawFn) -> tuple[str, int, int]:
    """Protocol and ports, or ICMP's type and code."""
    match draw(st.sampled_from(["ports", "icmp", "all", "number"])):
        case "ports":
            low, high = sorted((draw(PORTS), draw(PORTS)))
            return draw(st.sampled_from(["tcp", "udp"])), low, high
        case "icmp":
            kind = draw(st.integers(-1, 255))
            return draw(st.sampled_from(["icmp", "icmpv6"])), kind, draw(st.integers(-1, 255)) if kind >= 0 else -1
        case "all":
            return "-1", -1, -1
        case _:
            return str(draw(st.sampled_from([2, 47, 50, 51, 112, 254]))), -1, -1


rules = st.builds(
    lambda direction, traffic, peer: Rule(
        direction=direction, protocol=traffic[0], from_port=traffic[1], to_port=traffic[2], peer=peer
    ),
    st.sampled_from(DIRECTIONS),
    _traffic(),
    st.sampled_from(PEERS),
)
rule_sets = st.frozensets(rules, max_size=6)
tags = st.dictionaries(
    st.sampled_from(["holdfast:environment", "holdfast:name", "Name", "Name.2", "team"]),
    st.sampled_from(["", "atlas", "alb", "evil"]),
)
states = st.builds(
    SecurityGroupState,
    group_name=st.sampled_from(["atlas-alb", "other"]),
    group_description=st.sampled_from(["Users", "other"]),
    vpc_id=st.sampled_from(["vpc-1", "vpc-2"]),
    rules=rule_sets,
    tags=tags,
)
