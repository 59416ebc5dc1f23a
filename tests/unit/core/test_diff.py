"""What parts observed from desired, on the fields that are ours and on no others."""

import msgspec
import pytest

from holdfast.core.diff import diff, patch
from holdfast.core.resource import Change, Drift, Tagged


class Door(Tagged, frozen=True, kw_only=True):
    """A field of each sort."""

    width: int = 1
    colour: str | None = None
    keys: frozenset[str] = frozenset()
    policy: dict[str, object] = {}


DESIRED = Door(width=2, colour="blue", keys=frozenset({"a", "b"}), tags={"ours": "yes", "Name": "door"})

ROWS: dict[str, tuple[dict[str, object], Drift]] = {
    "nothing": ({}, ()),
    "a plain value": ({"width": 3}, (Change(path="Width", promised=2, found=3),)),
    "a value that is gone": ({"colour": None}, (Change(path="Colour", promised="blue"),)),
    "a member too many: a set is closed": ({"keys": frozenset("abc")}, (Change(path="Keys", found="c"),)),
    "a member too few": ({"keys": frozenset("a")}, (Change(path="Keys", promised="b"),)),
    "what was added comes before what is missing": (
        {"keys": frozenset("za")},
        (Change(path="Keys", found="z"), Change(path="Keys", promised="b")),
    ),
    "everything is gone": (
        {"keys": frozenset()},
        (Change(path="Keys", promised="a"), Change(path="Keys", promised="b")),
    ),
    "a tag of somebody else: a dict is open": ({"tags": {**DESIRED.tags, "theirs": "too"}}, ()),
    "a tag of ours is gone": ({"tags": {"Name": "door"}}, (Change(path="Tags.ours", promised="yes"),)),
    "a tag of ours says something else": (
        {"tags": {"ours": "no", "Name": "door"}},
        (Change(path="Tags.ours", promised="yes", found="no"),),
    ),
    "a dict that we promise nothing in": ({"policy": {"Statement": []}}, ()),
    "several fields at once, in the order of the fields": (
        {"width": 3, "colour": None},
        (Change(path="Colour", promised="blue"), Change(path="Width", promised=2, found=3)),
    ),
}


@pytest.mark.parametrize(("found", "drift"), ROWS.values(), ids=ROWS)
def test_diff_names_each_change_and_patch_undoes_it(found: dict[str, object], drift: Drift) -> None:
    observed = msgspec.structs.replace(DESIRED, **found)
    told = diff(DESIRED, observed)
    assert sorted(told, key=lambda change: change.path) == list(drift)
    assert diff(DESIRED, patch(observed, told)) == ()


def test_what_others_own_survives_the_patch() -> None:
    observed = msgspec.structs.replace(DESIRED, tags={"theirs": "too"}, policy={"theirs": 1})
    patched = patch(observed, diff(DESIRED, observed))
    assert patched.tags == {**DESIRED.tags, "theirs": "too"}
    assert patched.policy == {"theirs": 1}


TOLERATED = msgspec.structs.replace(
    DESIRED, width=5, keys=frozenset({"b", "c"}), tags={**DESIRED.tags, "Name": "gate", "new": "one"}
)
"""What a build that is under way wants it to be."""

BETWEEN: dict[str, tuple[dict[str, object], Drift]] = {
    "as promised": ({}, ()),
    "as the build wants it": ({"width": 5, "keys": frozenset("bc"), "tags": TOLERATED.tags}, ()),
    "half way": ({"width": 5, "keys": frozenset("abc")}, ()),
    "half way, taken away first": ({"keys": frozenset("b")}, ()),
    "a member that neither wants": ({"keys": frozenset("abx")}, (Change(path="Keys", found="x"),)),
    "without a member that both want": ({"keys": frozenset("ac")}, (Change(path="Keys", promised="b"),)),
    "a value that neither wants": ({"width": 9}, (Change(path="Width", promised=2, found=9),)),
    "a tag that neither wants so": (
        {"tags": {**DESIRED.tags, "Name": "evil"}},
        (Change(path="Tags.Name", promised="door", found="evil"),),
    ),
    "without a tag that both want, each its own": (
        {"tags": {"ours": "yes"}},
        (Change(path="Tags.Name", promised="door"),),
    ),
}


@pytest.mark.parametrize(("found", "drift"), BETWEEN.values(), ids=BETWEEN)
def test_only_what_differs_from_both_is_drift_while_a_build_is_under_way(
    found: dict[str, object], drift: Drift
) -> None:
    assert diff(DESIRED, msgspec.structs.replace(DESIRED, **found), TOLERATED) == drift
