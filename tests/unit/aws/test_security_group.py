"""Security groups: every kind of rule is seen, taken away and put back; the default group stays empty."""

import pytest

from holdfast.aws.clients import Clients
from holdfast.core.reconcile import check
from holdfast.core.security_group import Direction, Rule, SecurityGroupState
from tests.support.calls import Calls
from tests.unit.aws.specimens import TAGS
from tests.unit.aws.specimens.ec2 import vpc
from tests.unit.aws.subject import Subject

KIND = "AWS::EC2::SecurityGroup"
TRAFFIC = {
    "a port": ("tcp", 22, 22),
    "a range of ports": ("udp", 1024, 65535),
    "all traffic": ("-1", -1, -1),
    "ICMP echo": ("icmp", 8, -1),
    "all ICMP": ("icmp", -1, -1),
    "ICMPv6": ("icmpv6", -1, -1),
    "a protocol by number": ("50", -1, -1),
}
PEERS = {
    "a v4 range": "10.0.0.0/8",
    "the v4 internet": "0.0.0.0/0",
    "the v6 internet": "::/0",
    "a v6 range": "2001:db8::/32",
    "a prefix list": "prefix list",
    "another group": "another group",
    "itself": "itself",
}

every_rule = pytest.mark.parametrize(
    ("traffic", "peer"),
    [
        *(pytest.param(traffic, "10.0.0.0/8", id=name) for name, traffic in TRAFFIC.items()),
        *(pytest.param(("tcp", 22, 22), peer, id=f"from {name}") for name, peer in PEERS.items()),
    ],
)
directions = pytest.mark.parametrize("direction", ["ingress", "egress"])


@directions
@every_rule
def test_rule_is_put_back(clients: Clients, direction: Direction, traffic: tuple[str, int, int], peer: str) -> None:
    network = vpc(clients)
    rule = _rule(direction, traffic, _peer(clients, network, peer))
    subject = _standing(clients, network, frozenset({rule}))
    if rule.peer == "itself":
        return
    subject.resource.update(*_without_promise(clients, subject))
    assert check(subject.resource).drift != ()

    subject.bring_back()
    assert check(subject.resource).holds
