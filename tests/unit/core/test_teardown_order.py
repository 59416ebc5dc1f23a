"""What the user must say to have an environment taken down, and in which order its layers go."""

import pytest

from holdfast.core.teardown import TeardownOrder, waves
from holdfast.core.trouble import WrongInput
from holdfast.environment.catalogue import LAYERS

SAID = {"name": "atlas", "confirm": "atlas", "delete_data": False}


def test_all_that_is_said_is_taken() -> None:
    assert TeardownOrder.admit(SAID).delete_data is False


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({**SAID, "confirm": "atlas-2"}, "confirm"),
        ({**SAID, "confirm": ""}, "confirm"),
        ({**SAID, "confirm": "Atlas"}, "confirm"),
        ({"name": "atlas", "confirm": "atlas"}, "delete_data"),
        ({**SAID, "delete_data": "false"}, "delete_data"),
        ({**SAID, "delete_data": 0}, "delete_data"),
        ({**SAID, "delete_data": None}, "delete_data"),
        ({**SAID, "force": True}, "force"),
        ({"confirm": "atlas", "delete_data": True}, "name"),
        ("atlas", "the input"),
        (None, "the input"),
    ],
)
def test_nothing_is_taken_down_by_a_default_or_a_slip(said: object, field: str) -> None:
    with pytest.raises(WrongInput) as refused:
        TeardownOrder.admit(said)
    assert refused.value.field == field


def test_each_layer_goes_once_and_before_all_that_it_needs() -> None:
    needs = {name: layer.needs for name, layer in LAYERS.items()}
    order = [layer for wave in waves(needs) for layer in wave]
    assert sorted(order) == sorted(needs)
    wave_of = {layer: number for number, wave in enumerate(waves(needs)) for layer in wave}
    early = [(layer, one) for layer in needs for one in needs[layer] if wave_of[layer] >= wave_of[one]]
    assert not early, f"needed by a layer that goes later or at the same time: {early}"
