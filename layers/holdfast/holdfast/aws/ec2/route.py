"""``AWS::EC2::Route``: one destination of one route table. A route has no id and no tags; table and range name it."""

from typing import TypedDict

from holdfast.aws.ec2.route_table import target_of
from holdfast.aws.resource import AwsResource, already_so
from holdfast.core.resource import Desired, Drift, Observed, Physical


class _Target(TypedDict, total=False):
    GatewayId: str
    NatGatewayId: str


class RouteState(Desired, frozen=True, kw_only=True):
    """``destination_cidr_block`` leaves by the internet gateway ``gateway_id``, or by a NAT gateway; never by both.

    Of a route that somebody led elsewhere, ``gateway_id`` is found to be whatever it leads to.
    """

    route_table_id: str
    destination_cidr_block: str
    gateway_id: str = ""
    nat_gateway_id: str = ""


class Route(AwsResource[RouteState]):
    """One route."""

    kind = "AWS::EC2::Route"
    model = RouteState
    immutable = frozenset({"RouteTableId", "DestinationCidrBlock"})
    comes_back = True

    def observe(self) -> Observed[RouteState] | None:
        tables = self.clients.ec2.describe_route_tables(
            Filters=[{"Name": "route-table-id", "Values": [self.desired.route_table_id]}]
        )["RouteTables"]
        for route in (route for table in tables for route in table["Routes"]):
            if route.get("DestinationCidrBlock") == self.desired.destination_cidr_block:
                state = RouteState(
                    route_table_id=self.desired.route_table_id,
                    destination_cidr_block=self.desired.destination_cidr_block,
                    gateway_id="" if route.get("NatGatewayId") else target_of(route),
                    nat_gateway_id=route.get("NatGatewayId", ""),
                )
                return Observed(state=state, physical={"id": self._id})
        return None

    def create(self) -> Physical:
        with already_so("RouteAlreadyExists"):
            self.clients.ec2.create_route(
                RouteTableId=self.desired.route_table_id,
                DestinationCidrBlock=self.desired.destination_cidr_block,
                **self._target,
            )
        return {"id": self._id}

    def update(self, observed: Observed[RouteState], drift: Drift) -> tuple[str, ...]:
        self.clients.ec2.replace_route(
            RouteTableId=self.desired.route_table_id,
            DestinationCidrBlock=self.desired.destination_cidr_block,
            **self._target,
        )
        return (f"ReplaceRoute {self.desired.destination_cidr_block}",)

    def delete(self, observed: Observed[RouteState]) -> None:
        with already_so("InvalidRoute.NotFound"):
            self.clients.ec2.delete_route(
                RouteTableId=self.desired.route_table_id, DestinationCidrBlock=self.desired.destination_cidr_block
            )

    @property
    def _target(self) -> "_Target":
        """The one member that says where it leads: EC2 takes no second one, not even an empty one."""
        if self.desired.nat_gateway_id:
            return {"NatGatewayId": self.desired.nat_gateway_id}
        return {"GatewayId": self.desired.gateway_id}

    @property
    def _id(self) -> str:
        """As CloudFormation's Ref answers for a route."""
        return f"{self.desired.route_table_id}|{self.desired.destination_cidr_block}"
