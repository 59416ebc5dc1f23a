"""Rules to IpPermissions and back: what EC2 answers about the rules we sent is the rules we sent."""

from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING, Final

from hypothesis import given
from hypothesis import strategies as st

from holdfast.aws.ec2.ip_permissions import to_permissions, to_rules
from holdfast.core.security_group import Rule

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionOutputTypeDef, IpPermissionTypeDef

OWNER: Final = "123456789012"
NO_PORTS: Final = (-1, -1)

v4 = st.ip_addresses(v=4).flatmap(
    lambda address: st.integers(0, 32).map(lambda bits: str(IPv4Network((address, bits), strict=False)))
)
v6 = st.ip_addresses(v=6).flatmap(
    lambda address: st.integers(0, 128).map(lambda bits: str(IPv6Network((address, bits), strict=False)))
)
hexadecimal = st.text("0123456789abcdef", min_size=17, max_size=17)
groups = hexadecimal.map(lambda digits: f"sg-{digits}")
peers = st.one_of(
    v4, v6, groups, groups.map(lambda group: f"111122223333/{group}"), hexadecimal.map(lambda digits: f"pl-{digits}")
)
ports = st.integers(0, 65535)
port_ranges = st.tuples(ports, ports).map(sorted).map(tuple)
icmp = st.tuples(st.integers(-1, 255), st.integers(-1, 255))
traffic = st.one_of(
    st.tuples(st.sampled_from(["tcp", "udp"]), port_ranges),
    st.tuples(st.sampled_from(["icmp", "icmpv6"]), icmp),
    st.tuples(st.just("-1"), st.just(NO_PORTS)),
    st.tuples(st.sampled_from(["50", "51", "112"]), st.just(NO_PORTS)),
)
rules = st.builds(
    lambda flow, peer: Rule(direction="ingress", protocol=flow[0], from_port=flow[1][0], to_port=flow[1][1], peer=peer),
    traffic,
    peers,
)


@given(st.frozensets(rules, max_size=30))
def test_what_ec2_answers_is_what_we_sent(promised: frozenset[Rule]) -> None:
    answer = [answered(permission) for permission in to_permissions(promised)]
    assert frozenset(to_rules("ingress", answer, OWNER)) == promised


@given(st.frozensets(rules, min_size=1, max_size=30))
def test_one_permission_a_range_of_ports(promised: frozenset[Rule]) -> None:
    sent = to_permissions(promised)
    spoken_of = {(one["IpProtocol"], one.get("FromPort"), one.get("ToPort")) for one in sent}
    assert len(spoken_of) == len(sent), "EC2 merges such permissions; sent apart they would be counted twice"


def answered(sent: "IpPermissionTypeDef") -> "IpPermissionOutputTypeDef":
    """``sent`` as DescribeSecurityGroups gives it back: all lists there, and the account of each group named."""
    answer: IpPermissionOutputTypeDef = {
        "IpProtocol": sent["IpProtocol"],
        "IpRanges": [{"CidrIp": one["CidrIp"], "Description": "a note"} for one in sent.get("IpRanges", [])],
        "Ipv6Ranges": [{"CidrIpv6": one["CidrIpv6"]} for one in sent.get("Ipv6Ranges", [])],
        "PrefixListIds": [{"PrefixListId": one["PrefixListId"]} for one in sent.get("PrefixListIds", [])],
        "UserIdGroupPairs": [
            {"GroupId": one["GroupId"], "UserId": one.get("UserId", OWNER)} for one in sent.get("UserIdGroupPairs", [])
        ],
    }
    if "FromPort" in sent:
        answer |= {"FromPort": sent["FromPort"], "ToPort": sent["ToPort"]}
    return answer
