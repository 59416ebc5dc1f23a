"""``AWS::EC2::EIP``: an Elastic IP address of the account's own.

AllocateAddress takes no token ("Ensuring idempotency in Amazon EC2 API requests"): until its allocation id is learnt it
is found by our tags. What it is associated with is for whoever holds it to say (see ``nat_gateway``).
"""

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.aws.resource import already_so
from holdfast.core.resource import Drift, Observed, Physical, Tagged


class EipState(Tagged, frozen=True, kw_only=True):
    """``domain`` is ``vpc`` for every address that AWS still hands out."""

    domain: str = "vpc"


class Eip(Ec2Resource[EipState]):
    """One address. Calls and events name it by its allocation id; ``PublicIp`` is what the world sees."""

    kind = "AWS::EC2::EIP"
    model = EipState
    immutable = frozenset({"Domain"})
    id_filter = "allocation-id"
    resource_type = "elastic-ip"

    def observe(self) -> Observed[EipState] | None:
        address = self.the_one(self.clients.ec2.describe_addresses(Filters=self.filters)["Addresses"])
        if address is None:
            return None
        state = EipState(domain=address["Domain"], tags=tag_dict(address.get("Tags", [])))
        return Observed(state=state, physical={"id": address["AllocationId"], "PublicIp": address["PublicIp"]})

    def create(self) -> Physical:
        made = self.clients.ec2_once.allocate_address(Domain="vpc", TagSpecifications=self.tag_specifications)
        return {"id": made["AllocationId"], "PublicIp": made["PublicIp"]}

    def update(self, observed: Observed[EipState], drift: Drift) -> tuple[str, ...]:
        return self.retag(observed, drift)

    def delete(self, observed: Observed[EipState]) -> None:
        with already_so("InvalidAllocationID.NotFound"):
            self.clients.ec2.release_address(AllocationId=observed.physical["id"])
