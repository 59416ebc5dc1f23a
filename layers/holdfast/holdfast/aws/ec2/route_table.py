"""``AWS::EC2::RouteTable``: who may use it, and where it leads beside the routes that are resources of their own.

The default route is one (see ``route``), and which table a subnet of ours uses is another (see
``subnet_route_table_association``): here is only what others add. The routes that AWS makes for a gateway endpoint are
the endpoint's (see ``vpc_endpoint``); a gateway endpoint that others put here leads to AWS's own services alone.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.aws.resource import already_so
from holdfast.core.resource import Desired, Drift, Observed, Physical, Tagged

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import RouteTableTypeDef, RouteTypeDef

ANYWHERE = "0.0.0.0/0"
MADE_WITH_IT = "CreateRouteTable"
"""The ``Origin`` of a local route: it can be led elsewhere, and never be deleted ("ReplaceRoute", LocalTarget)."""
PROPAGATED = "EnableVgwRoutePropagation"
GONE = "InvalidAssociationID.NotFound"


class TableRoute(Desired, frozen=True, order=True, kw_only=True):
    """A range or prefix list, and the id of what it leads to; ``origin`` is AWS's word for how it came about."""

    destination: str
    target: str
    origin: str


class RouteTableState(Tagged, frozen=True, kw_only=True):
    """All sets are closed.

    ``subnets``: the environment's, and no other may use it; which of them does says its association.
    ``gateways``: whose incoming traffic it routes. ``propagating_vgws``: VPN gateways that write routes into it.
    ``routes``: all but the local ones, the default one, and those of gateway endpoints.
    """

    vpc_id: str
    subnets: frozenset[str]
    gateways: frozenset[str] = frozenset()
    propagating_vgws: frozenset[str] = frozenset()
    routes: frozenset[TableRoute] = frozenset()


class RouteTable(Ec2Resource[RouteTableState]):
    """One route table. botocore gives CreateRouteTable a client token; after it has expired the tags still find it."""

    kind = "AWS::EC2::RouteTable"
    model = RouteTableState
    immutable = frozenset({"VpcId"})
    filled_in = frozenset({"Subnets"})
    id_filter = "route-table-id"
    resource_type = "route-table"

    def observe(self) -> Observed[RouteTableState] | None:
        table = self._find()
        if table is None:
            return None
        state = RouteTableState(
            vpc_id=table["VpcId"],
            subnets=self.desired.subnets | _associated(table, "subnet-"),
            gateways=_associated(table, "igw-", "vgw-"),
            propagating_vgws=frozenset(one["GatewayId"] for one in table.get("PropagatingVgws", [])),
            routes=frozenset(_routes(table)),
            tags=tag_dict(table.get("Tags", [])),
        )
        return Observed(state=state, physical={"id": table["RouteTableId"]})

    def _find(self) -> "RouteTableTypeDef | None":
        return self.the_one(self.clients.ec2.describe_route_tables(Filters=self.filters)["RouteTables"])

    def create(self) -> Physical:
        made = self.clients.ec2.create_route_table(
            VpcId=self.desired.vpc_id,
            TagSpecifications=self.tag_specifications,
        )
        return {"id": made["RouteTable"]["RouteTableId"]}

    def update(self, observed: Observed[RouteTableState], drift: Drift) -> tuple[str, ...]:
        """Where it leads first, then who uses it."""
        table = observed.physical["id"]
        calls = [self._take_out(table, change.found) for change in drift if isinstance(change.found, TableRoute)]
        for gateway in _added(drift, "PropagatingVgws"):
            self.clients.ec2.disable_vgw_route_propagation(RouteTableId=table, GatewayId=gateway)
            calls.append(f"DisableVgwRoutePropagation {gateway}")
        if users := {*_added(drift, "Subnets"), *_added(drift, "Gateways")}:
            calls += self._disassociate(users)
        return (*calls, *self.retag(observed, drift))

    def _take_out(self, table: str, route: TableRoute) -> str:
        ec2, there = self.clients.ec2, route.destination
        if route.origin == MADE_WITH_IT:
            if ":" in there:
                ec2.replace_route(RouteTableId=table, DestinationIpv6CidrBlock=there, LocalTarget=True)
            else:
                ec2.replace_route(RouteTableId=table, DestinationCidrBlock=there, LocalTarget=True)
            return f"ReplaceRoute {there}"
        with already_so("InvalidRoute.NotFound"):
            if there.startswith("pl-"):
                ec2.delete_route(RouteTableId=table, DestinationPrefixListId=there)
            elif ":" in there:
                ec2.delete_route(RouteTableId=table, DestinationIpv6CidrBlock=there)
            else:
                ec2.delete_route(RouteTableId=table, DestinationCidrBlock=there)
        return f"DeleteRoute {there}"

    def _disassociate(self, users: set[str]) -> Iterator[str]:
        """Only from this table: who uses another one by now is none of its business."""
        table = self._find()
        for user, association in _associations(table) if table else ():
            if user in users:
                with already_so(GONE):
                    self.clients.ec2.disassociate_route_table(AssociationId=association)
                yield f"DisassociateRouteTable {user}"

    def delete(self, observed: Observed[RouteTableState]) -> None:
        for _ in self._disassociate({*observed.state.subnets, *observed.state.gateways}):
            pass
        self.clients.ec2.delete_route_table(RouteTableId=observed.physical["id"])


def _associations(table: "RouteTableTypeDef") -> Iterator[tuple[str, str]]:
    """Each subnet or gateway that uses ``table``, and its association; the main one is the VPC's own."""
    for one in table["Associations"]:
        if user := one.get("SubnetId") or one.get("GatewayId"):
            yield user, one["RouteTableAssociationId"]


def _associated(table: "RouteTableTypeDef", *prefixes: str) -> frozenset[str]:
    return frozenset(user for user, _ in _associations(table) if user.startswith(prefixes))


def _routes(table: "RouteTableTypeDef") -> Iterator[TableRoute]:
    for route in table["Routes"]:
        there, target = destination(route), target_of(route)
        of_endpoint = there.startswith("pl-") and target.startswith("vpce-")
        if not (target == "local" or there == ANYWHERE or of_endpoint or route["Origin"] == PROPAGATED):
            yield TableRoute(destination=there, target=target, origin=route["Origin"])


def destination(route: "RouteTypeDef") -> str:
    """The range or prefix list that ``route`` is for; a route has one of them."""
    return (
        route.get("DestinationCidrBlock")
        or route.get("DestinationIpv6CidrBlock")
        or route.get("DestinationPrefixListId", "")
    )


def target_of(route: "RouteTypeDef") -> str:
    """The id of what ``route`` leads to, whatever it is; a route to an instance names its interface too."""
    return (
        route.get("GatewayId")
        or route.get("NatGatewayId")
        or route.get("InstanceId")
        or route.get("NetworkInterfaceId")
        or route.get("VpcPeeringConnectionId")
        or route.get("TransitGatewayId")
        or route.get("EgressOnlyInternetGatewayId")
        or route.get("LocalGatewayId")
        or route.get("CarrierGatewayId")
        or route.get("CoreNetworkArn", "")
    )


def _added(drift: Drift, path: str) -> list[str]:
    return [change.found for change in drift if change.path == path and isinstance(change.found, str)]
