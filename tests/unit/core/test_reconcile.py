"""The loop: which verb is used when, what is asked before it, and that success is only ever read."""

from typing import Any

import msgspec
import pytest

from holdfast.core.reconcile import LOOK_AGAIN, Reach, Step, check, enforce, recallable
from holdfast.core.resource import Change, Physical
from holdfast.core.security_group import SecurityGroupState, tcp
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.simulated import READ, Cloud, Part, Simulated, SimulatedGroup, SimulatedPart, address, tagged

WHERE = address("part")
PROMISED = tagged(Part(size=1, peers=frozenset({"a"})), WHERE)


class Reached:
    """How far a step may go, and what it asked for on the way."""

    def __init__(self, cloud: Cloud, *, create: bool = True, update: bool = True) -> None:
        self._cloud = cloud
        self.reach = Reach(self._intend, self._claim, create=create, update=update)

    def _intend(self) -> None:
        self._cloud.calls.append("intend")

    def _claim(self) -> None:
        self._cloud.calls.append("claim")


def _part(cloud: Cloud, physical: Physical | None = None, **fields: object) -> SimulatedPart:
    return SimulatedPart(cloud, WHERE, msgspec.structs.replace(PROMISED, **fields), physical or {})


def test_what_is_absent_is_intended_then_created() -> None:
    cloud = Cloud()
    step = enforce(_part(cloud), Reached(cloud).reach)
    assert step == Step(did="create", physical={"id": "sg-00000001"})
    assert cloud.calls == [READ, "intend", "create"], "the intent is written before the call that it speaks of"
    assert not step.settled, "a call that was made proves nothing"


def test_what_was_asked_for_just_now_is_not_asked_for_again() -> None:
    cloud = Cloud()
    step = enforce(_part(cloud), Reached(cloud, create=False).reach)
    assert step == Step(wait=LOOK_AGAIN)
    assert cloud.calls == [READ]


def test_what_is_not_ready_is_left_alone() -> None:
    cloud = Cloud(ready_after=30)
    identity = cloud.put(tagged(Part(size=9), WHERE))
    step = enforce(_part(cloud), Reached(cloud).reach)
    assert (step.wait, cloud.writes) == (30, []), "what AWS is at work on refuses changes"
    assert step.physical == {"id": identity}, "its id is known all the same"
    assert check(_part(cloud)).drift == (), "what AWS is at work on has not drifted"
    assert not check(_part(cloud)).holds


def test_found_again_without_its_id_it_is_learned_before_it_is_changed() -> None:
    cloud = Cloud()
    identity = cloud.put(tagged(Part(size=9), WHERE))
    step = enforce(_part(cloud), Reached(cloud).reach)
    assert (step.did, step.physical, cloud.writes) == ("find", {"id": identity}, [])


def test_drift_is_undone_and_the_next_look_proves_it() -> None:
    cloud = Cloud()
    physical = {"id": cloud.put(tagged(Part(size=9, peers=frozenset({"b"})), WHERE))}
    assert enforce(_part(cloud, physical), Reached(cloud).reach) == Step(did="update", physical=physical)
    assert cloud.calls == [READ, "intend", "remove", "add"], "what was added goes first"
    assert enforce(_part(cloud, physical), Reached(cloud).reach).settled
    assert cloud.calls[-1] == READ, "what stands as promised is only read"


def test_intent_that_is_refused_stops_the_step() -> None:
    cloud = Cloud()

    def refuse() -> None:
        raise NeedsHuman("atlas", "another build has taken over", "nothing")

    with pytest.raises(NeedsHuman, match="taken over"):
        enforce(_part(cloud), Reach(refuse, refuse))
    assert cloud.writes == [], "a builder whose lease has passed on changes nothing"


def test_existence_is_all_that_is_asked_while_the_promise_refers_to_what_does_not_stand() -> None:
    cloud = Cloud()
    physical = {"id": cloud.put(tagged(Part(size=9), WHERE))}
    step = enforce(_part(cloud, physical), Reached(cloud, update=False).reach)
    assert (step.did, step.physical, cloud.writes) == ("", physical, [])


def test_what_aws_cannot_change_in_place_needs_a_human_and_is_not_touched() -> None:
    cloud = Cloud()
    physical = {"id": cloud.put(tagged(Part(size=9, parent="old"), WHERE))}
    with pytest.raises(NeedsHuman) as stopped:
        enforce(_part(cloud, physical, parent="new"), Reached(cloud).reach)
    assert "Parent: promised new, found old" in stopped.value.why
    assert "Size" not in stopped.value.why, "only what cannot be changed is a reason"
    assert cloud.writes == [], "nothing is half changed"


def test_what_aws_gave_up_on_needs_a_human_with_awss_own_reason() -> None:
    cloud = Cloud()
    cloud.things[cloud.put(PROMISED)].failed = "no capacity in eu-west-1a"
    for look in (check, lambda part: enforce(part, Reached(cloud).reach)):
        with pytest.raises(NeedsHuman, match=r"layer/part: AWS gave up on it: no capacity in eu-west-1a"):
            look(_part(cloud))
    assert cloud.writes == []


def test_what_an_earlier_build_failed_to_make_is_discarded_and_made_anew() -> None:
    cloud = Cloud()
    physical = {"id": cloud.put(PROMISED)}
    cloud.things[physical["id"]].failed = "no capacity in eu-west-1a"
    reached = Reached(cloud)
    step = enforce(_part(cloud, physical), reached.reach._replace(discard=True))
    assert (step.did, cloud.calls) == ("discard", [READ, "intend", "delete"])
    assert enforce(_part(cloud, physical), reached.reach).did == "create"


def test_what_may_hold_data_is_never_discarded() -> None:
    cloud = Cloud()
    group = _group(cloud)
    cloud.things[group.physical["id"]].failed = "storage full"
    with pytest.raises(NeedsHuman, match="if it holds no data"):
        enforce(group, Reached(cloud).reach._replace(discard=True))
    assert cloud.writes == []


def test_what_somebody_scheduled_for_deletion_needs_a_human_and_is_not_touched() -> None:
    cloud = Cloud()
    group = _group(cloud)
    cloud.things[group.physical["id"]].leaving = "2026-12-26"
    for verb in (check, lambda group: enforce(group, Reached(cloud).reach)):
        with pytest.raises(NeedsHuman, match=r"gone for good on 2026-12-26.*cancel"):
            verb(group)
    assert cloud.writes == []


def test_that_it_will_not_stand_is_a_difference_to_who_recalls_it() -> None:
    cloud = Cloud()
    group = _group(cloud)
    cloud.things[group.physical["id"]].leaving = "2026-12-26"
    assert recallable(group).drift == (Change(path="stands", promised=True, found="until 2026-12-26"),)


def test_check_only_reads() -> None:
    cloud = Cloud()
    assert not check(_part(cloud)).holds, "what is absent does not hold"
    cloud.put(tagged(Part(size=9), WHERE))
    assert check(_part(cloud)).drift == (
        Change(path="Size", promised=1, found=9),
        Change(path="Peers", promised="a"),
    )
    assert cloud.writes == []


def test_what_a_build_under_way_wants_is_no_drift() -> None:
    cloud = Cloud()
    identity = cloud.put(tagged(Part(size=2, peers=frozenset({"a", "b"})), WHERE))
    wanted = msgspec.structs.replace(PROMISED, size=2, peers=frozenset({"b"}))
    assert check(_part(cloud), wanted).holds
    cloud.change(identity, size=3)
    assert [change.path for change in check(_part(cloud), wanted).drift] == ["Size"], "neither wants a size of 3"


def test_what_lost_our_tags_is_claimed_before_it_is_changed() -> None:
    cloud = Cloud()
    group = _group(cloud, tags={})
    step = enforce(group, Reached(cloud).reach)
    assert (step.did, cloud.calls) == ("claim", [READ, "intend", "claim"]), (
        "another role puts them on, then it comes back"
    )


def test_what_carries_our_tag_is_claimed_by_nobody() -> None:
    cloud = Cloud()
    group = _group(cloud, rules=frozenset({tcp("ingress", 22, "0.0.0.0/0")}))
    assert enforce(group, Reached(cloud).reach).did == "update"
    assert "claim" not in cloud.calls


def _group(cloud: Cloud, **found: object) -> Simulated[Any]:
    where = address("alb", "security_groups")
    state = SecurityGroupState(group_name="g", group_description="d", vpc_id="v", rules=frozenset())
    promised = tagged(state, where)
    return SimulatedGroup(cloud, where, promised, {"id": cloud.put(msgspec.structs.replace(promised, **found))})


def test_what_must_wait_passes_through() -> None:
    """A resource that AWS itself makes says so; nobody but the layer may wait."""

    class NotYet(SimulatedPart):
        def create(self) -> Physical:
            raise ComeBackLater("AWS makes it", 2)

    cloud = Cloud()
    with pytest.raises(ComeBackLater):
        enforce(NotYet(cloud, WHERE, PROMISED, {}), Reached(cloud).reach)
