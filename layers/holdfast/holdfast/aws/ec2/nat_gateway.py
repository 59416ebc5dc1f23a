"""``AWS::EC2::NatGateway``: the way out of one zone, under an address of its own.

One that AWS could not make is ``failed``, says why, holds nothing and goes away by itself after an hour; one that was
deleted is shown for an hour, too ("Troubleshoot NAT gateways", vpc/latest/userguide/nat-gateway-troubleshooting.html).
A failed one gives its Elastic IP address free only when it is gone. CreateNatGateway takes a client token, which
botocore fills in; after that has expired our tags still find what was made.
"""

from typing import TYPE_CHECKING, Final

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.aws.resource import already_so
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_ec2.literals import NatGatewayStateType
    from mypy_boto3_ec2.type_defs import NatGatewayTypeDef

STANDING: "Final[tuple[NatGatewayStateType, ...]]" = ("available", "deleting", "failed", "pending")
"""Every state but ``deleted``."""


class NatGatewayState(Tagged, frozen=True, kw_only=True):
    """``allocation_id`` is the Elastic IP address that it holds, for as long as it stands."""

    subnet_id: str
    allocation_id: str
    connectivity_type: str = "public"


class NatGateway(Ec2Resource[NatGatewayState]):
    """One NAT gateway. Nothing of it can be changed but its tags."""

    kind = "AWS::EC2::NatGateway"
    model = NatGatewayState
    immutable = frozenset({"SubnetId", "AllocationId", "ConnectivityType"})
    duration = Duration(106, 85, 125)
    disposable = True
    comes_back = True
    id_filter = "nat-gateway-id"
    resource_type = "natgateway"

    def observe(self) -> Observed[NatGatewayState] | None:
        shown = self.clients.ec2.describe_nat_gateways(
            Filters=[*self.filters, {"Name": "state", "Values": list(STANDING)}]
        )["NatGateways"]
        gateway = self.the_one(shown)
        if gateway is None:
            return None
        state = NatGatewayState(
            subnet_id=gateway["SubnetId"],
            allocation_id=_address(gateway),
            connectivity_type=gateway.get("ConnectivityType", "public"),
            tags=tag_dict(gateway.get("Tags", [])),
        )
        return Observed(
            state=state,
            physical={"id": gateway["NatGatewayId"]},
            wait=5 if gateway["State"] in {"deleting", "pending"} else 0,
            failed=_why(gateway) if gateway["State"] == "failed" else "",
        )

    def create(self) -> Physical:
        made = self.clients.ec2.create_nat_gateway(
            SubnetId=self.desired.subnet_id,
            AllocationId=self.desired.allocation_id,
            ConnectivityType="public",
            TagSpecifications=self.tag_specifications,
        )
        return {"id": made["NatGateway"]["NatGatewayId"]}

    def update(self, observed: Observed[NatGatewayState], drift: Drift) -> tuple[str, ...]:
        return self.retag(observed, drift)

    def discard(self, observed: Observed[NatGatewayState]) -> None:
        with already_so("NatGatewayNotFound"):
            self.clients.ec2.delete_nat_gateway(NatGatewayId=observed.physical["id"])

    def delete(self, observed: Observed[NatGatewayState]) -> None:
        """Its routes stay behind as black holes: they are resources of their own, and go first."""
        self.discard(observed)


def _address(gateway: "NatGatewayTypeDef") -> str:
    """The allocation id of its primary address; others may be associated beside it, and show as not primary."""
    addresses = gateway.get("NatGatewayAddresses", [])
    return next((one.get("AllocationId", "") for one in addresses if one.get("IsPrimary", True)), "")


def _why(gateway: "NatGatewayTypeDef") -> str:
    return f"{gateway.get('FailureCode', 'failed')}: {gateway.get('FailureMessage', 'it does not say why')}"
