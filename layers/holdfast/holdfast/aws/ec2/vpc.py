"""``AWS::EC2::VPC`` with its DNS attributes, which CreateVpc does not take, and the name servers that it hands out.

AWS gives a new VPC the Region's default DHCP option set, whose name server is Amazon's own ("DHCP option sets in Amazon
VPC", vpc/latest/userguide/VPC_DHCP_Options.html): whoever associates another set can answer for every name.
"""

from typing import TYPE_CHECKING

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.core.resource import Drift, Duration, Observed, Physical, Tagged
from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import DhcpOptionsTypeDef, FilterTypeDef

AMAZONS = frozenset({"AmazonProvidedDNS"})
NAME_SERVERS = "domain-name-servers"


class VpcState(Tagged, frozen=True, kw_only=True):
    """The range, whether instances have DNS (EKS needs both attributes on), and from whom."""

    cidr_block: str
    enable_dns_support: bool
    enable_dns_hostnames: bool
    domain_name_servers: frozenset[str] = AMAZONS


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
        handed_out = self._option_sets("dhcp-options-id", vpc["DhcpOptionsId"])
        state = VpcState(
            cidr_block=vpc["CidrBlock"],
            enable_dns_support=support["EnableDnsSupport"].get("Value", False),
            enable_dns_hostnames=hostnames["EnableDnsHostnames"].get("Value", False),
            domain_name_servers=frozenset(server for one in handed_out for server in _name_servers(one)),
            tags=tag_dict(vpc.get("Tags", [])),
        )
        return Observed(state=state, physical={"id": identity}, wait=2 if pending else 0)

    def _option_sets(self, name: str, value: str) -> "list[DhcpOptionsTypeDef]":
        """Those that a filter finds. By a filter: ``default`` is AWS's word for none, and no id."""
        asked: list[FilterTypeDef] = [{"Name": name, "Values": [value]}]
        return self.clients.ec2.describe_dhcp_options(Filters=asked)["DhcpOptions"]

    def create(self) -> Physical:
        made = self.clients.ec2_once.create_vpc(
            CidrBlock=self.desired.cidr_block, TagSpecifications=self.tag_specifications
        )
        return {"id": made["Vpc"]["VpcId"]}

    def update(self, observed: Observed[VpcState], drift: Drift) -> tuple[str, ...]:
        ec2, vpc = self.clients.ec2, observed.physical["id"]
        paths = {change.path for change in drift}
        calls: list[str] = []
        if "DomainNameServers" in paths:
            options = self._with_promised_servers()
            ec2.associate_dhcp_options(DhcpOptionsId=options, VpcId=vpc)
            calls.append(f"AssociateDhcpOptions {options}")
        if "EnableDnsSupport" in paths:
            ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsSupport={"Value": self.desired.enable_dns_support})
            calls.append("ModifyVpcAttribute EnableDnsSupport")
        if "EnableDnsHostnames" in paths:
            ec2.modify_vpc_attribute(VpcId=vpc, EnableDnsHostnames={"Value": self.desired.enable_dns_hostnames})
            calls.append("ModifyVpcAttribute EnableDnsHostnames")
        return (*calls, *self.retag(observed, drift))

    def _with_promised_servers(self) -> str:
        """The id of a set that hands out these name servers and says least beside: AWS's default one, or its like."""
        promised = self.desired.domain_name_servers
        sets = [one for server in promised for one in self._option_sets("value", server)]
        fitting = [one for one in sets if _name_servers(one) == promised]
        if not fitting:
            raise NeedsHuman(
                str(self.address),
                f"no DHCP option set of the Region hands out {', '.join(sorted(promised))} alone",
                "make one (`aws ec2 create-dhcp-options`) and associate it with the VPC",
            )
        return min(fitting, key=lambda one: (len(one["DhcpConfigurations"]), one["DhcpOptionsId"]))["DhcpOptionsId"]

    def delete(self, observed: Observed[VpcState]) -> None:
        self.clients.ec2.delete_vpc(VpcId=observed.physical["id"])


def _name_servers(options: "DhcpOptionsTypeDef") -> frozenset[str]:
    configurations = (one for one in options["DhcpConfigurations"] if one.get("Key") == NAME_SERVERS)
    return frozenset(value.get("Value", "") for one in configurations for value in one.get("Values", []))
