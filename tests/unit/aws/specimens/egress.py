"""Specimens of the ways out: Elastic IP address and NAT gateway."""

from typing import Final

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.eip import EipState
from holdfast.aws.ec2.nat_gateway import NatGatewayState
from holdfast.core.resource import Desired
from tests.unit.aws.specimens.ec2 import TAG_DEEDS, gateway, subnet, vpc
from tests.unit.aws.specimens.specimen import TAGS, Specimen


def _promise_nat_gateway(clients: Clients) -> Desired:
    network = vpc(clients)
    gateway(clients, network)
    address = clients.ec2.allocate_address(Domain="vpc")["AllocationId"]
    return NatGatewayState(subnet_id=subnet(clients, network), allocation_id=address, tags=TAGS)


SPECIMENS: Final[dict[str, Specimen]] = {
    "AWS::EC2::EIP": Specimen(lambda clients: EipState(tags=TAGS), "ec2.AllocateAddress", TAG_DEEDS),
    "AWS::EC2::NatGateway": Specimen(
        _promise_nat_gateway, "ec2.CreateNatGateway", TAG_DEEDS, refused="Resource.AlreadyAssociated"
    ),
}
