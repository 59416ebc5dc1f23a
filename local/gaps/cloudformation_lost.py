"""What the emulator's CloudFormation handlers drop, put back: of topics, roles, rules, schedules and state machines.

Promises: each property named below is read back by the service's own API as the template has it, after a create and
after an update. Each step follows its type's page in "AWS resource and property types reference"
(AWSCloudFormation/latest/UserGuide/aws-resource-sns-topic.html and its like).
"""

import json
from typing import Any, Final

from ministack.core.responses import get_account_id
from ministack.services import cloudwatch_logs, eventbridge, iam, scheduler, sns, stepfunctions

from local.gaps.cloudformation import Properties, RefusedError, accept, complete, is_true
from local.gaps.permissions import role_allows, service_may_assume

# What a workflow's role needs before Step Functions takes its log group: "Using CloudWatch Logs to log execution
# history in Step Functions" (step-functions/latest/dg/cw-logs.html).
_LOG_DELIVERY: Final = (
    "logs:CreateLogDelivery",
    "logs:GetLogDelivery",
    "logs:UpdateLogDelivery",
    "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries",
    "logs:PutResourcePolicy",
    "logs:DescribeResourcePolicies",
    "logs:DescribeLogGroups",
)
_TARGETS_A_RULE: Final = 5


def close() -> None:
    complete(
        "AWS::SNS::Topic",
        _topic,
        keeps="DisplayName KmsMasterKeyId SignatureVersion Subscription Tags TopicName TracingConfig",
    )
    complete(
        "AWS::SNS::Subscription",
        _subscription,
        keeps="DeliveryPolicy Endpoint FilterPolicy FilterPolicyScope Protocol RawMessageDelivery RedrivePolicy "
        "SubscriptionRoleArn TopicArn",
    )
    complete(
        "AWS::IAM::Role",
        _role,
        keeps="AssumeRolePolicyDocument Description ManagedPolicyArns MaxSessionDuration Path PermissionsBoundary "
        "Policies RoleName Tags",
    )
    complete(
        "AWS::Events::Rule",
        _rule,
        keeps="Description EventBusName EventPattern Name RoleArn ScheduleExpression State Tags Targets",
    )
    complete(
        "AWS::Scheduler::Schedule",
        _schedule,
        keeps="Description EndDate FlexibleTimeWindow GroupName KmsKeyArn Name ScheduleExpression "
        "ScheduleExpressionTimezone StartDate State Target",
    )
    complete(
        "AWS::StepFunctions::StateMachine",
        _state_machine,
        keeps="Definition DefinitionS3Location DefinitionString DefinitionSubstitutions EncryptionConfiguration "
        "LoggingConfiguration RoleArn StateMachineName StateMachineType Tags TracingConfiguration",
    )


def _topic(arn: str, properties: Properties) -> None:
    attributes = sns._topics[arn]["attributes"]
    for name in ("KmsMasterKeyId", "SignatureVersion", "TracingConfig"):
        if name in properties:
            attributes[name] = str(properties[name])
        else:
            attributes.pop(name, None)
    attributes["DisplayName"] = properties.get("DisplayName", "")
    policy = json.loads(attributes["Policy"])
    if policy.get("Id") == "__default_policy_ID":
        # Without it the topic would be open to the world, which no topic of AWS's is by default.
        policy["Statement"][0]["Condition"] = {"StringEquals": {"AWS:SourceOwner": get_account_id()}}
        attributes["Policy"] = json.dumps(policy)


def _subscription(arn: str, properties: Properties) -> None:
    topic_arn = properties["TopicArn"]
    subscription = sns._find_subscription(topic_arn, arn)
    if subscription is None:
        raise RefusedError(f"Topic does not exist: {topic_arn}")
    subscription["attributes"] |= {
        "SubscriptionArn": arn,
        "TopicArn": topic_arn,
        "Protocol": properties["Protocol"],
        "Endpoint": properties.get("Endpoint", ""),
        "Owner": get_account_id(),
        "ConfirmationWasAuthenticated": "true",
        "PendingConfirmation": "false",
    }


def _role(name: str, properties: Properties) -> None:
    for policy in properties.get("ManagedPolicyArns", []):
        if not iam._policy_exists(policy):
            raise RefusedError(f"NoSuchEntity: Policy {policy} does not exist or is not attachable.")
    if boundary := properties.get("PermissionsBoundary"):
        accept(iam._put_role_permissions_boundary({"RoleName": name, "PermissionsBoundary": boundary}))
    else:
        iam._roles[name]["PermissionsBoundary"] = None


def _rule(name: str, properties: Properties) -> None:
    # PutRule checks the pattern, the schedule and the bus, which the handler stores unread.
    pattern = properties.get("EventPattern", "")
    rule = {
        "Name": name,
        "EventPattern": pattern if isinstance(pattern, str) else json.dumps(pattern),
        **{field: properties.get(field, "") for field in ("ScheduleExpression", "Description", "RoleArn")},
        "State": properties.get("State", "ENABLED"),
        "EventBusName": properties.get("EventBusName", "default").rsplit("/", 1)[-1],
    }
    targets = properties.get("Targets", [])
    if len(targets) > _TARGETS_A_RULE:
        raise RefusedError("LimitExceededException: The requested resource exceeds the maximum number allowed.")
    eventbridge._ensure_default_bus()
    accept(eventbridge._put_rule(rule))
    if targets:
        accept(eventbridge._put_targets({"Rule": name, "EventBusName": rule["EventBusName"], "Targets": targets}))


def _schedule(name: str, properties: Properties) -> None:
    if not service_may_assume("scheduler.amazonaws.com", properties["Target"]["RoleArn"]):
        raise RefusedError(
            "ValidationException: The execution role you provide must allow AWS EventBridge Scheduler to assume the "
            "role."
        )
    accept(scheduler._update_schedule(name, properties))


def _state_machine(arn: str, properties: Properties) -> None:
    machine = stepfunctions._state_machines[arn]
    if not service_may_assume("states.amazonaws.com", machine["roleArn"]):
        raise RefusedError(
            "AccessDeniedException: Neither the global service principal states.amazonaws.com, nor the regional one is "
            "authorized to assume the provided role."
        )
    logging = _lower_camel(properties.get("LoggingConfiguration", {}))
    machine["loggingConfiguration"] = {"level": "OFF", "includeExecutionData": False} | logging
    machine["loggingConfiguration"]["includeExecutionData"] = is_true(logging.get("includeExecutionData", False))
    tracing = properties.get("TracingConfiguration", {})
    machine["tracingConfiguration"] = {"enabled": is_true(tracing.get("Enabled", False))}
    for destination in logging.get("destinations", []):
        _check_log_destination(destination["cloudWatchLogsLogGroup"]["logGroupArn"], machine["roleArn"])


def _check_log_destination(log_group_arn: str, role_arn: str) -> None:
    name = log_group_arn.removesuffix(":*").split(":log-group:")[-1]
    if not log_group_arn.endswith(":*") or name not in cloudwatch_logs._log_groups:
        raise RefusedError(f"InvalidLoggingConfiguration: Invalid Logging Configuration: {log_group_arn}")
    if not all(role_allows(role_arn, action, "*") for action in _LOG_DELIVERY):
        raise RefusedError(
            "AccessDeniedException: The state machine IAM Role is not authorized to access the Log Destination"
        )


def _lower_camel(value: Any) -> Any:
    """Turn a template's names into the API's, which differ in Step Functions by their first letter."""
    if isinstance(value, dict):
        return {name[:1].lower() + name[1:]: _lower_camel(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_lower_camel(part) for part in value]
    return value
