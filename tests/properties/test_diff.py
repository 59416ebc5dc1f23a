"""A drift, undone, leaves the promise; written down, it is read back the same."""

from random import Random
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from holdfast.aws.ec2.ip_permissions import to_permissions, to_rules
from holdfast.core.diff import diff, patch
from holdfast.core.manifest import properties
from holdfast.core.security_group import Rule, SecurityGroupState
from tests.properties.rules import DIRECTIONS, rule_sets, states

ACCOUNT = "123456789012"


@given(states, states)
def test_patched_it_is_as_promised_and_what_others_own_is_as_it_was(
    desired: SecurityGroupState, observed: SecurityGroupState
) -> None:
    patched = patch(observed, diff(desired, observed))
    assert diff(desired, patched) == ()
    assert patched.rules == desired.rules, "a closed set: what was added is gone"
    assert patched.tags == {**observed.tags, **desired.tags}, "an open one: what others added is theirs"


@given(states, states)
def test_same_is_no_drift_and_drift_is_never_the_same(one: SecurityGroupState, other: SecurityGroupState) -> None:
    assert diff(one, one) == ()
    if diff(one, other) == ():
        assert msgspec.structs.replace(one, tags={}) == msgspec.structs.replace(other, tags={})


@given(states, states)
def test_each_change_is_needed_and_named_once(desired: SecurityGroupState, observed: SecurityGroupState) -> None:
    drift = diff(desired, observed)
    assert all(drift.count(change) == 1 for change in drift)
    for left_out in drift:
        rest = patch(observed, tuple(change for change in drift if change is not left_out))
        assert diff(desired, rest) == (left_out,)


@given(states, states, states)
def test_what_a_build_tolerates_is_what_it_wants_or_what_is_promised(
    desired: SecurityGroupState, tolerated: SecurityGroupState, observed: SecurityGroupState
) -> None:
    drift = diff(desired, observed, tolerated)
    assert set(map(str, drift)) <= set(map(str, diff(desired, observed)))
    assert diff(desired, desired, tolerated) == ()
    assert diff(desired, tolerated, tolerated) == ()
    strangers = observed.rules - desired.rules - tolerated.rules
    assert {change.found for change in drift if isinstance(change.found, Rule)} == strangers, "each is an open port"


@given(states, st.randoms(use_true_random=False))
def test_promise_survives_the_manifest_and_says_the_same_in_the_same_words(
    desired: SecurityGroupState, chance: Random
) -> None:
    shuffled = list(desired.rules)
    chance.shuffle(shuffled)
    again = msgspec.structs.replace(desired, rules=frozenset(shuffled))
    assert properties(again) == properties(desired), "a second build would propose a change that is none"
    assert msgspec.convert(properties(desired), SecurityGroupState) == desired


@given(rule_sets)
def test_rules_survive_ec2s_own_way_of_writing_them(rules: frozenset[Rule]) -> None:
    for direction in DIRECTIONS:
        ours = {rule for rule in rules if rule.direction == direction}
        written: Any = to_permissions(sorted(ours))
        assert set(to_rules(direction, written, ACCOUNT)) == ours
