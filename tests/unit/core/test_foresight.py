"""A dry run says what a build would do, and does nothing."""

from holdfast.core.foresight import Foreseen, foresee
from tests.support.layered import LAYER, Layered, part
from tests.support.simulated import SimulatedPart

KIND = SimulatedPart.kind


def _foreseen(layer: Layered) -> list[Foreseen]:
    layer.cloud.calls.clear()
    found = list(foresee("atlas", LAYER, layer.declared, layer.records, layer.kinds))
    assert layer.cloud.writes == [], "a dry run only reads"
    return found


def test_nothing_stands_and_all_would_be_made() -> None:
    layer = Layered([part("one"), part("two", parent="one")])
    assert _foreseen(layer) == [
        Foreseen(path="layer/one", kind=KIND, what="create"),
        Foreseen(path="layer/two", kind=KIND, what="create"),
    ]
    assert layer.records == {}, "not even the manifest is written"


def test_what_stands_as_asked_is_left_out() -> None:
    layer = Layered([part("one"), part("two", parent="one")])
    layer.converge()
    assert _foreseen(layer) == []


def test_what_is_asked_otherwise_would_be_changed_and_nothing_else() -> None:
    layer = Layered([part("one"), part("two")])
    layer.converge()
    layer.declared = [part("one", size=3), part("two"), part("three")]
    assert _foreseen(layer) == [
        Foreseen(path="layer/one", kind=KIND, what="change", changes=("Size: promised 3, found 1",)),
        Foreseen(path="layer/three", kind=KIND, what="create"),
    ]


def test_what_would_refer_to_something_new_is_compared_with_its_promise() -> None:
    layer = Layered([part("one")])
    layer.converge()
    layer.declared = [part("one", peers=["two"]), part("two")]
    change, made = _foreseen(layer)
    assert (change.path, change.what, made.what) == ("layer/one", "change", "create")
    assert "Peers" in change.changes[0]


def test_what_somebody_deleted_would_be_made_again() -> None:
    layer = Layered([part("one")])
    layer.converge()
    layer.cloud.things.clear()
    assert _foreseen(layer) == [Foreseen(path="layer/one", kind=KIND, what="create")]
