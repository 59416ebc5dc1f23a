"""What moto lacks of DHCP: the option set that AWS gives every VPC of a Region, with Amazon's own name server.

"DHCP option sets in Amazon VPC", default DHCP option set (vpc/latest/userguide/VPC_DHCP_Options.html).
"""

from typing import Any

import pytest
from moto.ec2.models.vpcs import VPCBackend

_create_vpc = VPCBackend.create_vpc


def close(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(VPCBackend, "create_vpc", _with_the_default_set)
    # moto deletes a VPC's set along with it, which AWS does not.
    monkeypatch.setattr(VPCBackend, "delete_vpc", _leaving_its_set(VPCBackend.delete_vpc))


def _with_the_default_set(backend: Any, *given: Any, **named: Any) -> Any:
    vpc = _create_vpc(backend, *given, **named)
    domain = f"{backend.region_name}.compute.internal"
    sets = [one for one in backend.dhcp_options_sets.values() if one._options["domain-name"] == [domain]]
    vpc.dhcp_options = sets[0] if sets else backend.create_dhcp_options(["AmazonProvidedDNS"], [domain])
    return vpc


def _leaving_its_set(delete: Any) -> Any:
    def deleted(backend: Any, vpc_id: str) -> Any:
        backend.get_vpc(vpc_id).dhcp_options = None
        return delete(backend, vpc_id)

    return deleted
