"""The record of one drift: what it takes in, what it keeps once, and what it says in the end."""

import msgspec
import pytest

from holdfast.core.brief import REST
from holdfast.core.incident import DELETED, FULL, Actor, Incident, witnessed
from holdfast.core.resource import Change
from holdfast.core.security_group import Rule, tcp

OPENED = Incident(
    id="1",
    environment="atlas",
    resource="security_groups/alb",
    kind="AWS::EC2::SecurityGroup",
    physical_id="sg-1",
    concern="security_groups",
    opened_at=100.5,
)
ALICE = Actor(arn="alice", event_id="a", at=99.0)
BOB = Actor(arn="bob", event_id="b", at=100.0)
SSH = Change(path="Rules", found=tcp("ingress", 22, "0.0.0.0/0"))
RDP = Change(path="Rules", found=tcp("ingress", 3389, "0.0.0.0/0"))


def test_drifts_and_actors_are_taken_in_once_and_in_order() -> None:
    incident = OPENED.taking_in((SSH,), [ALICE], 101.0).taking_in((SSH, RDP), [ALICE, BOB], 101.4)
    assert [change.path for change in incident.changes] == ["Rules", "Rules"]
    assert msgspec.convert(incident.changes[1].found, Rule) == RDP.found
    assert incident.actors == (ALICE, BOB), "the same event comes more than once"
    assert incident.last_drift_at == 101.4


def test_what_is_read_back_is_what_was_written() -> None:
    incident = OPENED.taking_in((SSH, RDP), [ALICE], 101.0).having_called(["RevokeSecurityGroupIngress"]).proven(102.0)
    assert msgspec.json.decode(msgspec.json.encode(incident), type=Incident) == incident


def test_two_calls_of_one_person_are_two_events() -> None:
    again = msgspec.structs.replace(ALICE, event_id="a2")
    assert witnessed((ALICE,), [again, ALICE]) == (ALICE, again)


def test_one_batch_with_the_same_event_twice_names_it_once() -> None:
    assert witnessed((), [ALICE, ALICE, BOB]) == (ALICE, BOB)


def test_events_without_an_id_are_told_apart_by_what_they_say() -> None:
    nameless, other = Actor(arn="alice"), Actor(arn="bob")
    assert witnessed((nameless,), [other, nameless]) == (nameless, other)


def test_exposure_runs_from_the_first_change_to_the_proof() -> None:
    incident = OPENED.taking_in((SSH,), [BOB, ALICE], 100.6)
    assert incident.seconds_exposed == 0.0, "nothing is proven yet"
    assert incident.proven(102.25).seconds_exposed == 3.25


def test_exposure_without_a_known_actor_runs_from_the_first_look() -> None:
    unknown = Actor(arn="unknown")
    assert OPENED.taking_in((SSH,), [unknown], 100.6).proven(102.0).seconds_exposed == 1.5


def test_clock_that_runs_ahead_makes_no_negative_exposure() -> None:
    ahead = msgspec.structs.replace(ALICE, at=200.0)
    assert OPENED.taking_in((SSH,), [ahead], 100.6).proven(102.0).seconds_exposed == 0.0


ENDS = {
    "restored": (OPENED.proven(102.0), "restored"),
    "contended stays contended": (msgspec.structs.replace(OPENED, state="contended").proven(102.0), "contended"),
    "a person was needed": (OPENED.ended("needs human", "it was deleted"), "needs human"),
    "and has mended it": (OPENED.ended("needs human", "it was deleted").proven(102.0), "restored"),
}


@pytest.mark.parametrize(("incident", "state"), ENDS.values(), ids=ENDS)
def test_state_as_on_call_reads_it(incident: Incident, state: str) -> None:
    assert incident.state == state


SPANS = {
    "before it last held": (97.0, False),
    "in the second in which it last held": (98.0, True),
    "while it stood": (100.0, True),
    "in the second of the proof": (102.0, True),
    "after the proof": (103.0, False),
    "at no known time": (0.0, False),
}


@pytest.mark.parametrize(("at", "part"), SPANS.values(), ids=SPANS)
def test_change_is_part_of_what_it_can_have_caused(at: float, part: bool) -> None:  # noqa: FBT001
    assert msgspec.structs.replace(OPENED, held_at=98.4).proven(102.6).spans(at) is part


def test_whatever_comes_before_the_proof_is_part() -> None:
    assert msgspec.structs.replace(OPENED, held_at=98.4).spans(0.0)


def test_incident_that_is_full_says_so_while_it_still_fits_its_table() -> None:
    incident, came = OPENED, 0
    while not incident.full:
        came += 1
        fattest = Actor(arn="x" * 1024, source_address="y" * 1024, user_agent="z" * 1024, event_id=str(came))
        incident = incident.taking_in((), [fattest], 101.0)
    assert came <= FULL
    assert len(incident.actors) == came, "whoever came before it was full is named in it"
    assert len(msgspec.json.encode(incident)) < 400 * 1024, "an item of DynamoDB takes 400 KB"


def test_who_pads_a_drift_does_not_keep_it_from_being_written_down() -> None:
    """DynamoDB takes no item of more than 400 KB, and PutEvents no event of more than 256 KB."""
    args, lines = "x" * 500_000, tuple(f"rule {number} " + "y" * 3_900 for number in range(2_000))
    drift = (
        Change(path="spec.template.spec.containers[name=app].args", promised=["serve"], found=[args]),
        Change(path="env[name=" + "z" * 100_000 + "]", found="1"),
        *(Change(path="Rules", found=line) for line in lines),
    )
    incident = OPENED.taking_in(drift, [ALICE], 101.0).having_called([f"PutIt {line}" for line in (args, *lines)])
    assert len(msgspec.json.encode(incident)) < 256_000
    first, *_, rest = incident.changes
    assert (first.promised, str(first.found)[:10]) == (["serve"], '["xxxxxxxx')
    assert rest.path == REST
    assert incident.taking_in(drift, [ALICE], 101.0).changes == incident.changes, "the same again is the same"
    assert incident.knows(drift)
    other = (*drift[:-1], Change(path="Rules", found="another"))
    assert not incident.knows(other), "what there was no room for differs"


def test_a_value_that_is_cut_is_another_than_one_that_begins_like_it() -> None:
    one, other = (Change(path="Policy", found="x" * 5_000 + end) for end in "ab")
    incident = OPENED.taking_in((one,), [], 101.0)
    assert incident.knows((one,))
    assert not incident.knows((other,))


def test_deletion_leaves_no_change_and_is_somebodys_all_the_same() -> None:
    assert OPENED.taking_in((SSH,), [], 101.0).somebodys
    assert OPENED.ended("needs human", f"security_groups/alb: {DELETED}. What to do: build").somebodys
    assert not OPENED.ended("needs human", "security_groups/alb: AWS refuses").somebodys
