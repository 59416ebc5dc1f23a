"""Security groups: every kind of rule is seen, put in and taken out; what widens access goes first."""

import pytest

from holdfast.aws.clients import Clients
from holdfast.core.reconcile import check
from holdfast.core.resource import Change
from holdfast.core.security_group import Direction, Rule, SecurityGroupState, tcp
from tests.support.calls import Calls
from tests.unit.aws.specimens import TAGS
from tests.unit.aws.specimens.ec2 import vpc
from tests.unit.aws.subject import Subject

TRAFFIC = {
    "a port": ("tcp", 22, 22),
    "a range of ports": ("udp", 1024, 65535),
    "all traffic": ("-1", -1, -1),
    "ICMP of a type and code": ("icmp", 3, 4),
    "ICMP of a type": ("icmp", 8, -1),
    "all ICMP": ("icmp", -1, -1),
    "all ICMPv6": ("icmpv6", -1, -1),
    "a protocol by number": ("50", -1, -1),
}
PEERS = {
    "a v4 range": "10.0.0.0/8",
    "the v4 internet": "0.0.0.0/0",
    "a v6 range": "2001:db8::/32",
    "the v6 internet": "::/0",
    "a prefix list": "a prefix list",
    "another group": "another group",
    "itself": "itself",
}
RULES = [
    *(pytest.param(traffic, "10.0.0.0/8", id=name) for name, traffic in TRAFFIC.items()),
    *(pytest.param(("tcp", 22, 22), peer, id=f"a port, {name}") for name, peer in PEERS.items()),
]


@pytest.mark.parametrize("direction", ["ingress", "egress"])
@pytest.mark.parametrize(("traffic", "peer"), RULES)
def test_rule_is_seen_put_in_and_taken_out(
    clients: Clients, direction: Direction, traffic: tuple[str, int, int], peer: str
) -> None:
    subject = _group(clients)
    protocol, low, high = traffic
    named = _peer(clients, subject, peer)
    rule = Rule(direction=direction, protocol=protocol, from_port=low, to_port=high, peer=named)
    for promised, change in (({rule}, Change(path="Rules", promised=rule)), (set(), Change(path="Rules", found=rule))):
        _promise(subject, promised)
        assert check(subject.resource).drift == (change,)
        subject.bring_back()
        assert check(subject.resource).holds


def test_what_was_added_goes_before_what_is_missing_comes_back(clients: Clients, calls: Calls) -> None:
    subject = _group(clients)
    _promise(subject, {tcp("ingress", 22, "0.0.0.0/0"), tcp("ingress", 23, "::/0"), tcp("egress", 25, "0.0.0.0/0")})
    subject.bring_back()
    _promise(subject, {tcp("ingress", 443, "0.0.0.0/0"), tcp("ingress", 443, "::/0"), tcp("egress", 53, "10.0.0.0/8")})
    calls.forget()
    subject.bring_back()
    assert calls.mutating == [
        "ec2.RevokeSecurityGroupIngress",
        "ec2.RevokeSecurityGroupEgress",
        "ec2.AuthorizeSecurityGroupIngress",
        "ec2.AuthorizeSecurityGroupEgress",
    ], "one call a verb and direction, however many rules, and access narrowed first"


def test_rule_that_someone_else_restored_meanwhile_is_no_failure(clients: Clients) -> None:
    subject = _group(clients)
    _promise(subject, {tcp("ingress", 443, "0.0.0.0/0")})
    observed, drift = check(subject.resource)
    assert observed is not None
    subject.resource.update(observed, drift)
    subject.resource.update(observed, drift)
    assert check(subject.resource).holds


def test_rule_rewritten_in_place_is_brought_back(clients: Clients) -> None:
    subject = _group(clients)
    _promise(subject, {tcp("ingress", 443, "10.0.0.0/8")})
    subject.bring_back()
    group = subject.physical["id"]
    rule = clients.ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])
    clients.ec2.modify_security_group_rules(
        GroupId=group,
        SecurityGroupRules=[
            {
                "SecurityGroupRuleId": rule["SecurityGroupRules"][0]["SecurityGroupRuleId"],
                "SecurityGroupRule": {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "CidrIpv4": "0.0.0.0/0"},
            }
        ],
    )
    assert len(check(subject.resource).drift) == 2, "one rule too many, one missing"
    subject.bring_back()
    assert check(subject.resource).holds


def test_default_group_is_emptied_and_tagged_as_ours(clients: Clients) -> None:
    promised = SecurityGroupState(
        group_name="default",
        group_description="default VPC security group",
        vpc_id=vpc(clients),
        rules=frozenset(),
        tags=TAGS,
    )
    subject = Subject(clients, "AWS::EC2::SecurityGroup", promised)
    subject.bring_back()
    group = clients.ec2.describe_security_groups(GroupIds=[subject.physical["id"]])["SecurityGroups"][0]
    assert (group["IpPermissions"], group["IpPermissionsEgress"]) == ([], [])
    assert {"Key": "holdfast:environment", "Value": "atlas"} in group["Tags"]


def _group(clients: Clients) -> Subject:
    """A group without rules."""
    promised = SecurityGroupState(
        group_name="atlas-group",
        group_description="Whatever a test promises",
        # moto takes v6 rules out of groups only where the VPC has a v6 range; EC2 does not ask.
        vpc_id=clients.ec2.create_vpc(CidrBlock="10.20.0.0/16", AmazonProvidedIpv6CidrBlock=True)["Vpc"]["VpcId"],
        rules=frozenset(),
        tags=TAGS,
    )
    subject = Subject(clients, "AWS::EC2::SecurityGroup", promised)
    subject.bring_back()
    return subject


def _promise(subject: Subject, rules: set[Rule]) -> None:
    subject.change_promise(rules=frozenset(rules))


def _peer(clients: Clients, subject: Subject, peer: str) -> str:
    match peer:
        case "a prefix list":
            made = clients.ec2.create_managed_prefix_list(
                PrefixListName="offices", MaxEntries=5, AddressFamily="IPv4", Entries=[{"Cidr": "192.0.2.0/24"}]
            )
            return made["PrefixList"]["PrefixListId"]
        case "another group":
            network = clients.ec2.describe_security_groups(GroupIds=[subject.physical["id"]])["SecurityGroups"][0]
            return clients.ec2.create_security_group(
                GroupName="another", Description="Another", VpcId=network["VpcId"]
            )["GroupId"]
        case "itself":
            return subject.physical["id"]
        case _:
            return peer
