"""EC2's gateway endpoints and flow logs: made once a client token, kept whole, and shown with what they do.

Promises: an endpoint keeps its policy and stands in its route tables as a route to its service's prefix list; a flow
log keeps all that it was given, refuses a twin, and says by DeliverLogsStatus whether its role may write there. Pages:
CreateVpcEndpoint and CreateFlowLogs (AWSEC2/latest/APIReference/API_CreateFlowLogs.html and its like), "Gateway
endpoints" (vpc/latest/privatelink/gateway-endpoints.html), "IAM role for publishing flow logs to CloudWatch Logs"
(vpc/latest/userguide/flow-logs-iam-role.html).
"""

import json
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudwatch_logs, ec2

from local.gaps.ec2 import FaultError, Request, answer, existing, once_a_token, refuse_filters, tag_set, tags, then
from local.gaps.permissions import role_allows, service_may_assume

type Record = dict[str, Any]

_FULL_ACCESS: Final = {
    "Version": "2008-10-17",
    "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
}
_ENDPOINT_FILTERS: Final = {
    "service-name": "ServiceName",
    "vpc-endpoint-id": "VpcEndpointId",
    "vpc-endpoint-state": "State",
    "vpc-endpoint-type": "VpcEndpointType",
    "vpc-id": "VpcId",
}
_FLOW_LOG_FILTERS: Final = {
    "flow-log-id": "FlowLogId",
    "log-destination-type": "LogDestinationType",
    "log-group-name": "LogGroupName",
    "resource-id": "ResourceId",
    "traffic-type": "TrafficType",
}
_DEFAULT_FORMAT: Final = (
    "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} "
    "${bytes} ${start} ${end} ${action} ${log-status}"
)
_WRITES: Final = ("logs:CreateLogStream", "logs:PutLogEvents", "logs:DescribeLogGroups", "logs:DescribeLogStreams")


def close() -> None:
    answer("CreateVpcEndpoint", _create_endpoint)
    once_a_token("CreateVpcEndpoint")
    answer("DescribeVpcEndpoints", _describe_endpoints)
    for action in ("DeleteVpcEndpoints", "ModifyVpcEndpoint"):
        then(action, lambda *_: _route_to_endpoints())
    answer("CreateFlowLogs", _create_flow_logs)
    once_a_token("CreateFlowLogs")
    answer("DescribeFlowLogs", _describe_flow_logs)


def _create_endpoint(request: Request) -> Request:
    vpc_id, service = request["VpcId"], request["ServiceName"]
    existing(vpc_id)
    kind = request.get("VpcEndpointType", "Gateway")
    gateways = [f"com.amazonaws.{get_region()}.{name}" for name in ec2._VPCE_GATEWAY_SERVICES]
    interfaces = [f"com.amazonaws.{get_region()}.{name}" for name in ec2._VPCE_INTERFACE_SERVICES]
    if service not in (gateways if kind == "Gateway" else interfaces):
        raise FaultError("InvalidServiceName", f"The Vpc Endpoint Service '{service}' does not exist")
    tables = request.get("RouteTableId", [])
    for table_id in tables:
        _check_table(existing(table_id), vpc_id, service)
    endpoint = {
        "VpcEndpointId": f"vpce-0{token_hex(8)}",
        "VpcEndpointType": kind,
        "VpcId": vpc_id,
        "ServiceName": service,
        "State": "available",
        "PolicyDocument": request.get("PolicyDocument") or json.dumps(_FULL_ACCESS),
        "RouteTableIds": tables,
        "SubnetIds": request.get("SubnetId", []),
        "SecurityGroupIds": request.get("SecurityGroupId", []),
        "PrivateDnsEnabled": request.get("PrivateDnsEnabled") == "true",
        "CreationTimestamp": _now(),
        "OwnerId": get_account_id(),
    }
    ec2._vpc_endpoints[endpoint["VpcEndpointId"]] = endpoint
    ec2._tags[endpoint["VpcEndpointId"]] = tags(request, "vpc-endpoint")
    _route_to_endpoints()
    return {"vpcEndpoint": _endpoint(endpoint), "clientToken": request.get("ClientToken")}


def _check_table(table: Record, vpc_id: str, service: str) -> None:
    if table["VpcId"] != vpc_id:
        raise FaultError("InvalidParameter", f"Route table {table['RouteTableId']} is not in network {vpc_id}")
    prefix_list = ec2._aws_pl_id_from_name(service)
    if any(route.get("DestinationPrefixListId") == prefix_list for route in table["Routes"]):
        raise FaultError(
            "RouteAlreadyExists",
            f"route table {table['RouteTableId']} already has a route with destination-prefix-list-id {prefix_list}",
        )


def _describe_endpoints(request: Request) -> Request:
    found = _chosen(request, ec2._vpc_endpoints, "VpcEndpointId", _ENDPOINT_FILTERS)
    return {"vpcEndpointSet": [_endpoint(endpoint) for endpoint in found]}


def _endpoint(endpoint: Record) -> Request:
    groups = [{"groupId": each, "groupName": existing(each)["GroupName"]} for each in endpoint["SecurityGroupIds"]]
    return {
        "vpcEndpointId": endpoint["VpcEndpointId"],
        "vpcEndpointType": endpoint["VpcEndpointType"],
        "vpcId": endpoint["VpcId"],
        "serviceName": endpoint["ServiceName"],
        "state": endpoint["State"],
        "policyDocument": endpoint["PolicyDocument"],
        "routeTableIdSet": endpoint["RouteTableIds"],
        "subnetIdSet": endpoint["SubnetIds"],
        "groupSet": groups,
        "privateDnsEnabled": endpoint["PrivateDnsEnabled"],
        "requesterManaged": False,
        "creationTimestamp": endpoint["CreationTimestamp"],
        "ownerId": endpoint["OwnerId"],
        "tagSet": tag_set(endpoint["VpcEndpointId"]),
    }


def _route_to_endpoints() -> None:
    """Give each route table one route for each gateway endpoint that names it, and no other."""
    for table in ec2._route_tables.values():
        others = [route for route in table["Routes"] if not route.get("GatewayId", "").startswith("vpce-")]
        table["Routes"] = others + [
            {
                "DestinationPrefixListId": ec2._aws_pl_id_from_name(endpoint["ServiceName"]),
                "GatewayId": endpoint["VpcEndpointId"],
                "Origin": "CreateRoute",
                "State": "active",
            }
            for endpoint in ec2._vpc_endpoints.values()
            if table["RouteTableId"] in endpoint["RouteTableIds"]
        ]


def _create_flow_logs(request: Request) -> Request:
    made, unsuccessful = [], []
    for resource_id in request["ResourceId"]:
        try:
            made.append(_create_flow_log(resource_id, request))
        except FaultError as fault:
            error = {"code": fault.code, "message": str(fault)}
            unsuccessful.append({"resourceId": resource_id, "error": error})
    return {"flowLogIdSet": made, "unsuccessful": unsuccessful, "clientToken": request.get("ClientToken")}


def _create_flow_log(resource_id: str, request: Request) -> str:
    existing(resource_id)
    destination = request.get("LogDestination", "")
    kind = request.get("LogDestinationType", "cloud-watch-logs")
    in_logs = kind == "cloud-watch-logs"
    if in_logs and not request.get("DeliverLogsPermissionArn"):
        raise FaultError("InvalidParameter", "DeliverLogsPermissionArn can't be empty if LogDestinationType is logs")
    flow_log = {
        "ResourceId": resource_id,
        "TrafficType": request.get("TrafficType", "ALL"),
        "LogDestinationType": kind,
        "LogDestination": None if in_logs else destination,
        "LogGroupName": request.get("LogGroupName") or destination.removesuffix(":*").split(":log-group:")[-1] or None,
        "DeliverLogsPermissionArn": request.get("DeliverLogsPermissionArn"),
        "LogFormat": request.get("LogFormat", _DEFAULT_FORMAT),
        "MaxAggregationInterval": int(request.get("MaxAggregationInterval", 600)),
    }
    if any(flow_log.items() <= other.items() for other in ec2._flow_logs.values()):
        raise FaultError(
            "FlowLogAlreadyExists",
            "Error. There is an existing Flow Log with the same configuration and log destination.",
        )
    flow_log_id = f"fl-0{token_hex(8)}"
    ec2._flow_logs[flow_log_id] = flow_log | {"FlowLogId": flow_log_id, "CreationTime": _now()}
    ec2._tags[flow_log_id] = tags(request, "vpc-flow-log")
    return flow_log_id


def _describe_flow_logs(request: Request) -> Request:
    found = _chosen(request, ec2._flow_logs, "FlowLogId", _FLOW_LOG_FILTERS)
    return {"flowLogSet": [_flow_log(flow_log) for flow_log in found]}


def _flow_log(flow_log: Record) -> Request:
    delivered = _may_deliver(flow_log)
    return {
        "creationTime": flow_log["CreationTime"],
        "deliverLogsErrorMessage": None if delivered else "Access error",
        "deliverLogsPermissionArn": flow_log["DeliverLogsPermissionArn"],
        "deliverLogsStatus": "SUCCESS" if delivered else "FAILED",
        "flowLogId": flow_log["FlowLogId"],
        "flowLogStatus": "ACTIVE",
        "logGroupName": flow_log["LogGroupName"],
        "resourceId": flow_log["ResourceId"],
        "trafficType": flow_log["TrafficType"],
        "logDestinationType": flow_log["LogDestinationType"],
        "logDestination": flow_log["LogDestination"],
        "logFormat": flow_log["LogFormat"],
        "maxAggregationInterval": flow_log["MaxAggregationInterval"],
        "tagSet": tag_set(flow_log["FlowLogId"]),
    }


def _may_deliver(flow_log: Record) -> bool:
    if flow_log["LogDestinationType"] != "cloud-watch-logs":
        return True
    name, role = flow_log["LogGroupName"], flow_log["DeliverLogsPermissionArn"]
    group = f"arn:aws:logs:{get_region()}:{get_account_id()}:log-group:{name}"
    return (
        name in cloudwatch_logs._log_groups
        and service_may_assume("vpc-flow-logs.amazonaws.com", role)
        and all(role_allows(role, action, f"{group}:log-stream:eni") for action in _WRITES[:2])
        and all(role_allows(role, action, f"{group}:*") for action in _WRITES[2:])
    )


def _chosen(request: Request, store: Any, id_member: str, fields: dict[str, str]) -> list[Record]:
    """Return the records that a Describe call asks for, by id and by filter."""
    refuse_filters(request, frozenset(fields) | {"tag-key"})
    ids = request.get(id_member, [])
    for each in ids:
        existing(each)
    filters = {each["Name"]: each.get("Value", []) for each in request.get("Filter", [])}
    return [
        record
        for record in store.values()
        if (not ids or record[id_member] in ids)
        and all(record[field] in filters.get(name, [record[field]]) for name, field in fields.items())
        and ec2._resource_matches_tag_filters(record[id_member], filters)
    ]


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")
