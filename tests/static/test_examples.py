"""What lies in events/ to be sent is what its state machine takes, and the change of the example is a possible one."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from holdfast.core.manifest import Record
from holdfast.core.spec import Spec
from holdfast.core.teardown import TeardownOrder
from holdfast.core.trouble import NeedsHuman
from holdfast.environment.catalogue import LAYERS
from holdfast.environment.plan import refuse_impossible
from tests.static.stack import ROOT
from tests.support.world import SITE

EVENTS: Final = ROOT / "events"
TAKEN: Final[dict[str, Callable[[object], Any]]] = {
    "change.json": Spec.admit,
    "environment.json": Spec.admit,
    "smallest.json": Spec.admit,
    "teardown.json": TeardownOrder.admit,
    "teardown_with_data.json": TeardownOrder.admit,
}
"""The inputs, each with what its state machine reads it by."""
SEEN: Final = {"authorize_security_group_ingress.json"}
"""Events as AWS sends them."""


def _read(name: str) -> Any:
    return json.loads((EVENTS / name).read_text())


def _standing(spec: Spec) -> dict[str, Record]:
    """The manifest of an environment that was built of ``spec``."""
    return {
        f"{layer.name}/{line.name}": Record(
            environment=spec.name,
            layer=layer.name,
            name=line.name,
            kind=line.kind,
            desired=line.properties,
            physical={"id": line.name},
        )
        for layer in LAYERS.values()
        for line in layer.declared(spec, SITE)
    }


def test_every_file_is_known() -> None:
    assert {file.name for file in EVENTS.iterdir()} == TAKEN.keys() | SEEN


@pytest.mark.parametrize("name", TAKEN)
def test_the_input_is_taken_and_named_where_people_look(name: str) -> None:
    assert TAKEN[name](_read(name)).name == "atlas"
    assert f"events/{name}" in (ROOT / "README.md").read_text()


def test_one_teardown_keeps_the_data_and_the_other_does_not() -> None:
    assert not TeardownOrder.admit(_read("teardown.json")).delete_data
    assert TeardownOrder.admit(_read("teardown_with_data.json")).delete_data


def test_the_change_asks_for_something_else_and_all_of_it_is_possible() -> None:
    stands, asked = Spec.admit(_read("environment.json")), Spec.admit(_read("change.json"))
    assert asked != stands
    refuse_impossible(asked, SITE, _standing(stands))


def test_the_smallest_file_is_no_change_of_the_example() -> None:
    """It asks for no GPUs, which the example has."""
    stands, asked = Spec.admit(_read("environment.json")), Spec.admit(_read("smallest.json"))
    with pytest.raises(NeedsHuman):
        refuse_impossible(asked, SITE, _standing(stands))
