"""What EventBridge and CloudWatch deliver by themselves, and what is published to an encrypted topic: only if allowed.

Promises: a rule's event reaches a queue, a topic or a function whose own policy admits EventBridge for that rule, and a
workflow, or a bus in another Region, by a role that EventBridge may assume and that may do so; what is not delivered
goes to the target's dead-letter queue with its reason. An alarm reaches a topic that admits CloudWatch. Where a key
of a customer encrypts the queue or topic, its policy must admit the service too, and AWS's own key never does; whoever
publishes to such a topic must be allowed to use the key. Pages: "Using resource-based policies for Amazon EventBridge"
(eventbridge/latest/userguide/eb-use-resource-based.html), "Using dead-letter queues to process undelivered events in
EventBridge" (eventbridge/latest/userguide/eb-rule-dlq.html), "Sending and receiving events between AWS Regions"
(eventbridge/latest/userguide/eb-cross-region.html), "Key management" of Amazon SNS
(sns/latest/dg/sns-key-management.html).
"""

import json
from typing import Any, Final

from ministack.core import iam_evaluator
from ministack.core.arn import parse_arn
from ministack.core.responses import get_account_id, get_region, request_scope
from ministack.services import cloudwatch, eventbridge, kms, lambda_svc, sns, sqs

from local.gaps.permissions import role_allows, service_allowed, service_may_assume

type Record = dict[str, Any]

_EVENTS: Final = "events.amazonaws.com"
_ALARMS: Final = "cloudwatch.amazonaws.com"
_USES_OF_A_KEY: Final = ("kms:GenerateDataKey", "kms:Decrypt")
_ACTION_LISTS: Final = ("AlarmActions", "OKActions", "InsufficientDataActions")


def close() -> None:
    eventbridge._invoke_target = _delivering(eventbridge._invoke_target)
    cloudwatch._dispatch_alarm_actions = _alarming(cloudwatch._dispatch_alarm_actions)
    iam_evaluator.enforce = _asking_for_the_key(iam_evaluator.enforce)


def _delivering(invoke: Any) -> Any:
    def delivered(target: Record, event: Record, rule: Record, view: Any = None) -> None:
        reason = _obstacle(target, rule)
        if reason is None and _is_abroad(target):
            _send_abroad(target, event)
        elif reason is None:
            invoke(target, event, rule, view)
        else:
            _bury(target, event, rule, reason)

    return delivered


def _obstacle(target: Record, rule: Record) -> str | None:
    """Return the error code for which AWS would not deliver; None if it would."""
    arn = target["Arn"]
    keys = {"aws:SourceArn": rule["Arn"], "aws:SourceAccount": get_account_id()}
    match parse_arn(arn).service:
        case "sqs":
            return _closed_queue(arn, keys)
        case "sns":
            return _closed_topic(arn, _EVENTS, keys)
        case "lambda":
            found = lambda_svc.function_policy_for_arn(arn)
            policy = found[0] if found else None
            allowed = service_allowed(policy, _EVENTS, "lambda:InvokeFunction", arn, keys)
            return None if allowed else ("NO_PERMISSIONS" if found else "NO_RESOURCE")
        case "states":
            role = target.get("RoleArn", "")
            allowed = service_may_assume(_EVENTS, role) and role_allows(role, "states:StartExecution", arn)
            return None if allowed else "NO_PERMISSIONS"
        case "events" if _is_abroad(target):
            role = target.get("RoleArn", "")
            allowed = service_may_assume(_EVENTS, role) and role_allows(role, "events:PutEvents", arn)
            return None if allowed else "NO_PERMISSIONS"
        case _:
            return None


def _is_abroad(target: Record) -> bool:
    """Whether it is a bus of this account in another Region."""
    arn = parse_arn(target["Arn"])
    return bool(arn.service == "events" and arn.account_id == get_account_id() and arn.region != get_region())


def _send_abroad(target: Record, event: Record) -> None:
    """It arrives as it was sent: its `region` is still where it comes from."""
    arn = parse_arn(target["Arn"])
    with request_scope(arn.account_id, arn.region):
        eventbridge._dispatch_event({**event, "EventBusName": arn.resource.partition("/")[2]})


def _closed_queue(arn: str, keys: Record) -> str | None:
    queue = sqs._queue_by_arn(arn)
    if queue is None:
        return "NO_RESOURCE"
    attributes = queue["attributes"]
    admitted = service_allowed(attributes.get("Policy"), _EVENTS, "sqs:SendMessage", arn, keys)
    return None if admitted and _may_use_key(attributes, _EVENTS, keys) else "NO_PERMISSIONS"


def _closed_topic(arn: str, service: str, keys: Record) -> str | None:
    topic = sns._topic_by_arn_any_scope(arn)
    if topic is None:
        return "NO_RESOURCE"
    attributes = topic["attributes"]
    admitted = service_allowed(attributes.get("Policy"), service, "SNS:Publish", arn, keys)
    return None if admitted and _may_use_key(attributes, service, keys) else "NO_PERMISSIONS"


def _may_use_key(attributes: Record, service: str, keys: Record) -> bool:
    name = attributes.get("KmsMasterKeyId")
    if not name:
        return True
    key = kms._resolve_key(name)
    return bool(key) and all(service_allowed(key["Policy"], service, use, key["Arn"], keys) for use in _USES_OF_A_KEY)


def _bury(target: Record, event: Record, rule: Record, reason: str) -> None:
    grave = target.get("DeadLetterConfig", {}).get("Arn")
    keys = {"aws:SourceArn": rule["Arn"], "aws:SourceAccount": get_account_id()}
    if grave is None or _closed_queue(grave, keys) is not None:
        return
    body = json.dumps(eventbridge._pattern_event_view(event).event_with_detail())
    eventbridge._dispatch_to_sqs(parse_arn(grave), body)
    said = {
        "RULE_ARN": rule["Arn"],
        "TARGET_ARN": target["Arn"],
        "ERROR_CODE": reason,
        "ERROR_MESSAGE": f"{_EVENTS} may not deliver to {target['Arn']}, or it does not exist",
    }
    sqs._queue_by_arn(grave)["messages"][-1]["message_attributes"] = {
        name: {"DataType": "String", "StringValue": value} for name, value in said.items()
    }


def _alarming(dispatch: Any) -> Any:
    def dispatched(alarm: Record, old_state: str, new_state: str, reason: str) -> None:
        keys = {
            "aws:SourceArn": alarm["AlarmArn"],
            "aws:SourceAccount": get_account_id(),
            "aws:SourceOwner": get_account_id(),
        }
        reached = {
            name: [arn for arn in alarm.get(name, []) if ":sns:" not in arn or not _closed_topic(arn, _ALARMS, keys)]
            for name in _ACTION_LISTS
        }
        dispatch({**alarm, **reached}, old_state, new_state, reason)

    return dispatched


def _asking_for_the_key(enforce: Any) -> Any:
    def enforced(access_key_id: str, action: str, service: str, region: str, **call: Any) -> Any:
        refused = enforce(access_key_id, action, service, region, **call)
        topic = sns._topic_by_arn_any_scope(call.get("resource_arn", "*")) if action == "sns:Publish" else None
        name = topic["attributes"].get("KmsMasterKeyId") if topic else None
        key: Record | None = kms._resolve_key(name) if name else None
        if refused is not None or key is None:
            return refused
        for use in _USES_OF_A_KEY:
            via = {"kms:viaservice": f"sns.{region}.amazonaws.com", "kms:calleraccount": get_account_id()}
            denied = enforce(access_key_id, use, "kms", region, resource_arn=key["Arn"], service_context=via)
            if denied is not None:
                who = f"User: {denied.principal_arn} is not authorized to perform: {use}"
                return iam_evaluator.AuthError("KMSAccessDenied", f"{who} on resource: {key['Arn']}")
        return None

    return enforced
