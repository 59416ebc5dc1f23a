"""Logs: every log group, under the name that its writer demands and before it writes; what of them is passed on.

A writer that finds no group makes one that keeps everything for ever under no key of ours; so ours are first. The flow
log takes all traffic, a minute at a time ("Create a flow log that publishes to CloudWatch Logs", VPC user guide). What
somebody writes in the cluster is passed on to the function that has the concerns look at it.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from holdfast.aws.clients import Clients
from holdfast.aws.ec2.flow_log import FlowLogState
from holdfast.aws.logs.log_group import LogGroupState
from holdfast.aws.logs.subscription_filter import SubscriptionFilterState
from holdfast.core.evidence import Finding
from holdfast.core.manifest import Declared
from holdfast.core.resource import TAG_ENVIRONMENT
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names
from holdfast.kubernetes.audit import pattern

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import FlowLogTypeDef
    from mypy_boto3_logs.type_defs import LogGroupTypeDef

A_MINUTE = 60
AUDIT = "holdfast-audit"
PASSED_ON = {"cluster": frozenset({AUDIT})}
"""By group the subscription filters that may be there: the cluster's audit log is listened to."""


def resources(spec: Spec, site: Site) -> Iterator[Declared]:
    for name, demanded in names.log_groups(spec.name).items():
        group = LogGroupState(
            log_group_name=demanded,
            kms_key_id="${keys/logs.Arn}",
            retention_in_days=spec.logs.retention_days,
            subscription_filters=PASSED_ON.get(name, frozenset()),
        )
        yield Declared("AWS::Logs::LogGroup", name, group)
    flow_log = FlowLogState(
        resource_id="${network/vpc}",
        traffic_type="ALL",
        log_group_name="${logs/flow_log_group}",
        deliver_logs_permission_arn="${identity/flow_logs.Arn}",
        max_aggregation_interval=A_MINUTE,
    )
    yield Declared("AWS::EC2::FlowLog", "flow_log", flow_log)
    audit = SubscriptionFilterState(
        log_group_name="${logs/cluster}",
        filter_name=AUDIT,
        filter_pattern=pattern(*_us(spec, site)),
        destination_arn=site.audit,
    )
    yield Declared("AWS::Logs::SubscriptionFilter", "audit", audit)


def _us(spec: Spec, site: Site) -> Iterator[str]:
    """Our own role as a cluster names it: it learns who calls from a session, which does not show a role's path."""
    role = names.role(spec.name, names.KUBERNETES_ROLE)
    yield site.arn("iam", f"role/{role}", region="")
    yield site.arn("iam", f"role{names.role_path(spec.name)}{role}", region="")


def probe(clients: Clients, spec: Spec, site: Site) -> Iterator[Finding]:
    """Go through all groups of the environment's name; from its VPCs to where their traffic is written; and on."""
    demanded = set(names.log_groups(spec.name).values())
    pages = clients.logs.get_paginator("describe_log_groups").paginate(logGroupNamePattern=spec.name)
    groups = [group for page in pages for group in page["logGroups"] if group["logGroupName"] in demanded]
    yield Finding.of(
        "How long are events kept, and encrypted with which key?",
        saw={group["logGroupName"]: _kept(group) for group in groups},
        expected=dict.fromkeys(demanded, f"{spec.logs.retention_days} days, {_key(clients, spec)}"),
    )
    vpcs = clients.ec2.describe_vpcs(Filters=[{"Name": f"tag:{TAG_ENVIRONMENT}", "Values": [spec.name]}])["Vpcs"]
    inside = [vpc["VpcId"] for vpc in vpcs]
    flow_logs = clients.ec2.describe_flow_logs(Filters=[{"Name": "resource-id", "Values": inside or ["none"]}])[
        "FlowLogs"
    ]
    yield Finding.of(
        "Where is the VPC's traffic written?",
        saw=[_written(log) for log in flow_logs],
        expected=[f"ACTIVE: ALL to /holdfast/{spec.name}/flow-logs every {A_MINUTE} s"],
    )
    yield _arrived(clients, spec, flow_logs)
    group = f"/aws/eks/{spec.name}/cluster"
    filters = clients.logs.describe_subscription_filters(logGroupName=group, filterNamePrefix=AUDIT)
    yield Finding.of(
        "Who is told what somebody writes in the cluster?",
        saw=[one.get("destinationArn", "nobody") for one in filters["subscriptionFilters"]],
        expected=[site.audit],
    )


def _key(clients: Clients, spec: Spec) -> str:
    """The ARN of the key that the environment's alias for logs points at."""
    pages = clients.kms.get_paginator("list_aliases").paginate()
    alias = names.key_alias(spec.name, "logs")
    found = [one["TargetKeyId"] for page in pages for one in page["Aliases"] if one["AliasName"] == alias]
    return clients.kms.describe_key(KeyId=found[0])["KeyMetadata"]["Arn"] if found else f"there is no {alias}"


def _kept(group: "LogGroupTypeDef") -> str:
    days = group.get("retentionInDays")
    return f"{f'{days} days' if days else 'for ever'}, {group.get('kmsKeyId', 'no key of ours')}"


def _written(log: "FlowLogTypeDef") -> str:
    traffic, group, seconds = log["TrafficType"], log.get("LogGroupName", "elsewhere"), log["MaxAggregationInterval"]
    return f"{log['FlowLogStatus']}: {traffic} to {group} every {seconds} s"


def _arrived(clients: Clients, spec: Spec, flow_logs: "list[FlowLogTypeDef]") -> Finding:
    """Whether a record came through. Without a network interface in the VPC there is nothing to record yet."""
    question = "Has a record of the VPC's traffic arrived?"
    if failed := [
        log.get("DeliverLogsErrorMessage", "") for log in flow_logs if log.get("DeliverLogsStatus") == "FAILED"
    ]:
        return Finding(question=question, saw=failed, verdict="broken")
    group = names.flow_log_group(spec.name)
    groups = clients.logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    if not any(one["logGroupName"] == group for one in groups):
        return Finding(question=question, saw=f"there is no {group}", verdict="broken")
    streams = clients.logs.describe_log_streams(logGroupName=group, limit=1)["logStreams"]
    if not streams:
        return Finding(question=question, saw="nothing was recorded yet", verdict="not shown here")
    return Finding(question=question, saw=streams[0]["logStreamName"], verdict="holds")
