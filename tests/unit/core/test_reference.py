"""References: symbolic in the manifest, answered by what AWS calls the resource, and never guessed."""

from types import MappingProxyType

import pytest

from holdfast.core.reference import references, resolve

PHYSICAL = {
    "network/vpc": {"id": "vpc-1"},
    "keys/data": {"id": "1234", "Arn": "arn:aws:kms:eu-west-1:123456789012:key/1234"},
    "network/odd": {"id": "${keys/data}"},
}

RESOLVED = {
    "the id": ("${network/vpc}", "vpc-1"),
    "an attribute": ("${keys/data.Arn}", "arn:aws:kms:eu-west-1:123456789012:key/1234"),
    "inside a sentence, more than once": ("${network/vpc}/${keys/data}/${network/vpc}", "vpc-1/1234/vpc-1"),
    "in depth": ({"a": [{"b": "${network/vpc}"}]}, {"a": [{"b": "vpc-1"}]}),
    "a tuple is JSON's list": (("${network/vpc}",), ["vpc-1"]),
    "any mapping": (MappingProxyType({"a": "${network/vpc}"}), {"a": "vpc-1"}),
    "a key of a policy's conditions may be one, too": ({"${network/vpc}:sub": 1}, {"vpc-1:sub": 1}),
    "what does not stand yet stays": ("${network/subnet}", "${network/subnet}"),
    "an attribute that AWS has not told stays": ("${network/vpc.Arn}", "${network/vpc.Arn}"),
    "an answer is not read again": ("${network/odd}", "${keys/data}"),
    "CloudFormation's own are not ours": ("${AWS::Region} ${Vpc}", "${AWS::Region} ${Vpc}"),
    "an IAM policy variable is not ours": ("${aws:username}", "${aws:username}"),
    "numbers, yes, no and nothing": ([1, 1.5, True, None], [1, 1.5, True, None]),
}


@pytest.mark.parametrize(("value", "answer"), RESOLVED.values(), ids=RESOLVED)
def test_resolve(value: object, answer: object) -> None:
    assert resolve(value, PHYSICAL) == answer


REFERRED = {
    "none": ({"a": ["b", 1, None]}, set()),
    "an id and an attribute of the same": (["${keys/data}", "${keys/data.Arn}"], {"keys/data"}),
    "in depth": ({"a": ({"b": "x ${network/vpc} y ${keys/data}"},)}, {"network/vpc", "keys/data"}),
    "a policy variable is none": ("${aws:PrincipalArn}", set()),
    "an empty mapping": ({}, set()),
    "nothing": (None, set()),
}


@pytest.mark.parametrize(("value", "paths"), REFERRED.values(), ids=REFERRED)
def test_references(value: object, paths: set[str]) -> None:
    assert references(value) == paths


def test_what_is_resolved_refers_to_nothing_more() -> None:
    value = {"a": "${network/vpc}", "b": ["${keys/data.Arn}", "${network/subnet}"]}
    assert references(resolve(value, PHYSICAL)) == {"network/subnet"}
