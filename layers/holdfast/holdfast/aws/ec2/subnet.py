"""``AWS::EC2::Subnet``."""

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged


class SubnetState(Tagged, frozen=True, kw_only=True):
    """One zone's share of the VPC. Nothing in it gets a public address by itself."""

    vpc_id: str
    cidr_block: str
    availability_zone: str
    map_public_ip_on_launch: bool


class Subnet(Ec2Resource[SubnetState]):
    """One subnet."""

    kind = "AWS::EC2::Subnet"
    model = SubnetState
    immutable = frozenset({"VpcId", "CidrBlock", "AvailabilityZone"})
    id_filter = "subnet-id"
    resource_type = "subnet"
    duration = Duration(usual=11, least=10, most=12)

    def observe(self) -> Observed[SubnetState] | None:
        subnet = self.the_one(self.clients.ec2.describe_subnets(Filters=self.filters)["Subnets"])
        if subnet is None:
            return None
        state = SubnetState(
            vpc_id=subnet["VpcId"],
            cidr_block=subnet["CidrBlock"],
            availability_zone=subnet["AvailabilityZone"],
            map_public_ip_on_launch=subnet["MapPublicIpOnLaunch"],
            tags=tag_dict(subnet.get("Tags", [])),
        )
        physical = {"id": subnet["SubnetId"]}
        return Observed(state=state, physical=physical, wait=2 if subnet["State"] == "pending" else 0)

    def create(self) -> Physical:
        made = self.clients.ec2_once.create_subnet(
            VpcId=self.desired.vpc_id,
            CidrBlock=self.desired.cidr_block,
            AvailabilityZone=self.desired.availability_zone,
            TagSpecifications=self.tag_specifications,
        )
        return {"id": made["Subnet"]["SubnetId"]}

    def update(self, observed: Observed[SubnetState], drift: Drift) -> tuple[str, ...]:
        calls: list[str] = []
        if any(change.path == "MapPublicIpOnLaunch" for change in drift):
            self.clients.ec2.modify_subnet_attribute(
                SubnetId=observed.physical["id"], MapPublicIpOnLaunch={"Value": self.desired.map_public_ip_on_launch}
            )
            calls.append("ModifySubnetAttribute MapPublicIpOnLaunch")
        return (*calls, *self.retag(observed, drift))

    def delete(self, observed: Observed[SubnetState]) -> None:
        self.clients.ec2.delete_subnet(SubnetId=observed.physical["id"])
