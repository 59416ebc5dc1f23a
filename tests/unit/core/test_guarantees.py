"""No promise may break a guarantee, whoever wrote it into the manifest."""

import msgspec
import pytest

from holdfast.aws.ec2.instance import InstanceState
from holdfast.core.guarantees import refuse_broken_promise
from holdfast.core.manifest import Record
from holdfast.core.resource import Tagged
from holdfast.core.security_group import Rule, SecurityGroupState, everything, tcp
from holdfast.core.trouble import NeedsHuman

NODES, ALB, STRANGER = "sg-000000000000000aa", "sg-000000000000000bb", "sg-000000000000000cc"
V4, V6 = "0.0.0.0/0", "::/0"


def _promise(*rules: Rule, name: str = "atlas-group") -> SecurityGroupState:
    return SecurityGroupState(group_name=name, group_description="d", vpc_id="vpc-1", rules=frozenset(rules))


def _record(group: str, identity: str = "") -> Record:
    physical = {"id": identity} if identity else {}
    return Record(
        environment="atlas", layer="security_groups", name=group, kind="AWS::EC2::SecurityGroup", physical=physical
    )


def _refuse(group: str, promised: Tagged, nodes: str = NODES) -> None:
    records = {record.path: record for record in (_record("nodes", nodes), _record("alb", ALB))}
    refuse_broken_promise(_record(group), promised, records)


KEPT = {
    "HTTPS of the load balancer, v4": ("alb", tcp("ingress", 443, V4)),
    "HTTPS of the load balancer, v6": ("alb", tcp("ingress", 443, V6)),
    "its redirect": ("alb", tcp("ingress", 80, V4)),
    "groups among themselves": ("nodes", everything("ingress", NODES)),
    "nodes into the database": ("database", tcp("ingress", 5432, NODES)),
    "nodes into the file system": ("file_system", tcp("ingress", 2049, NODES)),
    "nodes out to the internet": ("nodes", tcp("egress", 443, V4)),
    "the database's way out is no way in": ("database", tcp("egress", 443, V4)),
}

BROKEN = {
    "SSH to the load balancer": ("alb", tcp("ingress", 22, V4), "tcp/22 from 0.0.0.0/0 opens it to the outside"),
    "a range of ports around HTTPS": ("alb", tcp("ingress", 443, V4, 444), "tcp/443-444"),
    "HTTPS over UDP": (
        "alb",
        Rule(direction="ingress", protocol="udp", from_port=443, to_port=443, peer=V4),
        "udp/443",
    ),
    "all traffic to the load balancer": ("alb", everything("ingress", V4), "all traffic from 0.0.0.0/0"),
    "half of the internet": ("alb", tcp("ingress", 443, "0.0.0.0/1"), "0.0.0.0/1"),
    "HTTPS to the nodes": ("nodes", tcp("ingress", 443, V4), "tcp/443 from 0.0.0.0/0"),
    "a private range is somebody else, too": ("nodes", tcp("ingress", 443, "10.0.0.0/8"), "10.0.0.0/8"),
    "a prefix list can be filled by others": ("nodes", tcp("ingress", 443, "pl-12345678"), "pl-12345678"),
    "the whole v6 internet": ("control_plane", tcp("ingress", 443, V6), "::/0"),
    "a reference that leads nowhere": ("nodes", tcp("ingress", 443, "${security_groups/alb}"), "security_groups/alb"),
    "the load balancer into the database": ("database", tcp("ingress", 5432, ALB), "only the nodes may come in"),
    "a stranger's group into the nodes": ("nodes", tcp("ingress", 443, STRANGER), "opens it to the outside"),
    "a stranger into the file system": ("file_system", tcp("ingress", 2049, STRANGER), "only the nodes may come in"),
}


@pytest.mark.parametrize(("group", "rule"), KEPT.values(), ids=KEPT)
def test_promise_that_keeps_the_guarantees_passes(group: str, rule: Rule) -> None:
    _refuse(group, _promise(rule))


@pytest.mark.parametrize(("group", "rule", "told"), BROKEN.values(), ids=BROKEN)
def test_promise_that_breaks_one_needs_a_human_and_names_the_rule(group: str, rule: Rule, told: str) -> None:
    with pytest.raises(NeedsHuman) as refused:
        _refuse(group, _promise(tcp("egress", 443, V4), rule))
    assert refused.value.what == f"security_groups/{group}"
    assert told in refused.value.why
    assert "CloudTrail" in refused.value.do, "the person must find out who wrote it"


def test_default_group_has_no_rules_at_all() -> None:
    _refuse("default", _promise(name="default"))
    for rule in (tcp("egress", 443, V4), everything("ingress", NODES)):
        with pytest.raises(NeedsHuman, match="default group must have no rules"):
            _refuse("default", _promise(rule, name="default"))


def test_where_the_nodes_are_not_known_nobody_comes_in() -> None:
    with pytest.raises(NeedsHuman, match="only the nodes may come in"):
        _refuse("database", _promise(tcp("ingress", 5432, NODES)), nodes="")


def test_all_that_is_broken_is_named() -> None:
    with pytest.raises(NeedsHuman) as refused:
        _refuse("database", _promise(tcp("ingress", 22, V4), tcp("ingress", 23, V6)))
    assert "tcp/22" in refused.value.why
    assert "tcp/23" in refused.value.why


def _refuse_nodes(groups: list[str], scaling: str) -> None:
    group = Record(
        environment="atlas",
        layer="nodes",
        name="general",
        kind="AWS::EKS::Nodegroup",
        physical={"id": "atlas-general", "AutoScalingGroupName": "eks-atlas"},
    )
    record = Record(environment="atlas", layer="nodes", name="general_instances", kind="AWS::EC2::Instance")
    promised = InstanceState(auto_scaling_group_name=scaling, security_group_ids=frozenset(groups))
    refuse_broken_promise(record, promised, {one.path: one for one in (group, record, _record("nodes", NODES))})


def test_only_the_nodes_own_group_hangs_on_nodes() -> None:
    _refuse_nodes([NODES], "eks-atlas")
    for groups in ([STRANGER], [NODES, STRANGER], [ALB], []):
        with pytest.raises(NeedsHuman, match="other groups than the nodes' own"):
            _refuse_nodes(groups, "eks-atlas")


def test_nobody_else_s_instances_are_nodes() -> None:
    with pytest.raises(NeedsHuman, match="no node group of the environment"):
        _refuse_nodes([NODES], "eks-of-another-team")


def test_promises_of_other_kinds_pass() -> None:
    _refuse("alb", msgspec.convert({}, Tagged))
