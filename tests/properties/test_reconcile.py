"""From whatever stands, so many steps lead to the promise; and from the promise no step leads away."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from holdfast.core.reconcile import Reach, check, enforce
from holdfast.core.security_group import Rule, SecurityGroupState
from tests.properties.rules import rule_sets
from tests.support.calls import Killed
from tests.support.simulated import Cloud, SimulatedGroup, address, tagged

WHERE = address("alb", "security_groups")
PROMISED = tagged(
    SecurityGroupState(
        group_name="g", group_description="d", vpc_id="v", rules=frozenset(), tags={"Name": "a", "team": "b"}
    ),
    WHERE,
)
ENOUGH = 6
"""Create, find, claim, update: a step each, and a last look."""
kept_tags = st.frozensets(st.sampled_from(sorted(PROMISED.tags)))


class Reconciled:
    """One group, reconciled step by step. It is found by its id, or by tags that are all there."""

    def __init__(self, promised: frozenset[Rule]) -> None:
        self.cloud = Cloud()
        self.desired = msgspec.structs.replace(PROMISED, rules=promised)
        self.physical: dict[str, str] = {}

    @property
    def group(self) -> SimulatedGroup:
        return SimulatedGroup(self.cloud, WHERE, self.desired, self.physical)

    def stands(self, rules: frozenset[Rule], kept: frozenset[str]) -> None:
        """It stands already, with these rules and with what is left of its tags."""
        tags = {key: value for key, value in PROMISED.tags.items() if key in kept}
        identity = self.cloud.put(msgspec.structs.replace(self.desired, rules=rules, tags={**tags, "theirs": "x"}))
        if not WHERE.tags.items() <= tags.items():
            self.physical = {"id": identity}

    def step(self) -> bool:
        """Whether nothing was left to do."""
        step = enforce(self.group, Reach(lambda: None, self._claim))
        self.physical = dict(step.physical) or self.physical
        return step.settled

    def _claim(self) -> None:
        (thing,) = self.cloud.things.values()
        thing.state = tagged(thing.state, WHERE)


@given(promised=rule_sets, found=st.none() | st.tuples(rule_sets, kept_tags))
def test_reconciling_converges_and_is_idempotent(
    promised: frozenset[Rule], found: tuple[frozenset[Rule], frozenset[str]] | None
) -> None:
    group = Reconciled(promised)
    if found is not None:
        group.stands(*found)
    assert any(group.step() for _ in range(ENOUGH)), "it does not settle: core/reconcile.py"
    assert check(group.group).holds
    assert len(group.cloud.things) == 1, "a twin"

    group.cloud.calls.clear()
    assert group.step()
    assert group.cloud.writes == [], "what stands as promised is changed again"


@given(promised=rule_sets, found=rule_sets)
def test_on_the_way_nothing_is_opened_that_is_not_promised(promised: frozenset[Rule], found: frozenset[Rule]) -> None:
    group = Reconciled(promised)
    group.stands(found, frozenset(PROMISED.tags))
    before = found - promised
    for moments in range(2 * ENOUGH):
        group.cloud.life.begin(moments)
        try:
            group.step()
        except Killed:
            group.cloud.life.begin()
        (thing,) = group.cloud.things.values()
        assert isinstance(thing.state, SecurityGroupState)
        after = thing.state.rules - promised
        assert after <= before, "a repair that widens, however briefly"
        before = after
