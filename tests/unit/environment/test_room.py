"""A first build for which there is no room is refused in clear words, before anything is created."""

from collections.abc import Callable

import pytest

from holdfast.aws.clients import Clients
from holdfast.core.trouble import NeedsHuman
from holdfast.environment.room import require_room
from tests.support.world import World, spec


def _take_addresses(clients: Clients) -> None:
    for _ in range(3):
        clients.ec2.allocate_address(Domain="vpc")


def _take_vpcs(clients: Clients) -> None:
    """An account has a default VPC, and five in all."""
    for number in range(4):
        clients.ec2.create_vpc(CidrBlock=f"10.{number}.0.0/16")


def _take_gateways(clients: Clients) -> None:
    for _ in range(5):
        clients.ec2.create_internet_gateway()


def test_empty_account_has_room(clients: Clients) -> None:
    require_room(clients, spec())


@pytest.mark.parametrize(
    ("take", "said", "do"),
    [
        (
            _take_addresses,
            "3 more Elastic IP addresses are needed, 2 are left of 5 (quota L-0263D0A3 of ec2)",
            "--service-code ec2 --quota-code L-0263D0A3 --desired-value 6",
        ),
        (
            _take_vpcs,
            "1 more VPCs are needed, 0 are left of 5 (quota L-F678F1CE of vpc)",
            "--service-code vpc --quota-code L-F678F1CE --desired-value 6",
        ),
        (
            _take_gateways,
            "1 more internet gateways are needed, 0 are left of 5 (quota L-A4707A72 of vpc)",
            "--service-code vpc --quota-code L-A4707A72 --desired-value 6",
        ),
    ],
)
def test_full_quota_is_named_with_what_is_left_and_how_to_raise_it(
    clients: Clients, take: Callable[[Clients], None], said: str, do: str
) -> None:
    take(clients)
    with pytest.raises(NeedsHuman) as refused:
        require_room(clients, spec())
    assert said in refused.value.why
    assert do in refused.value.do


def test_every_full_quota_is_named_at_once(clients: Clients) -> None:
    _take_addresses(clients)
    _take_gateways(clients)
    with pytest.raises(NeedsHuman, match=r"Elastic IP addresses.*; .*internet gateways"):
        require_room(clients, spec())


def test_what_a_stopped_first_build_made_is_its_own(world: World) -> None:
    """Five addresses are allowed: three are the environment's own, two somebody else's."""
    world.build("egress")
    for _ in range(2):
        world.clients.ec2.allocate_address(Domain="vpc")
    require_room(world.clients, world.spec)
    with pytest.raises(NeedsHuman, match="3 more Elastic IP addresses"):
        require_room(world.clients, spec("atlas-2", "10.30.0.0/16"))
