"""``AWS::EC2::FlowLog`` of a VPC to CloudWatch Logs. Nothing of it can be changed in place.

AWS refuses a second one with the same configuration (FlowLogAlreadyExists): no twin can arise.
"""

from holdfast.aws.ec2.resource import Ec2Resource, tag_dict
from holdfast.core.resource import Drift, Observed, Physical, Tagged
from holdfast.core.trouble import NeedsHuman


class FlowLogState(Tagged, frozen=True, kw_only=True):
    """``max_aggregation_interval`` in seconds: 60 or 600."""

    resource_id: str
    traffic_type: str
    log_group_name: str
    deliver_logs_permission_arn: str
    max_aggregation_interval: int


class FlowLog(Ec2Resource[FlowLogState]):
    """One flow log."""

    kind = "AWS::EC2::FlowLog"
    model = FlowLogState
    immutable = frozenset(
        {"ResourceId", "TrafficType", "LogGroupName", "DeliverLogsPermissionArn", "MaxAggregationInterval"}
    )
    comes_back = True
    id_filter = "flow-log-id"
    resource_type = "vpc-flow-log"

    def observe(self) -> Observed[FlowLogState] | None:
        log = self.the_one(self.clients.ec2.describe_flow_logs(Filters=self.filters)["FlowLogs"])
        if log is None:
            return None
        state = FlowLogState(
            resource_id=log["ResourceId"],
            traffic_type=log["TrafficType"],
            log_group_name=log.get("LogGroupName", ""),
            deliver_logs_permission_arn=log.get("DeliverLogsPermissionArn", ""),
            max_aggregation_interval=log["MaxAggregationInterval"],
            tags=tag_dict(log.get("Tags", [])),
        )
        return Observed(state=state, physical={"id": log["FlowLogId"]})

    def create(self) -> Physical:
        made = self.clients.ec2_once.create_flow_logs(
            ResourceIds=[self.desired.resource_id],
            ResourceType="VPC",
            TrafficType="ALL",
            LogDestinationType="cloud-watch-logs",
            LogGroupName=self.desired.log_group_name,
            DeliverLogsPermissionArn=self.desired.deliver_logs_permission_arn,
            MaxAggregationInterval=self.desired.max_aggregation_interval,
            TagSpecifications=self.tag_specifications,
        )
        if refused := made.get("Unsuccessful"):
            raise NeedsHuman(
                str(self.address),
                f"CreateFlowLogs: {refused[0]['Error']['Message']}",
                "mend what AWS names, build again",
            )
        return {"id": made["FlowLogIds"][0]}

    def update(self, observed: Observed[FlowLogState], drift: Drift) -> tuple[str, ...]:
        return self.retag(observed, drift)

    def delete(self, observed: Observed[FlowLogState]) -> None:
        self.clients.ec2.delete_flow_logs(FlowLogIds=[observed.physical["id"]])
