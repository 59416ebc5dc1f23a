"""The words around a resource: whose it is, and a change in a sentence."""

import pytest

from holdfast.core.manifest import Record, physical_of
from holdfast.core.resource import Address, Change, as_read_back, lost_our_tag
from holdfast.core.security_group import everything, tcp

SENTENCES = {
    "a member too many": (Change(path="Rules", found="x"), "Rules: x was added"),
    "a member too few": (Change(path="Rules", promised="x"), "Rules: x is missing"),
    "another value": (Change(path="Size", promised=1, found=2), "Size: promised 1, found 2"),
    "a value that is a no": (
        Change(path="Rotation", promised=True, found=False),
        "Rotation: promised true, found false",
    ),
    "a value that is empty": (Change(path="Tags.Name", promised="a", found=""), "Tags.Name: promised a, found "),
    "a rule": (
        Change(path="Rules", found=tcp("ingress", 22, "::/0")),
        'Rules: {"Direction":"ingress","FromPort":22,"Peer":"::/0","Protocol":"tcp","ToPort":22} was added',
    ),
    "a document, in one order": (Change(path="P", promised={"b": 1, "a": 2}), 'P: {"a":2,"b":1} is missing'),
}


@pytest.mark.parametrize(("change", "sentence"), SENTENCES.values(), ids=SENTENCES)
def test_change_is_a_sentence(change: Change, sentence: str) -> None:
    assert str(change) == sentence


def test_address_is_path_and_tags() -> None:
    address = Address("atlas", "network", "vpc")
    assert str(address) == "network/vpc"
    assert address.tags == {
        "holdfast:environment": "atlas",
        "holdfast:layer": "network",
        "holdfast:name": "vpc",
    }


CLAIMS = {
    "whose it is, is gone": (Change(path="Tags.holdfast:environment", promised="atlas"), True),
    "it says that it is another's": (Change(path="Tags.holdfast:environment", promised="atlas", found="evil"), False),
    "another tag is gone": (Change(path="Tags.Name", promised="atlas"), False),
    "no tag at all": (Change(path="Rules", found="x"), False),
}


def test_what_was_read_back_equals_what_was_written() -> None:
    value = {"Groups": ("sg-2", "sg-1"), "Conditions": frozenset({"b", "a"})}
    read = {"Groups": ["sg-2", "sg-1"], "Conditions": ["a", "b"]}
    assert as_read_back(value) == as_read_back(read) == read


@pytest.mark.parametrize(("change", "unclaimed"), CLAIMS.values(), ids=CLAIMS)
def test_unclaimed_is_only_what_lost_the_tag_that_says_whose_it_is(change: Change, unclaimed: bool) -> None:  # noqa: FBT001
    assert lost_our_tag((change,)) is unclaimed


RULES = {
    "one port": (tcp("ingress", 22, "0.0.0.0/0"), "tcp/22 from 0.0.0.0/0"),
    "a range of ports": (tcp("egress", 1024, "pl-1", 65535), "tcp/1024-65535 to pl-1"),
    "everything": (everything("ingress", "sg-1"), "all traffic from sg-1"),
}


@pytest.mark.parametrize(("rule", "sentence"), RULES.values(), ids=RULES)
def test_rule_is_a_phrase(rule: object, sentence: str) -> None:
    assert str(rule) == sentence


def test_builder_works_towards_next_while_there_is_one() -> None:
    record = Record(environment="atlas", layer="network", name="vpc", kind="AWS::EC2::VPC")
    assert record.target == {}, "a record that says nothing asks for nothing"
    promised: dict[str, object] = {"CidrBlock": "10.20.0.0/16"}
    assert Record(environment="e", layer="l", name="n", kind="k", desired=promised).target == promised
    assert Record(environment="e", layer="l", name="n", kind="k", desired=promised, next={}).target == {}


def test_only_what_stands_has_a_physical_id() -> None:
    stands = Record(environment="e", layer="l", name="a", kind="k", physical={"id": "1"})
    not_yet = Record(environment="e", layer="l", name="b", kind="k")
    assert physical_of({"l/a": stands, "l/b": not_yet}) == {"l/a": {"id": "1"}}
