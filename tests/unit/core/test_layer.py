"""One layer on its way: the order is in the references, nobody waits inside, nothing is made twice."""

from typing import Any

import pytest

from holdfast.core.layer import CHANGES_A_CALL, SETTLING
from holdfast.core.manifest import Declared, Lease, Record
from holdfast.core.resource import Drift, Observed
from holdfast.core.security_group import SecurityGroupState, tcp
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.layered import LAYER, Layered, part
from tests.support.simulated import READ, Part, Simulated, SimulatedGroup, SimulatedPart, address, tagged


def test_what_is_referred_to_comes_first_whatever_the_order_of_the_lines() -> None:
    layer = Layered([part("leaf", parent="branch"), part("branch", parent="root"), part("root")])
    assert layer.call().wait is None, "one call suffices where AWS answers at once"
    assert [_name(layer, identity) for identity in layer.cloud.things] == ["root", "branch", "leaf"]
    assert layer.wrong() == {}


def test_a_circle_is_made_without_what_is_filled_in_and_closed_afterwards() -> None:
    layer = Layered([part("one", peers=["two"]), part("two", peers=["one", "two"])])
    layer.converge()
    assert layer.wrong() == {}


def test_a_circle_that_nothing_closes_is_told_and_not_waited_for() -> None:
    layer = Layered([part("one", parent="two"), part("two", parent="one")])
    with pytest.raises(NeedsHuman, match=r"wait for each other: layer/(one|two) for layer/(one|two) for layer/"):
        layer.call()
    assert (layer.cloud.calls, layer.records) == ([], {}), "said before anything is touched"


def test_what_no_layer_has_built_is_named() -> None:
    layer = Layered([part("leaf", parent="missing")])
    with pytest.raises(NeedsHuman, match="layer/leaf waits for layer/missing"):
        layer.call()


def test_slow_resource_is_waited_for_outside_and_the_others_go_on() -> None:
    layer = Layered([part("slow"), part("quick")])
    layer.cloud.ready_after = 90
    progress = layer.call()
    assert (progress.wait, progress.pending) == (
        90,
        dict.fromkeys(["layer/slow", "layer/quick"], "AWS is at work on it"),
    )
    layer.clock.forward(89)
    assert layer.call().wait == 1
    layer.clock.forward(1)
    assert layer.call().wait is None


def test_the_shortest_wait_is_told() -> None:
    layer = Layered([part("slow"), part("slower")])
    layer.cloud.ready_after = 40
    layer.call()
    next(iter(layer.cloud.things.values())).ready -= 30
    assert layer.call().wait == 10


def test_second_build_changes_nothing_at_all() -> None:
    layer = Layered([part("one", peers=["two"]), part("two", parent="one")])
    layer.converge()
    before = layer.records
    layer.cloud.calls.clear()
    assert layer.call().wait is None
    assert (layer.cloud.writes, layer.records) == ([], before)


def test_changed_line_changes_what_it_names() -> None:
    layer = Layered([part("one"), part("two")])
    layer.converge()
    layer.declared = [part("one", size=2), part("two")]
    layer.cloud.calls.clear()
    layer.converge()
    assert (layer.cloud.writes, layer.wrong()) == (["add"], {})


def test_what_does_not_show_yet_is_not_made_again() -> None:
    layer = Layered([part("shy")], shows_after=SETTLING - 1, anonymous=True)
    layer.converge()
    assert layer.cloud.made == 1, "a second create call made a twin"


def test_what_never_showed_is_asked_for_again_after_it_had_time_to_settle() -> None:
    layer = Layered([part("lost")])
    layer.call()
    layer.cloud.things.clear()
    assert layer.call().wait is not None, "AWS may still show it"
    assert layer.cloud.made == 1
    layer.clock.forward(SETTLING)
    layer.converge()
    assert (layer.cloud.made, layer.wrong()) == (2, {})


def test_what_was_deleted_is_made_again_once_though_its_maker_dies() -> None:
    """A record that keeps the id of what is gone would hide what was made in its place."""
    layer = Layered([part("root"), part("leaf", parent="root")])
    layer.converge()
    layer.cloud.things.clear()
    layer.cloud.made = 0
    layer.clock.forward(SETTLING)
    for moments in range(1, 30):
        layer.survive(moments, pause=SETTLING)
    layer.converge()
    assert (layer.wrong(), layer.cloud.made) == ({}, 2), "twins: an id of what is gone is still looked for"


def test_what_leans_on_a_thing_that_is_gone_waits_for_the_new_one() -> None:
    chain = [part("tip", parent="leaf"), part("leaf", parent="branch"), part("branch", parent="root"), part("root")]
    layer = Layered(chain, shows_after=5, anonymous=True)
    layer.converge()
    layer.cloud.things.clear()
    layer.clock.forward(SETTLING)
    layer.converge()
    assert layer.wrong() == {}, "something leans on the id of what is gone"


def test_what_was_compared_with_an_id_that_is_gone_is_looked_at_again() -> None:
    layer = Layered([part("one"), part("two", peers=["three"]), part("three")])
    layer.converge()
    layer.clock.forward(SETTLING)
    del layer.cloud.things[layer.records["layer/three"].physical["id"]]
    layer.converge()
    assert layer.wrong() == {}, "it was found as promised while its promise still spoke of the old id"


def test_refusal_of_one_leaves_the_others_to_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layered([part("busy"), part("fine")])
    resource = layer.kinds.resource

    def busy(record: Record, promised: object) -> Simulated[Any]:
        if record.name == "busy":
            raise ComeBackLater("AWS is busy", 7)
        return resource(record, promised)

    monkeypatch.setattr(layer.kinds, "resource", busy)
    progress = layer.call()
    assert (progress.wait, progress.pending) == (7, {"layer/busy": "AWS is busy"})
    assert layer.cloud.made == 1


def test_one_call_makes_no_more_changes_than_fit_its_timeout() -> None:
    layer = Layered([part(f"p{number}") for number in range(CHANGES_A_CALL + 5)])
    assert layer.call().wait == 0, "there is more to do, at once"
    assert len(layer.cloud.writes) == CHANGES_A_CALL
    layer.converge()
    assert layer.wrong() == {}


def test_builder_whose_lease_has_passed_on_changes_nothing() -> None:
    layer = Layered([part("one")])
    layer.converge()
    newer = Lease("atlas", "second", 2)
    layer.manifest.propose(newer, LAYER, [part("one", size=2)])
    layer.declared = [part("one", size=3)]
    with pytest.raises(NeedsHuman, match="another build has taken over from first"):
        layer.call()
    assert layer.cloud.writes == ["create"]


def test_builder_that_is_overtaken_between_two_calls_stops_before_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layered([part("one"), part("two", parent="one")])
    intend = layer.manifest.intend

    def overtaken(lease: Lease, record: Record) -> Record:
        if record.name == "two":
            layer.manifest.propose(Lease("atlas", "second", 2), LAYER, layer.declared)
        return intend(lease, record)

    monkeypatch.setattr(layer.manifest, "intend", overtaken)
    with pytest.raises(NeedsHuman, match="another build has taken over"):
        layer.call()
    assert layer.cloud.made == 1, "the second one would be the other build's twin"


def test_what_is_born_without_our_tags_is_claimed_first() -> None:
    where = address("default", LAYER)
    rules = frozenset({tcp("ingress", 443, "sg-1")})
    promised = tagged(SecurityGroupState(group_name="d", group_description="d", vpc_id="v", rules=rules), where)
    layer = Layered([Declared(SimulatedGroup.kind, "default", promised)])
    layer.call()
    identity = next(iter(layer.cloud.things))
    layer.cloud.change(identity, tags={}, rules=frozenset())
    layer.cloud.calls.clear()
    layer.converge()
    assert layer.cloud.writes == ["reclaim", "add"]
    assert layer.wrong() == {}


def test_layer_is_promised_by_nobody_but_its_verification() -> None:
    layer = Layered([part("one")])
    layer.converge()
    assert layer.records["layer/one"].desired is None, "what no probe has seen is not guarded yet"


def _name(layer: Layered, identity: str) -> str:
    state = layer.cloud.things[identity].state
    assert isinstance(state, Part)
    return state.tags["holdfast:name"]


def test_what_aws_failed_to_make_ends_this_build_and_the_next_one_makes_it_anew() -> None:
    layer = Layered([part("nodes")])
    layer.cloud.ready_after = 60
    layer.call()
    (failing,) = layer.cloud.things.values()
    failing.failed = "no capacity in eu-west-1a"
    for _ in range(2):
        with pytest.raises(NeedsHuman, match="gave up on it: no capacity in eu-west-1a"):
            layer.call()
    assert "delete" not in layer.cloud.calls, "the one who asked for it must hear of it first"

    layer.lease = Lease("atlas", "second", 2)
    layer.converge()
    assert layer.wrong() == {}
    assert layer.cloud.calls.count("delete") == 1


def test_what_aws_takes_and_does_not_do_is_not_asked_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    layer = Layered([part("stubborn")])
    layer.converge()
    layer.declared = [part("stubborn", size=2)]
    monkeypatch.setattr(SimulatedPart, "update", lambda *_: ())
    for fence in (1, 2):
        layer.lease = Lease("atlas", f"build {fence}", fence)
        with pytest.raises(NeedsHuman, match="asked 30 times"):
            layer.converge()


def test_what_waits_for_something_else_is_not_counted_as_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    """EKS takes ten minutes for the next minor version of a cluster, and until then no add-on's."""
    layer = Layered([part("addon")])
    layer.converge()
    layer.declared = [part("addon", size=2)]
    layer.lease = Lease("atlas", "second", 2)
    update, free = SimulatedPart.update, layer.clock() + 10 * 60

    def busy(resource: SimulatedPart, observed: Observed[Part], drift: Drift) -> tuple[str, ...]:
        if layer.clock() < free:
            raise ComeBackLater("the cluster is UPDATING", 5, asked=False)
        return update(resource, observed, drift)

    monkeypatch.setattr(SimulatedPart, "update", busy)
    while layer.call().wait is not None:
        layer.clock.forward(5)
    assert layer.wrong() == {}
    assert layer.records["layer/addon"].tries == 1, "the calls that were not made count"


def test_what_may_have_been_begun_is_counted_though_nobody_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def lost(*_: object) -> tuple[str, ...]:
        raise ComeBackLater("no answer from AWS", 5)

    layer = Layered([part("one")])
    layer.converge()
    layer.declared = [part("one", size=2)]
    monkeypatch.setattr(SimulatedPart, "update", lost)
    with pytest.raises(NeedsHuman, match="asked 30 times"):
        layer.converge()


def test_change_that_aws_gave_up_on_is_told_after_one_try_and_asked_anew_by_the_next_build() -> None:
    layer = Layered([part("one")])
    layer.converge()
    layer.declared = [part("one", size=2)]
    layer.lease = Lease("atlas", "second", 2)
    layer.cloud.gives_up = "InsufficientFreeAddresses (subnet-1): no room"
    layer.cloud.calls.clear()
    with pytest.raises(NeedsHuman, match="AWS gave up on the change: InsufficientFreeAddresses"):
        layer.converge()
    assert layer.cloud.writes == ["add"], "it would go on for ever"

    layer.cloud.gives_up = ""
    layer.lease = Lease("atlas", "third", 3)
    layer.converge()
    assert layer.wrong() == {}, "somebody has mended what AWS named"


def test_nobody_asks_what_became_of_a_change_that_was_never_asked_for() -> None:
    layer = Layered([part("one")])
    layer.converge()
    layer.lease = Lease("atlas", "second", 2)
    (identity,) = layer.cloud.things
    layer.cloud.change(identity, size=9)
    layer.cloud.calls.clear()
    layer.call()
    assert layer.cloud.calls.count(READ) == 2, "before the change, and after it"
