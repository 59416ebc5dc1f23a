"""``AWS::EC2::NetworkInterface``: one that somebody else made in a VPC of ours and left there.

No layer has any: nodes, endpoints and load balancers bring their own and take them along. The VPC CNI plugin makes them
for pods, and leaves some behind where a node went before it could clear them away ("Leaking Network Interfaces",
aws/amazon-vpc-cni-k8s issue 69). EC2 deletes one only once it is detached ("DeleteNetworkInterface").
"""

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.aws.resource import already_so
from holdfast.core.resource import Drift, Observed, Physical, Tagged
from holdfast.core.trouble import NeedsHuman

LOOK_AGAIN = 10


class NetworkInterfaceState(Tagged, frozen=True, kw_only=True):
    """Where it is, and whose it says to be: ``aws-K8S-i-…`` are the VPC CNI plugin's."""

    subnet_id: str
    description: str


class NetworkInterface(Ec2Resource[NetworkInterfaceState]):
    """One interface, known by its id."""

    kind = "AWS::EC2::NetworkInterface"
    model = NetworkInterfaceState
    immutable = frozenset({"SubnetId", "Description"})
    id_filter = "network-interface-id"
    resource_type = "network-interface"

    def observe(self) -> Observed[NetworkInterfaceState] | None:
        found = self.the_one(self.clients.ec2.describe_network_interfaces(Filters=self.filters)["NetworkInterfaces"])
        if found is None:
            return None
        state = NetworkInterfaceState(
            subnet_id=found["SubnetId"], description=found["Description"], tags=tag_dict(found["TagSet"])
        )
        at_work = found["Status"] != "available"
        return Observed(state=state, physical={"id": found["NetworkInterfaceId"]}, wait=LOOK_AGAIN if at_work else 0)

    def create(self) -> Physical:
        raise NeedsHuman(str(self.address), "Holdfast makes no network interfaces", "declare none in a layer")

    def update(self, observed: Observed[NetworkInterfaceState], drift: Drift) -> tuple[str, ...]:
        return self.retag(observed, drift)

    def delete(self, observed: Observed[NetworkInterfaceState]) -> None:
        with already_so("InvalidNetworkInterfaceID.NotFound"):
            self.clients.ec2.delete_network_interface(NetworkInterfaceId=observed.physical["id"])
