"""``AWS::EC2::InternetGateway``, and apart from it ``AWS::EC2::VPCGatewayAttachment``.

CreateRoute is refused while the gateway is not attached ("belong to different networks"): routes name the attachment.
"""

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.aws.resource import AwsResource, already_so
from holdfast.core.resource import Desired, Drift, Duration, Observed, Physical, Tagged


class InternetGatewayState(Tagged, frozen=True, kw_only=True):
    """A gateway has nothing but tags."""


class InternetGateway(Ec2Resource[InternetGatewayState]):
    """The VPC's door to the internet."""

    kind = "AWS::EC2::InternetGateway"
    model = InternetGatewayState
    id_filter = "internet-gateway-id"
    resource_type = "internet-gateway"
    duration = Duration(usual=1, least=1, most=2)

    def observe(self) -> Observed[InternetGatewayState] | None:
        found = self.clients.ec2.describe_internet_gateways(Filters=self.filters)["InternetGateways"]
        gateway = self.the_one(found)
        if gateway is None:
            return None
        state = InternetGatewayState(tags=tag_dict(gateway.get("Tags", [])))
        return Observed(state=state, physical={"id": gateway["InternetGatewayId"]})

    def create(self) -> Physical:
        made = self.clients.ec2_once.create_internet_gateway(TagSpecifications=self.tag_specifications)
        return {"id": made["InternetGateway"]["InternetGatewayId"]}

    def update(self, observed: Observed[InternetGatewayState], drift: Drift) -> tuple[str, ...]:
        return self.retag(observed, drift)

    def delete(self, observed: Observed[InternetGatewayState]) -> None:
        self.clients.ec2.delete_internet_gateway(InternetGatewayId=observed.physical["id"])


class VpcGatewayAttachmentState(Desired, frozen=True, kw_only=True):
    """Which gateway hangs on which VPC."""

    internet_gateway_id: str
    vpc_id: str


class VpcGatewayAttachment(AwsResource[VpcGatewayAttachmentState]):
    """The door in its wall. It has no id and no tags of its own; the gateway's id names it."""

    kind = "AWS::EC2::VPCGatewayAttachment"
    model = VpcGatewayAttachmentState
    immutable = frozenset({"InternetGatewayId"})
    comes_back = True

    def observe(self) -> Observed[VpcGatewayAttachmentState] | None:
        gateway = self.desired.internet_gateway_id
        found = self.clients.ec2.describe_internet_gateways(
            Filters=[{"Name": "internet-gateway-id", "Values": [gateway]}]
        )["InternetGateways"]
        attached = [attachment for one in found for attachment in one.get("Attachments", [])]
        if not attached:
            return None
        state = VpcGatewayAttachmentState(internet_gateway_id=gateway, vpc_id=attached[0]["VpcId"])
        wait = 2 if attached[0]["State"] in {"attaching", "detaching"} else 0
        return Observed(state=state, physical=self._physical, wait=wait)

    def create(self) -> Physical:
        with already_so("Resource.AlreadyAssociated"):
            self.clients.ec2.attach_internet_gateway(
                InternetGatewayId=self.desired.internet_gateway_id, VpcId=self.desired.vpc_id
            )
        return self._physical

    def update(self, observed: Observed[VpcGatewayAttachmentState], drift: Drift) -> tuple[str, ...]:
        self._detach(observed.state)
        self.create()
        return ("DetachInternetGateway", "AttachInternetGateway")

    def delete(self, observed: Observed[VpcGatewayAttachmentState]) -> None:
        self._detach(observed.state)

    def _detach(self, state: VpcGatewayAttachmentState) -> None:
        with already_so("Gateway.NotAttached"):
            self.clients.ec2.detach_internet_gateway(InternetGatewayId=state.internet_gateway_id, VpcId=state.vpc_id)

    @property
    def _physical(self) -> Physical:
        gateway = self.desired.internet_gateway_id
        return {"id": f"IGW|{self.desired.vpc_id}", "InternetGatewayId": gateway}
