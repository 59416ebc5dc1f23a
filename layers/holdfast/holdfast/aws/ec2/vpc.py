"""``AWS::EC2::VPC`` and its DNS attributes, which CreateVpc does not take ("ModifyVpcAttribute", one a call)."""

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged


class VpcState(Tagged, frozen=True, kw_only=True):
    """The range and whether instances have DNS: EKS needs both attributes on."""

    cidr_block: str
    enable_dns_support: bool
    enable_dns_hostnames: bool


class Vpc(Ec2Resource[VpcState]):
    """The environment's VPC."""

    kind = "AWS::EC2::VPC"
    model = VpcState
    immutable = frozenset({"CidrBlock"})
    id_filter = "vpc-id"
    resource_type = "vpc"
    duration = Duration(usual=12, least=10, most=15)

    def observe(self) -> Observed[VpcState] | None:
        ec2 = self.clients.ec2
        vpc = self.the_one(ec2.describe_vpcs(Filters=self.filters)["Vpcs"])
        if vpc is None:
            return None
        identity, pending = vpc["VpcId"], vpc["State"] == "pending"
        support = ec2.describe_vpc_attribute(VpcId=identity, Attribute="enableDnsSupport")
        hostnames = ec2.describe_vpc_attribute(VpcId=identity, Attribute="enableDnsHostnames")
        state = VpcState(
            cidr_block=vpc["CidrBlock"],
            enable_dns_support=support["EnableDnsSupport"].get("Value", False),
            enable_dns_hostnames=hostnames["EnableDnsHostnames"].get("Value", False),
            tags=tag_dict(vpc.get("Tags", [])),
        )
        return Observed(state=state, physical={"id": identity}, wait=2 if pending else 0)

    def create(self) -> Physical:
        made = self.clients.ec2_once.create_vpc(
            CidrBlock=self.desired.cidr_block, TagSpecifications=self.tag_specifications
        )
        return {"id": made["Vpc"]["VpcId"]}

    def update(self, observed: Observed[VpcState], drift: Drift) -> tuple[str, ...]:
        ec2, vpc = self.clients.ec2, observed.physical["id"]
        calls: list[str] = []
        for change in drift:
            if change.path == "EnableDnsSupport":
                ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": self.desired.enable_dns_support})
                calls.append("ModifyVpcAttribute EnableDnsSupport")
            if change.path == "EnableDnsHostnames":
                ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": self.desired.enable_dns_hostnames})
                calls.append("ModifyVpcAttribute EnableDnsHostnames")
        return (*calls, *self.retag(observed, drift))

    def delete(self, observed: Observed[VpcState]) -> None:
        self.clients.ec2.delete_vpc(VpcId=observed.physical["id"])
