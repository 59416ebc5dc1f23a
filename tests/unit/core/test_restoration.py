"""Holding fast, one resource at a time: how much is read and written, what is escalated, and who is told.

Which drifts are one incident is in test_restoration_incidents.py, what drifts again and again in
test_restoration_contended.py, and who dies over it in test_restoration_crashes.py.
"""

import msgspec
import pytest

from holdfast.core.chronicle import Sighting
from holdfast.core.manifest import Record
from holdfast.core.resource import TAG_ENVIRONMENT, Drift, Observed
from holdfast.core.restoration import hold
from holdfast.core.security_group import Rule, SecurityGroupState, tcp
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.guarded import PROMISED, SSH, Guarded, actor
from tests.support.simulated import READ, SimulatedGroup

HTTPS = tcp("ingress", 443, "0.0.0.0/0")
RDP = tcp("ingress", 3389, "::/0")


def test_clean_resource_costs_one_read() -> None:
    guarded = Guarded()
    assert guarded.hold(actor("alice")) is None
    assert (guarded.cloud.calls, guarded.told) == ([READ], [])


def test_drift_in_one_direction_costs_two_reads_and_one_write_proof_included() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH, RDP}))
    incident = guarded.hold(actor("alice", guarded.clock()))
    assert guarded.cloud.calls == [READ, "remove", READ]
    assert guarded.rules == PROMISED
    assert incident is not None
    assert (incident.state, incident.folded, incident.calls) == ("restored", False, (f"remove {SSH}, {RDP}",))
    assert incident.seconds_exposed > 0
    assert guarded.told == [incident], "what was returned is what was written"


def test_each_further_direction_adds_its_write_and_what_widens_goes_first() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}), remove=frozenset({HTTPS}))
    guarded.hold(actor("alice"))
    assert guarded.cloud.calls == [READ, "remove", "add", READ]
    assert guarded.rules == PROMISED


def test_incident_keeps_what_was_promised_and_what_was_found() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}), remove=frozenset({HTTPS}))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    added, missing = incident.changes
    assert (msgspec.convert(added.found, Rule), added.promised) == (SSH, None)
    assert (msgspec.convert(missing.promised, Rule), missing.found) == (HTTPS, None)
    assert (incident.resource, incident.physical_id) == ("security_groups/alb", guarded.group)


def test_stripped_tags_are_reclaimed_before_anything_else() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    guarded.cloud.change(guarded.group, tags={"Name": "mine now"})
    incident = guarded.hold(actor("alice"))
    assert guarded.cloud.calls == [READ, "reclaim", "remove", READ]
    assert guarded.rules == PROMISED
    assert incident is not None
    assert incident.calls == ("our tags, by reclaim", f"remove {SSH}")


def test_tag_that_says_it_is_anothers_cannot_be_taken_back_by_the_restorer() -> None:
    """AWS refuses: the write is bounded by the tag. A person must look, and nothing is pretended."""
    guarded = Guarded()
    guarded.cloud.change(guarded.group, tags={**guarded.promised.tags, TAG_ENVIRONMENT: "evil"})
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, incident.restored_at) == ("needs human", 0.0)


def test_what_is_leaving_is_recalled_and_what_else_differs_is_undone_after_it() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    guarded.cloud.things[guarded.group].leaving = "2026-12-26"
    incident = guarded.hold(actor("alice"))
    assert guarded.cloud.calls == [READ, "recall", READ, "remove", READ]
    assert guarded.rules == PROMISED
    assert incident is not None
    assert (incident.state, incident.calls) == ("restored", ("recall", f"remove {SSH}"))
    assert [change.path for change in incident.changes] == ["stands", "Rules"]


def test_deleted_needs_a_human_is_told_once_and_ends_when_a_build_has_mended_it() -> None:
    guarded = Guarded()
    thing = guarded.cloud.things.pop(guarded.group)
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, incident.folded) == ("needs human", False)
    assert "it was deleted" in incident.why
    assert guarded.cloud.writes == [], "only a build may create"

    guarded.clock.forward(300)
    again = guarded.hold(captured_at=guarded.clock())
    assert again == incident, "AWS Config tells of it minutes later: the same page twice"
    assert len(guarded.told) == 1

    guarded.cloud.things[guarded.group] = thing
    mended = guarded.hold()
    assert mended is not None
    assert (mended.id, mended.state) == (incident.id, "restored")


def test_who_deleted_it_is_named_though_another_event_came_first() -> None:
    guarded = Guarded()
    del guarded.cloud.things[guarded.group]
    guarded.hold()
    guarded.clock.forward(60)
    guarded.hold(actor("alice", guarded.clock() - 60))
    (incident,) = guarded.told
    assert [one.arn for one in incident.actors] == [actor("alice").arn]


def test_promise_that_breaks_a_guarantee_is_not_obeyed() -> None:
    """Who writes the manifest must not thereby open a port with our hands."""
    guarded = Guarded(PROMISED | {SSH})
    guarded.drift(remove=frozenset({SSH}))
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert incident.state == "needs human"
    assert "breaks a guarantee" in incident.why
    assert guarded.cloud.calls == [], "not even read, and nothing written"


def test_build_that_breaks_a_guarantee_is_not_tolerated() -> None:
    guarded = Guarded()
    wanted = msgspec.structs.replace(guarded.promised, rules=PROMISED | {SSH})
    guarded.drift(add=frozenset({SSH}))
    incident = guarded.hold(actor("alice"), tolerated=wanted)
    assert guarded.rules == PROMISED, "whoever writes `next` in the manifest opens a port: core/restoration.py"
    assert incident is not None
    assert incident.state == "restored"


def test_build_under_way_is_not_fought_and_other_drift_is_undone_all_the_same() -> None:
    guarded = Guarded()
    more = tcp("ingress", 443, "::/0")
    wanted = msgspec.structs.replace(guarded.promised, rules=PROMISED | {more})
    guarded.drift(add=frozenset({more}))
    assert guarded.hold(actor("alice"), tolerated=wanted) is None
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"), tolerated=wanted)
    assert guarded.rules == PROMISED | {more}


def test_picture_older_than_the_last_proof_is_not_even_read() -> None:
    guarded = Guarded()
    taken = guarded.clock()
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    guarded.cloud.calls.clear()
    assert guarded.hold(captured_at=taken) is None
    assert guarded.cloud.calls == [], "AWS Config shows what we have undone since"
    guarded.hold(captured_at=guarded.clock() + 1)
    assert guarded.cloud.calls == [READ], "a newer one may show something new"


def test_picture_taken_while_we_read_the_proof_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What it shows may have come after that reading began."""
    guarded = Guarded()
    began: list[float] = []
    observe = SimulatedGroup.observe

    def slowly(group: SimulatedGroup) -> Observed[SecurityGroupState] | None:
        began.append(guarded.clock())
        guarded.clock.forward(1)
        return observe(group)

    monkeypatch.setattr(SimulatedGroup, "observe", slowly)
    guarded.drift(add=frozenset({SSH}))
    guarded.hold(actor("alice"))
    guarded.cloud.calls.clear()
    guarded.hold(captured_at=began[-1] + 0.5)
    assert guarded.cloud.calls == [READ], "a proof says nothing of what happened after its reading began"


def test_drift_under_our_hands_is_undone_too_and_proven_only_then(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    _keep_drifting(guarded, monkeypatch, [RDP])
    incident = guarded.hold(actor("alice"))
    assert guarded.rules == PROMISED
    assert incident is not None
    assert (incident.state, len(incident.changes)) == ("restored", 2)
    assert incident.calls == (f"remove {SSH}", f"remove {RDP}")


def test_who_drifts_faster_than_we_restore_is_met_again_in_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))
    _keep_drifting(guarded, monkeypatch, [RDP] * 10)
    with pytest.raises(ComeBackLater) as later:
        guarded.hold(actor("alice"))
    assert later.value.seconds == 1
    (incident,) = guarded.told
    assert incident.state == "open", "it is not over, and not told yet"
    assert (len(incident.calls), len(incident.changes)) == (2, 2), "what was done and seen so far is on record"
    monkeypatch.undo()
    ended = guarded.hold()
    assert ended is not None
    assert (ended.id, ended.state, guarded.rules) == (incident.id, "restored", PROMISED)


def _keep_drifting(guarded: Guarded, monkeypatch: pytest.MonkeyPatch, rules: list[Rule]) -> None:
    """After each restoration somebody adds the next of ``rules``."""
    update = SimulatedGroup.update

    def fought(group: SimulatedGroup, observed: Observed[SecurityGroupState], drift: Drift) -> tuple[str, ...]:
        calls = update(group, observed, drift)
        if rules:
            guarded.drift(add=frozenset({rules.pop()}))
        return calls

    monkeypatch.setattr(SimulatedGroup, "update", fought)


def test_what_aws_refuses_needs_a_human_and_stays_on_record(monkeypatch: pytest.MonkeyPatch) -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))

    def refused(*_: object) -> tuple[str, ...]:
        raise NeedsHuman("security_groups/alb", "AWS refused: UnauthorizedOperation", "see docs/permissions.md")

    monkeypatch.setattr(SimulatedGroup, "update", refused)
    with pytest.raises(ComeBackLater, match="still open"):
        guarded.hold(actor("alice"))
    (incident,) = guarded.told
    assert (incident.state, incident.restored_at, len(incident.changes)) == ("needs human", 0.0, 1)
    assert "UnauthorizedOperation" in incident.why
    guarded.clock.forward(15)
    with pytest.raises(ComeBackLater, match="still open"):
        guarded.hold(actor("alice"))
    assert [one.id for one in guarded.told] == [incident.id], "a person is paged once for one refusal"
    monkeypatch.undo()
    guarded.clock.forward(60)
    guarded.hold(actor("alice", event_id="again"))
    assert guarded.rules == PROMISED, "a refusal yesterday is no reason to leave it open today"


def test_a_refused_restoration_is_paged_once_however_much_there_is_to_undo(monkeypatch: pytest.MonkeyPatch) -> None:
    """An incident that is full takes nothing more in; that must not be one page every fifteen seconds."""
    guarded = Guarded()
    guarded.drift(add=frozenset(tcp("ingress", port, "0.0.0.0/0") for port in range(1, 400)))

    def refused(*_: object) -> tuple[str, ...]:
        raise NeedsHuman("security_groups/alb", "AWS refused: UnauthorizedOperation", "see docs/permissions.md")

    monkeypatch.setattr(SimulatedGroup, "update", refused)
    for _ in range(3):
        with pytest.raises(ComeBackLater, match="still open"):
            guarded.hold(actor("alice"))
        guarded.clock.forward(15)
    assert len(guarded.told) == 1


def test_what_aws_cannot_change_in_place_needs_a_human_and_all_else_is_undone_before() -> None:
    """A port must not stay open because something beside it cannot be mended."""
    guarded = Guarded()
    guarded.cloud.change(guarded.group, group_name="another", rules=PROMISED | {SSH})
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, incident.restored_at) == ("needs human", 0.0)
    assert "AWS cannot change this in place: GroupName: promised atlas-alb, found another" in incident.why
    assert "Rules" not in incident.why, "what is left is what a person is needed for"
    assert (guarded.rules, guarded.cloud.writes) == (PROMISED, ["remove"])
    assert incident.calls == (f"remove {SSH}",)
    assert sorted(change.path for change in incident.changes) == ["GroupName", "Rules"]


def test_what_only_a_person_can_mend_is_told_once_and_written_to_no_more() -> None:
    guarded = Guarded()
    guarded.cloud.change(guarded.group, group_name="another", rules=PROMISED | {SSH})
    first = guarded.hold(actor("alice"))
    assert first is not None
    for _ in range(3):
        guarded.clock.forward(900)
        guarded.hold()
        (told,) = guarded.told
        assert (told.state, told.why) == (first.state, first.why), "every sweep finds it: the same page, the same words"
    assert (guarded.cloud.writes, len(guarded.told)) == (["remove"], 1)
    guarded.drift(add=frozenset({RDP}))
    guarded.clock.forward(60)
    guarded.hold(actor("bob"))
    assert guarded.rules == PROMISED, "the next port is closed as well"
    guarded.cloud.change(guarded.group, group_name=guarded.promised.group_name)
    guarded.clock.forward(60)
    mended = guarded.hold()
    assert mended is not None
    assert (mended.id, mended.state) == (first.id, "restored")


def test_whoever_drifts_it_further_meanwhile_is_undone_before_a_person_is_paged(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    guarded = Guarded()
    guarded.cloud.change(guarded.group, group_name="another", rules=PROMISED | {SSH})
    _keep_drifting(guarded, monkeypatch, [RDP])
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, guarded.rules) == ("needs human", PROMISED)
    assert incident.calls == (f"remove {SSH}", f"remove {RDP}")


def test_what_only_replacing_would_mend_is_paged_by_the_concern_that_holds_it() -> None:
    """Its home concern does not hold that field, and would never speak of it."""
    guarded = Guarded()
    guarded.cloud.change(guarded.group, group_description="another group altogether")
    incident = guarded.hold(actor("alice"), is_home=False)
    assert incident is not None
    assert (incident.state, "AWS cannot change this in place" in incident.why) == ("needs human", True)


def test_what_aws_gave_up_on_is_paged_by_its_home_concern_alone() -> None:
    guarded = Guarded()
    guarded.cloud.things[guarded.group].failed = "no capacity"
    assert guarded.hold(actor("alice"), is_home=False) is None
    incident = guarded.hold(actor("alice"))
    assert incident is not None
    assert (incident.state, len(guarded.told)) == ("needs human", 1)


class _InParts(SimulatedGroup):
    """Something of it carries no tag of ours, and AWS lets nobody write to that."""

    def observe(self) -> Observed[SecurityGroupState] | None:
        seen = super().observe()
        return seen and msgspec.structs.replace(seen, unclaimed=True)

    def update(self, observed: Observed[SecurityGroupState], drift: Drift) -> tuple[str, ...]:
        raise NeedsHuman("security_groups/alb", "AWS refused", "look")


def test_why_a_part_could_not_be_claimed_is_told_of_who_may_then_not_write_to_it() -> None:
    guarded = Guarded()
    guarded.drift(add=frozenset({SSH}))

    def full(_: Record) -> None:
        raise NeedsHuman("security_groups/alb", "it does not carry our tags, and reclaim failed: full", "look")

    resource = _InParts(guarded.cloud, guarded.record.address, guarded.promised, guarded.record.physical)
    hand = guarded.hand._replace(reclaim=full)
    with pytest.raises(ComeBackLater) as later:
        hold(resource, Sighting(guarded.record, "a test", (actor("alice"),)), hand)
    assert later.value.told
    (incident,) = guarded.told
    assert (incident.state, incident.calls) == ("needs human", ())
    assert "reclaim failed: full" in incident.why
