"""What moto lacks of NAT gateways ("DescribeNatGateways", "DeleteNatGateway", EC2 API reference).

They are found by their tags, and one that is gone has given its Elastic IP address free.
"""

from typing import Any

import pytest
from moto.ec2.models.nat_gateways import NatGateway, NatGatewayBackend
from moto.ec2.utils import generic_filter

_describe = NatGatewayBackend.describe_nat_gateways
_delete = NatGatewayBackend.delete_nat_gateway


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NatGatewayBackend, "describe_nat_gateways", _by_tags)
    monkeypatch.setattr(NatGatewayBackend, "delete_nat_gateway", _giving_the_address_free)


def _by_tags(backend: Any, filters: Any, *given: Any) -> list[NatGateway]:
    tags = {name: values for name, values in (filters or {}).items() if name.startswith("tag:")}
    found: list[NatGateway] = generic_filter(tags, _describe(backend, filters, *given))
    return found


def _giving_the_address_free(backend: Any, identity: str) -> NatGateway:
    gateway = _delete(backend, identity)
    for address in gateway.address_set:
        backend.disassociate_address(association_id=address["associationId"])
    return gateway
