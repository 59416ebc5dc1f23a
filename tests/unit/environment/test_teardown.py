"""Two environments in one account: neither takes the other's resources for its own, not even when one is taken down.

Each of the two is built once; what a teardown does to the account it does in a copy.
"""

import re
from typing import Final

import pytest

from holdfast.aws.kinds import KINDS
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.environment.catalogue import LAYERS
from tests.support.calls import Calls
from tests.support.copied import in_a_copy
from tests.support.world import World, spec

KEY: Final = "AWS::KMS::Key"
BUCKETS: Final = {"object_storage/access_log_bucket", "object_storage/data_bucket"}


def _standing(world: World) -> set[str]:
    """What still carries the environment's tag, as AWS itself lists it; it shows deleted gateways for a while."""
    deleted = {
        gateway["NatGatewayId"]
        for gateway in world.clients.ec2.describe_nat_gateways(Filters=[{"Name": "state", "Values": ["deleted"]}])[
            "NatGateways"
        ]
    }
    pages = world.clients.tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": TAG_ENVIRONMENT, "Values": [world.spec.name]}]
    )
    arns = {one["ResourceARN"] for page in pages for one in page["ResourceTagMappingList"]}
    return {arn for arn in arns if arn.rpartition("/")[2] not in deleted}


def _bucket_policy(world: World, bucket: str) -> str:
    return world.clients.s3.get_bucket_policy(Bucket=world.id_of(bucket))["Policy"]


@pytest.fixture(scope="module")
def neighbours(shared: tuple[World, Calls]) -> tuple[World, World]:
    world, _ = shared
    neighbour = World(world.clients, spec("atlas-2", "10.30.0.0/16"))
    for one in (world, neighbour):
        one.build(*LAYERS)
    return world, neighbour


def test_two_environments_stand_side_by_side(neighbours: tuple[World, World], shared: tuple[World, Calls]) -> None:
    _, calls = shared
    calls.forget()
    for world in neighbours:
        world.build(*LAYERS)
        for layer in LAYERS:
            assert world.evidence(layer).broken == (), f"{world.spec.name} is not alone in its {layer}"
    assert calls.mutating == [], "each takes the other's resources for its own"


def test_with_the_word_nothing_is_left_but_what_is_told(neighbours: tuple[World, World]) -> None:
    assert in_a_copy(lambda: _taken_down(*neighbours)) == []


def _taken_down(world: World, neighbour: World) -> list[str]:
    beside = _standing(neighbour)
    fates = world.demolish(delete_data=True)

    told = {path: fate for path, fate in fates.items() if fate.end != "deleted"}
    assert {fate.kind for fate in told.values() if fate.end == "pending"} == {KEY}
    assert world.manifest.records("atlas").keys() == {path for path, fate in told.items() if fate.end == "kept"}
    assert all(fate.why for fate in told.values()), "what is left says why"
    names = [fate.id.rpartition("/")[2] for fate in told.values()]
    names += [beginning for fate in fates.values() for beginning in re.findall(r"atlas-final-\w+", fate.left)]
    lingers = [
        f"still stands, and nobody said so: {arn}" for arn in _standing(world) if not any(n in arn for n in names)
    ]

    assert _standing(neighbour) == beside, "a neighbour was touched"
    return lingers + [
        f"the neighbour's {layer}: {finding}" for layer in LAYERS for finding in neighbour.evidence(layer).broken
    ]


def test_without_the_word_what_holds_data_stays_and_is_taken_up_again(neighbours: tuple[World, World]) -> None:
    assert in_a_copy(lambda: _taken_down_and_up(neighbours[0])) == []


def _taken_down_and_up(world: World) -> list[str]:
    data = {path for path, record in world.manifest.records("atlas").items() if KINDS[record.kind].holds_data}
    policies = [_bucket_policy(world, path) for path in sorted(data & BUCKETS)]
    before = {path: world.id_of(path) for path in data}
    fates = world.demolish(delete_data=False)
    assert data <= {path for path, fate in fates.items() if fate.end == "kept"}
    assert [_bucket_policy(world, path) for path in sorted(data & BUCKETS)] == policies, "what is kept is protected"
    assert not any(record.desired for record in world.manifest.records("atlas").values()), "it is guarded no more"

    world.lease = world.lease._replace(fence=world.lease.fence + 2)
    world.build(*LAYERS)
    return [f"a build does not take up {path}" for path in data if world.id_of(path) != before[path]]
