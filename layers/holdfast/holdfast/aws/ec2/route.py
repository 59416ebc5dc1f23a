"""``AWS::EC2::Route``: one destination of one route table. A route has no id and no tags; table and range name it."""

from holdfast.aws.resource import AwsResource, already_so
from holdfast.core.resource import Desired, Drift, Observed, Physical


class RouteState(Desired, frozen=True, kw_only=True):
    """``gateway_id`` is the internet gateway that ``destination_cidr_block`` leaves by."""

    route_table_id: str
    destination_cidr_block: str
    gateway_id: str


class Route(AwsResource[RouteState]):
    """One route."""

    kind = "AWS::EC2::Route"
    model = RouteState
    immutable = frozenset({"RouteTableId", "DestinationCidrBlock"})

    def observe(self) -> Observed[RouteState] | None:
        tables = self.clients.ec2.describe_route_tables(
            Filters=[{"Name": "route-table-id", "Values": [self.desired.route_table_id]}]
        )["RouteTables"]
        for route in (route for table in tables for route in table["Routes"]):
            if route.get("DestinationCidrBlock") == self.desired.destination_cidr_block:
                state = RouteState(
                    route_table_id=self.desired.route_table_id,
                    destination_cidr_block=self.desired.destination_cidr_block,
                    gateway_id=route.get("GatewayId", ""),
                )
                return Observed(state=state, physical={"id": self._id})
        return None

    def create(self) -> Physical:
        with already_so("RouteAlreadyExists"):
            self.clients.ec2.create_route(
                RouteTableId=self.desired.route_table_id,
                DestinationCidrBlock=self.desired.destination_cidr_block,
                GatewayId=self.desired.gateway_id,
            )
        return {"id": self._id}

    def update(self, observed: Observed[RouteState], drift: Drift) -> tuple[str, ...]:
        self.clients.ec2.replace_route(
            RouteTableId=self.desired.route_table_id,
            DestinationCidrBlock=self.desired.destination_cidr_block,
            GatewayId=self.desired.gateway_id,
        )
        return (f"ReplaceRoute {self.desired.destination_cidr_block}",)

    def delete(self, observed: Observed[RouteState]) -> None:
        with already_so("InvalidRoute.NotFound"):
            self.clients.ec2.delete_route(
                RouteTableId=self.desired.route_table_id, DestinationCidrBlock=self.desired.destination_cidr_block
            )

    @property
    def _id(self) -> str:
        """As CloudFormation's Ref answers for a route."""
        return f"{self.desired.route_table_id}|{self.desired.destination_cidr_block}"
