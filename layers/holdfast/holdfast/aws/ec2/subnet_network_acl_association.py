"""``AWS::EC2::SubnetNetworkAclAssociation``: which network ACL a subnet is behind.

A subnet is always behind exactly one; a new one comes under the VPC's default one. The association gets another id when
the subnet comes under another list, and the call names nothing else of ours: so it is a resource of its own
("ReplaceNetworkAclAssociation", EC2 API reference).
"""

from holdfast.aws.resource import AwsResource, already_so
from holdfast.core.resource import Desired, Drift, Observed, Physical, Removal
from holdfast.core.trouble import ComeBackLater, NeedsHuman


class SubnetNetworkAclAssociationState(Desired, frozen=True, kw_only=True):
    """It carries no tags; subnet and list say whose it is."""

    subnet_id: str
    network_acl_id: str


class SubnetNetworkAclAssociation(AwsResource[SubnetNetworkAclAssociationState]):
    """One association."""

    kind = "AWS::EC2::SubnetNetworkAclAssociation"
    model = SubnetNetworkAclAssociationState
    immutable = frozenset({"SubnetId"})

    def observe(self) -> Observed[SubnetNetworkAclAssociationState] | None:
        lists = self.clients.ec2.describe_network_acls(
            Filters=[{"Name": "association.subnet-id", "Values": [self.desired.subnet_id]}]
        )["NetworkAcls"]
        for one in (one for acl in lists for one in acl["Associations"]):
            if one["SubnetId"] == self.desired.subnet_id:
                state = SubnetNetworkAclAssociationState(
                    subnet_id=self.desired.subnet_id, network_acl_id=one["NetworkAclId"]
                )
                return Observed(state=state, physical={"id": one["NetworkAclAssociationId"]})
        return None

    def create(self) -> Physical:
        raise ComeBackLater("AWS puts a new subnet behind its VPC's default list, and does not show it yet", 2)

    def update(self, observed: Observed[SubnetNetworkAclAssociationState], drift: Drift) -> tuple[str, ...]:
        acl = self.desired.network_acl_id
        with already_so("InvalidAssociationID.NotFound"):
            self.clients.ec2.replace_network_acl_association(AssociationId=observed.physical["id"], NetworkAclId=acl)
        return (f"ReplaceNetworkAclAssociation {self.desired.subnet_id} to {acl}",)

    @property
    def removal(self) -> Removal:
        """A subnet is never without one."""
        return "along"

    def delete(self, observed: Observed[SubnetNetworkAclAssociationState]) -> None:
        raise NeedsHuman(str(self.address), "AWS deletes it with its subnet", "delete the subnet")
