"""Slow resources are pending first; the seconds are those of local/pending.py, scaled.

Pages: Vpc, Subnet and VpcEndpoint, member State (AWSEC2/latest/APIReference/API_Vpc.html and its like).
"""

import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.local.accounts import Account

type Observe = Callable[[], str]

_PATIENCE: Final = 5.0


def vpc(account: Account) -> tuple[str, Observe]:
    made: Any = account.ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]
    return made["State"], lambda: str(account.ec2.describe_vpcs(VpcIds=[made["VpcId"]])["Vpcs"][0]["State"])


def subnet(account: Account) -> tuple[str, Observe]:
    made: Any = account.ec2.create_subnet(VpcId=account.vpc(), CidrBlock="10.0.0.0/24")["Subnet"]
    ids = [made["SubnetId"]]
    return made["State"], lambda: str(account.ec2.describe_subnets(SubnetIds=ids)["Subnets"][0]["State"])


def endpoint(account: Account) -> tuple[str, Observe]:
    wanted = {"VpcId": account.vpc(), "ServiceName": "com.amazonaws.eu-west-1.s3"}
    made: Any = account.ec2.create_vpc_endpoint(**wanted)["VpcEndpoint"]
    ids = [made["VpcEndpointId"]]
    return made["State"], lambda: str(
        account.ec2.describe_vpc_endpoints(VpcEndpointIds=ids)["VpcEndpoints"][0]["State"]
    )


@pytest.mark.parametrize("create", [vpc, subnet, endpoint])
def test_a_slow_resource_is_pending_until_its_time_has_come(
    create: Callable[[Account], tuple[str, Observe]],
) -> None:
    created, observe = create(Account())
    assert created == "pending", "the create call answers before the resource is there"
    deadline = time.monotonic() + _PATIENCE
    while observe() == "pending" and time.monotonic() < deadline:
        time.sleep(0.01)
    assert observe() == "available"
