"""An account that is full refuses a first build in clear words, and nothing is made of it.

What fails here is mended in layers/holdfast/holdfast/environment/room.py.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.cloud import root
from tests.support.environments import Environment
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_service_quotas import ServiceQuotasClient

ADDRESSES: Final = {"ServiceCode": "ec2", "QuotaCode": "L-0263D0A3"}


@contextmanager
def only_left(number: int) -> Iterator[None]:
    """Somebody takes Elastic IP addresses until no more than ``number`` are left."""
    ec2: EC2Client = root.client("ec2")
    quotas: ServiceQuotasClient = root.client("service-quotas")
    quota = int(quotas.get_service_quota(**ADDRESSES)["Quota"]["Value"])
    there = len(ec2.describe_addresses()["Addresses"])
    taken = [ec2.allocate_address(Domain="vpc")["AllocationId"] for _ in range(quota - number - there)]
    yield
    for address in taken:
        ec2.release_address(AllocationId=address)


@pytest.mark.alone
def test_first_build_without_addresses_to_be_had_is_refused(beside: Environment) -> None:
    with only_left(2):
        refusal = beside.refused()
    assert refusal["error"] == "NeedsHuman"
    assert "3 more Elastic IP addresses are needed, 2 are left of 50" in refusal["cause"]
    assert "aws service-quotas request-service-quota-increase" in refusal["cause"]
    assert beside.records() == {}, "nothing was made"
    admitted = beside.start()
    until("with room again the build begins", beside.records, look=beside.diagnosis)
    beside.stop(admitted)
