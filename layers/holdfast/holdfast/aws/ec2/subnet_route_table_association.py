"""``AWS::EC2::SubnetRouteTableAssociation``: which route table a subnet uses.

A subnet has one explicit association at most; without it the VPC's main table is in force. Its id changes whenever the
subnet is moved to another table, and calls that move or take it name nothing else of ours: so it is a resource of its
own ("ReplaceRouteTableAssociation", "DisassociateRouteTable", EC2 API reference).
"""

from typing import TYPE_CHECKING

from holdfast.aws.resource import AwsResource, already_so
from holdfast.core.resource import Desired, Drift, Observed, Physical

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import RouteTableAssociationTypeDef

GONE = "InvalidAssociationID.NotFound"


class SubnetRouteTableAssociationState(Desired, frozen=True, kw_only=True):
    """It carries no tags; subnet and table say whose it is."""

    subnet_id: str
    route_table_id: str


class SubnetRouteTableAssociation(AwsResource[SubnetRouteTableAssociationState]):
    """One association."""

    kind = "AWS::EC2::SubnetRouteTableAssociation"
    model = SubnetRouteTableAssociationState
    immutable = frozenset({"SubnetId"})
    comes_back = True

    def observe(self) -> Observed[SubnetRouteTableAssociationState] | None:
        found = self._find()
        if found is None:
            return None
        state = SubnetRouteTableAssociationState(subnet_id=self.desired.subnet_id, route_table_id=found["RouteTableId"])
        return Observed(state=state, physical={"id": found["RouteTableAssociationId"]})

    def _find(self) -> "RouteTableAssociationTypeDef | None":
        tables = self.clients.ec2.describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": [self.desired.subnet_id]}]
        )["RouteTables"]
        associations = (one for table in tables for one in table["Associations"])
        return next((one for one in associations if one.get("SubnetId") == self.desired.subnet_id), None)

    def create(self) -> Physical:
        """What it is called observe says: another table's may have come before."""
        with already_so("Resource.AlreadyAssociated"):
            self.clients.ec2.associate_route_table(
                SubnetId=self.desired.subnet_id, RouteTableId=self.desired.route_table_id
            )
        return {}

    def update(self, observed: Observed[SubnetRouteTableAssociationState], drift: Drift) -> tuple[str, ...]:
        """Moved, not taken off and put on: it is never without a table."""
        with already_so(GONE):
            self.clients.ec2.replace_route_table_association(
                AssociationId=observed.physical["id"], RouteTableId=self.desired.route_table_id
            )
        return (f"ReplaceRouteTableAssociation {self.desired.subnet_id} to {self.desired.route_table_id}",)

    def delete(self, observed: Observed[SubnetRouteTableAssociationState]) -> None:
        with already_so(GONE):
            self.clients.ec2.disassociate_route_table(AssociationId=observed.physical["id"])
