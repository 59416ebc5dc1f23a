"""A second emulator's opinion: built on moto in this process, an environment's manifest says the same as the laptop's.

Two that were written apart, and agree: what both know of AWS is not the mistake of one. Left out are the layers of
which moto lacks so much that it would be our own opinion twice: ``tests/unit/environment/test_second_opinion_lacks.py``
quotes what it answers there.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Final

import pytest

from holdfast.core.spec import Spec
from tests.support.cloud import ACCOUNT, Json
from tests.support.environments import SHARED, Environment
from tests.support.world import SITE, World, in_order
from tests.unit.conftest import account

LAYERS: Final = (
    "network",
    "keys",
    "identity",
    "logs",
    "security_groups",
    "egress",
    "database",
    "object_storage",
    "file_storage",
    "certificate",
    "load_balancer",
    "waf",
)
CHANCE: Final = re.compile(r"[0-9A-Za-z]{4,}")
"""What may be an id, or part of one; words as long are the same on both sides anyway."""
CALLED: Final = ("id", "Arn")
"""What is an id. Other attributes are addresses and secrets, which an emulator may have anywhere."""


@pytest.fixture(scope="module")
def laptops(standing: Environment) -> dict[str, Json]:
    """The laptop's manifest, in the words of moto's account."""
    application, place = standing.application, standing.place()
    said = {
        application.parts["EnvironmentBoundary"]: SITE.boundary,
        application.outputs["AlertsTopicArn"]: SITE.alerts,
        place.hosted_zone: SITE.hosted_zone,
        ACCOUNT: SITE.account,
    }
    text = json.dumps(standing.records())
    for mine, motos in said.items():
        text = text.replace(mine, motos)
    records: dict[str, Json] = json.loads(text)
    return {path: record for path, record in records.items() if path.partition("/")[0] in LAYERS}


@pytest.fixture(scope="module")
def motos(standing: Environment) -> Iterator[dict[str, Json]]:
    with pytest.MonkeyPatch.context() as patched, account(patched) as (clients, _):
        world = World(clients, Spec.admit(standing.spec()))
        world.build(*LAYERS)
        yield {
            path: {"kind": record.kind, "desired": record.target, "physical": record.physical}
            for path, record in world.manifest.records(standing.name).items()
        }


def test_both_build_these_layers_and_no_other_for_them() -> None:
    assert set(in_order(LAYERS)) == set(LAYERS)


def test_both_promise_the_same_resources(laptops: dict[str, Json], motos: dict[str, Json]) -> None:
    assert _column(laptops, "kind") == _column(motos, "kind")


@pytest.mark.parametrize("layer", LAYERS)
def test_both_promise_the_same_of_each(layer: str, laptops: dict[str, Json], motos: dict[str, Json]) -> None:
    assert _column(laptops, "desired", layer) == _column(motos, "desired", layer)


@pytest.mark.parametrize("layer", LAYERS)
def test_both_call_each_by_ids_of_the_same_shape(layer: str, laptops: dict[str, Json], motos: dict[str, Json]) -> None:
    mine, its = (_shapes(_column(one, "physical", layer)) for one in (laptops, motos))
    assert mine == its


@pytest.mark.parametrize("layer", LAYERS)
def test_both_learn_the_same_attributes(layer: str, laptops: dict[str, Json], motos: dict[str, Json]) -> None:
    mine, its = (
        {path: sorted(physical) for path, physical in _column(one, "physical", layer).items()}
        for one in (laptops, motos)
    )
    assert mine == its


def _column(records: Mapping[str, Json], name: str, layer: str = "") -> Json:
    return {path: record[name] for path, record in sorted(records.items()) if path.startswith(layer)}


def _shapes(column: Json) -> Json:
    """AWS's own roles are the account's, and called as the account calls them."""
    return {
        path: {attribute: CHANCE.sub("#", physical[attribute]) for attribute in CALLED if attribute in physical}
        for path, physical in column.items()
        if not path.endswith(SHARED)
    }
