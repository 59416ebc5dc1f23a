"""What a concern looks for, and which drift opens access."""

import pytest

from holdfast.core.concerns.security_groups import SECURITY_GROUPS
from holdfast.core.resource import Change
from holdfast.core.security_group import tcp

RULE = tcp("ingress", 22, "0.0.0.0/0")
DRIFTS = {
    "a rule too many": (Change(path="Rules", found=RULE), True),
    "a rule too many, out": (Change(path="Rules", found=tcp("egress", 22, "0.0.0.0/0")), True),
    "a rule too few": (Change(path="Rules", promised=RULE), False),
    "a tag": (Change(path="Tags.holdfast:name", promised="alb"), False),
    "another's tag": (Change(path="Tags.holdfast:environment", promised="atlas", found="evil"), False),
}


@pytest.mark.parametrize(("change", "widens"), DRIFTS.values(), ids=DRIFTS)
def test_only_what_lets_something_through_widens(change: Change, widens: bool) -> None:  # noqa: FBT001
    assert SECURITY_GROUPS.widens((change,)) is widens


def test_one_that_widens_among_others_is_enough() -> None:
    assert SECURITY_GROUPS.widens(tuple(change for change, _ in DRIFTS.values()))
    assert not SECURITY_GROUPS.widens(())


IDS = {
    "sg-12345678": True,
    "sg-0123456789abcdef0": True,
    "sg-1234567": False,
    "sg-0123456789abcdef01": False,
    "sgr-0123456789abcdef0": False,
    "sg-1234567g": False,
    "": False,
}


@pytest.mark.parametrize(("text", "is_id"), IDS.items())
def test_id_of_a_group(text: str, is_id: bool) -> None:  # noqa: FBT001
    assert bool(SECURITY_GROUPS.watched[0].named_by.fullmatch(text)) is is_id
