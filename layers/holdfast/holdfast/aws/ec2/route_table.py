"""``AWS::EC2::RouteTable`` with the subnets that use it (``AWS::EC2::SubnetRouteTableAssociation``).

Its routes are resources of their own (see ``route``): the private tables get theirs from another layer.
"""

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.aws.resource import already_so
from holdfast.core.resource import Drift, Observed, Physical, Tagged


class RouteTableState(Tagged, frozen=True, kw_only=True):
    """``subnets`` is closed: a subnet that someone associates beside ours is drift."""

    vpc_id: str
    subnets: frozenset[str]


class RouteTable(Ec2Resource[RouteTableState]):
    """One route table. botocore gives CreateRouteTable a client token; after it has expired the tags still find it."""

    kind = "AWS::EC2::RouteTable"
    model = RouteTableState
    immutable = frozenset({"VpcId"})
    filled_in = frozenset({"Subnets"})
    id_filter = "route-table-id"
    resource_type = "route-table"

    def observe(self) -> Observed[RouteTableState] | None:
        table = self.the_one(self.clients.ec2.describe_route_tables(Filters=self.filters)["RouteTables"])
        if table is None:
            return None
        associated = {
            association["SubnetId"]: association["RouteTableAssociationId"]
            for association in table["Associations"]
            if "SubnetId" in association
        }
        state = RouteTableState(
            vpc_id=table["VpcId"], subnets=frozenset(associated), tags=tag_dict(table.get("Tags", []))
        )
        return Observed(state=state, physical={"id": table["RouteTableId"]})

    def create(self) -> Physical:
        made = self.clients.ec2.create_route_table(
            VpcId=self.desired.vpc_id,
            TagSpecifications=self.tag_specifications,
        )
        return {"id": made["RouteTable"]["RouteTableId"]}

    def update(self, observed: Observed[RouteTableState], drift: Drift) -> tuple[str, ...]:
        """Take foreign subnets off first. A subnet that uses another table is moved: it is never without one."""
        calls: list[str] = []
        for change in drift:
            if change.path == "Subnets" and isinstance(change.found, str):
                self._disassociate(change.found)
                calls.append(f"DisassociateRouteTable {change.found}")
            if change.path == "Subnets" and isinstance(change.promised, str):
                self._associate(change.promised, observed.physical["id"])
                calls.append(f"AssociateRouteTable {change.promised}")
        return (*calls, *self.retag(observed, drift))

    def delete(self, observed: Observed[RouteTableState]) -> None:
        for subnet in observed.state.subnets:
            self._disassociate(subnet)
        self.clients.ec2.delete_route_table(RouteTableId=observed.physical["id"])

    def _disassociate(self, subnet: str) -> None:
        with already_so("InvalidAssociationID.NotFound"):
            self.clients.ec2.disassociate_route_table(AssociationId=self._association(subnet))

    def _associate(self, subnet: str, table: str) -> None:
        """An association that is moved gets another id: a second try after a lost answer finds the first one gone."""
        ec2 = self.clients.ec2
        with already_so("InvalidAssociationID.NotFound", "Resource.AlreadyAssociated"):
            if elsewhere := self._association(subnet):
                ec2.replace_route_table_association(AssociationId=elsewhere, RouteTableId=table)
            else:
                ec2.associate_route_table(SubnetId=subnet, RouteTableId=table)

    def _association(self, subnet: str) -> str:
        """The id of the subnet's explicit association, with whichever table; empty if it has none."""
        tables = self.clients.ec2.describe_route_tables(
            Filters=[{"Name": "association.subnet-id", "Values": [subnet]}]
        )["RouteTables"]
        associations = [association for table in tables for association in table["Associations"]]
        return next((one["RouteTableAssociationId"] for one in associations if one.get("SubnetId") == subnet), "")
