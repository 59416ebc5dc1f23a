"""The contract of every kind of resource: made once, found again, removed. What changes it: test_every_deed."""

from collections.abc import Iterator

import msgspec
import pytest
from botocore.exceptions import ClientError
from msgspec import inspect

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import KINDS
from holdfast.aws.resource import code
from holdfast.core.reconcile import check
from holdfast.core.resource import TAG_ENVIRONMENT, Tagged
from holdfast.core.trouble import NeedsHuman
from tests.support.calls import Calls
from tests.unit.aws.specimens import SPECIMENS
from tests.unit.aws.specimens import TAGS as SPECIMEN_TAGS
from tests.unit.aws.subject import Subject

MADE = [kind for kind, specimen in SPECIMENS.items() if specimen.creates]
TAGGED = [kind for kind, resource in KINDS.items() if kind in MADE and issubclass(resource.model, Tagged)]
DISPOSABLE = [kind for kind, resource in KINDS.items() if resource.disposable]
OURS_TO_DELETE = [kind for kind, specimen in SPECIMENS.items() if not specimen.stays]


@pytest.mark.parametrize("kind", KINDS)
def test_kind_has_a_specimen_and_knows_its_own_fields(kind: str) -> None:
    assert kind in SPECIMENS, "add a specimen in tests/unit/aws/specimens"
    fields = {field.encode_name for field in msgspec.structs.fields(KINDS[kind].model)}
    assert KINDS[kind].immutable <= fields, "immutable names a field that the model does not have"
    assert KINDS[kind].filled_in <= fields, "filled_in names a field that the model does not have"


@pytest.mark.parametrize("kind", KINDS)
def test_what_stands_in_a_set_can_be_put_in_order(kind: str) -> None:
    """Whatever an intruder puts there is written down, the members of a set in their order."""
    lacking = {
        one.__name__ for one in _in_sets(inspect.type_info(KINDS[kind].model)) if not one.__struct_config__.order
    }
    assert lacking == set(), "order=True"


def _in_sets(one: inspect.Type, *, within: bool = False) -> Iterator[type[msgspec.Struct]]:
    """The structs that are, or are in, members of sets somewhere in a type."""
    match one:
        case inspect.StructType():
            if within:
                yield one.cls
            for field in one.fields:
                yield from _in_sets(field.type, within=within)
        case inspect.FrozenSetType():
            yield from _in_sets(one.item_type, within=True)
        case inspect.VarTupleType() | inspect.ListType():
            yield from _in_sets(one.item_type, within=within)
        case inspect.UnionType():
            for each in one.types:
                yield from _in_sets(each, within=within)
        case _:
            pass


@pytest.mark.parametrize("kind", SPECIMENS)
def test_created_it_stands_as_promised(clients: Clients, calls: Calls, kind: str) -> None:
    subject = Subject(clients, kind, SPECIMENS[kind].promise(clients))
    calls.forget()
    subject.bring_back()
    assert subject.physical["id"], "observe must say what AWS calls it"
    created = [call for call in calls.mutating if call == SPECIMENS[kind].creates]
    assert len(created) == bool(SPECIMENS[kind].creates), (
        f"made by one {SPECIMENS[kind].creates}, says its specimen: {calls.mutating}"
    )

    calls.forget()
    subject.bring_back()
    assert calls.mutating == [], "what stands as promised must not be touched"


@pytest.mark.parametrize("kind", SPECIMENS)
def test_killed_before_its_id_was_learnt_it_is_found_and_has_no_twin(clients: Clients, calls: Calls, kind: str) -> None:
    subject = Subject.standing(clients, kind)
    learnt, subject.physical = subject.physical, {}
    calls.forget()
    subject.bring_back()
    assert subject.physical == learnt, "it must be found by its name or by our tags"
    assert calls.mutating == [], "it stood already, and nothing of it was amiss"


@pytest.mark.parametrize(
    "tags", [{"Name": "atlas-specimen"}, {**SPECIMEN_TAGS, TAG_ENVIRONMENT: "babel"}], ids=["none", "babel's"]
)
@pytest.mark.parametrize("kind", TAGGED)
def test_one_of_our_name_that_a_stranger_made_is_never_taken_over(
    clients: Clients, kind: str, tags: dict[str, str]
) -> None:
    stranger = Subject(clients, kind, SPECIMENS[kind].promise(clients))
    ours = stranger.promised
    stranger.change_promise(tags=tags)
    stranger.resource.create()
    stranger.promised = ours
    found, said = None, "somebody else's"
    try:
        found = stranger.resource.observe()
    except NeedsHuman as refusal:
        said = str(refusal)
    assert "somebody else's" in said
    mend = "drop `within`" if SPECIMENS[kind].within else "let observe() refuse_strangers, or look for our tags"
    assert bool(found) is bool(SPECIMENS[kind].within), mend


@pytest.mark.parametrize("kind", MADE)
def test_create_call_that_comes_second_is_no_failure(clients: Clients, kind: str) -> None:
    subject = Subject.standing(clients, kind)
    learnt = subject.physical
    refused = ""
    try:
        subject.resource.create()
    except ClientError as error:
        refused = code(error)
    assert refused == SPECIMENS[kind].refused, "create() must take it for success: already_so"
    subject.bring_back()
    assert subject.physical == learnt


@pytest.mark.parametrize("kind", OURS_TO_DELETE)
def test_deleted_it_is_gone_and_comes_back(clients: Clients, kind: str) -> None:
    subject = Subject.standing(clients, kind)
    subject.delete()
    subject.physical = {}
    assert subject.resource.observe() is None

    subject.bring_back()
    assert check(subject.resource).holds


@pytest.mark.parametrize("kind", DISPOSABLE)
def test_what_the_next_build_makes_anew_it_can_discard(clients: Clients, kind: str) -> None:
    subject = Subject.standing(clients, kind)
    observed = subject.resource.observe()
    assert observed is not None
    subject.resource.discard(observed)
    left = subject.resource.observe()
    assert left is None or left.wait, f"{kind}: discard() removes it; delete() calls it"
