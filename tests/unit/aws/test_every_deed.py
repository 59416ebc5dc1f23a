"""The contract of every kind of resource, whatever somebody does to it: seen, brought back, and no more than that.

One of each kind stands for all its deeds, each of which ends with what it broke as promised again.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import reduce

import msgspec
import pytest

from holdfast.core.brief import joined
from holdfast.core.fields import OTHERWISE
from holdfast.core.guard import ExceptionSaid, instead
from holdfast.core.manifest import in_full
from holdfast.core.reconcile import check
from holdfast.core.resource import STANDS, Change
from holdfast.core.restoration import TAGS, aimed
from tests.unit.aws.specimens import SPECIMENS, Deed
from tests.unit.aws.subject import Subject
from tests.unit.conftest import account

DEEDS = [
    pytest.param(kind, deed, id=f"{kind}: someone {name}")
    for kind, specimen in SPECIMENS.items()
    for name, deed in specimen.deeds.items()
]


@pytest.fixture(scope="module")
def stand() -> Iterator[Callable[[str], Subject]]:
    """One account at a time, with what stands in it: the next kind has one of its own, and who finds it broken."""
    standing: dict[str, Subject] = {}
    with ExitStack() as opened:

        def stand(kind: str) -> Subject:
            if kind not in standing or not check(standing[kind].resource).holds:
                standing.clear()
                opened.close()
                clients, _ = opened.enter_context(account(opened.enter_context(pytest.MonkeyPatch.context())))
                standing[kind] = Subject.standing(clients, kind)
            return standing[kind]

        yield stand


@pytest.fixture
def subject(stand: Callable[[str], Subject], kind: str) -> Subject:
    return stand(kind)


@pytest.mark.parametrize(("kind", "deed"), DEEDS)
def test_changed_it_is_brought_back(subject: Subject, deed: Deed) -> None:
    learnt = subject.physical
    deed(subject.clients, learnt["id"])
    drift = check(subject.resource).drift
    assert drift, "observe does not see it: the model lacks the field"

    subject.bring_back()
    assert check(subject.resource).holds, f"update does not undo {[str(change) for change in drift]}"
    assert (subject.physical == learnt) is not SPECIMENS[subject.kind].renamed


@pytest.mark.parametrize(("kind", "deed"), DEEDS)
def test_changed_it_can_be_written_as_the_restorer_writes_it(subject: Subject, deed: Deed) -> None:
    """What differs as it was promised, all else as it stands: AWS must take the two together."""
    deed(subject.clients, subject.physical["id"])
    resource = subject.resource
    observed, drift = check(resource)
    if observed is not None and not {change.path.partition(".")[0] for change in drift} & resource.immutable:
        ours = tuple(change for change in drift if not (resource.claimed_apart and change.path in TAGS))
        assert not ours or aimed(resource, observed, ours).update(observed, ours), "nothing was called"
    subject.bring_back()
    assert check(subject.resource).holds


@pytest.mark.parametrize(("kind", "deed"), DEEDS)
def test_what_it_made_can_be_excepted(subject: Subject, deed: Deed) -> None:
    """Taken into an incident, written down and read back: what is found is allowed, and another promise holds of it."""
    deed(subject.clients, subject.physical["id"])
    drift = check(subject.resource).drift
    kept = [change for change in joined((), drift) if change.path != STANDS and change.found != OTHERWISE]
    said = [_excepted(change) for change in kept]
    assert all(any(one.allows(change) for change in drift) for one in said), [*map(str, drift)]
    other = subject.promising(reduce(instead, said, in_full(subject.resource.desired)))
    assert not any(one.allows(change) for change in check(other).drift for one in said)
    subject.bring_back()


def _excepted(change: Change) -> ExceptionSaid:
    said = ExceptionSaid(
        by="arn",
        owner="the team",
        reason="a test",
        until=2.0,
        said_at=1.0,
        resource="layer/specimen",
        path=change.path,
        promised=change.promised,
        found=change.found,
    )
    return msgspec.json.decode(msgspec.json.encode(said), type=ExceptionSaid)
