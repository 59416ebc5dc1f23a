"""``AWS::EC2::VPCEndpoint`` of the Gateway kind: traffic to S3 stays inside AWS and costs nothing.

A route table has one gateway endpoint for a service at most (RouteAlreadyExists): no twin can arise, and one that was
deleted is made again when it has left the tables.
"""

import json

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.core.resource import Drift, Observed, Physical, Tagged

LEAVING = "deleting"
AT_WORK = frozenset({"pending", "pendingacceptance", LEAVING})


class VpcEndpointState(Tagged, frozen=True, kw_only=True):
    """``route_table_ids`` is closed. ``policy_document`` says what may be reached through the endpoint."""

    vpc_id: str
    service_name: str
    route_table_ids: frozenset[str]
    policy_document: dict[str, object]


class VpcEndpoint(Ec2Resource[VpcEndpointState]):
    """One gateway endpoint."""

    kind = "AWS::EC2::VPCEndpoint"
    model = VpcEndpointState
    immutable = frozenset({"VpcId", "ServiceName"})
    comes_back = True
    id_filter = "vpc-endpoint-id"
    resource_type = "vpc-endpoint"

    def observe(self) -> Observed[VpcEndpointState] | None:
        shown = self.clients.ec2.describe_vpc_endpoints(Filters=self.filters)["VpcEndpoints"]
        found = [one for one in shown if one["State"].lower() != "deleted"]
        endpoint = self.the_one([one for one in found if one["State"].lower() != LEAVING] or found)
        if endpoint is None:
            return None
        state = VpcEndpointState(
            vpc_id=endpoint["VpcId"],
            service_name=endpoint["ServiceName"],
            route_table_ids=frozenset(endpoint["RouteTableIds"]),
            policy_document=json.loads(endpoint["PolicyDocument"]),
            tags=tag_dict(endpoint.get("Tags", [])),
        )
        wait = 2 if endpoint["State"].lower() in AT_WORK else 0
        failed = endpoint.get("FailureReason", "") if endpoint["State"].lower() == "failed" else ""
        return Observed(state=state, physical={"id": endpoint["VpcEndpointId"]}, wait=wait, failed=failed)

    def create(self) -> Physical:
        made = self.clients.ec2_once.create_vpc_endpoint(
            VpcEndpointType="Gateway",
            VpcId=self.desired.vpc_id,
            ServiceName=self.desired.service_name,
            RouteTableIds=sorted(self.desired.route_table_ids),
            PolicyDocument=json.dumps(self.desired.policy_document),
            TagSpecifications=self.tag_specifications,
        )
        return {"id": made["VpcEndpoint"]["VpcEndpointId"]}

    def update(self, observed: Observed[VpcEndpointState], drift: Drift) -> tuple[str, ...]:
        if all(change.path.startswith("Tags.") for change in drift):
            return self.retag(observed, drift)
        self.clients.ec2.modify_vpc_endpoint(
            VpcEndpointId=observed.physical["id"],
            AddRouteTableIds=sorted(self.desired.route_table_ids - observed.state.route_table_ids),
            RemoveRouteTableIds=sorted(observed.state.route_table_ids - self.desired.route_table_ids),
            PolicyDocument=json.dumps(self.desired.policy_document),
        )
        return ("ModifyVpcEndpoint", *self.retag(observed, drift))

    def delete(self, observed: Observed[VpcEndpointState]) -> None:
        self.clients.ec2.delete_vpc_endpoints(VpcEndpointIds=[observed.physical["id"]])
