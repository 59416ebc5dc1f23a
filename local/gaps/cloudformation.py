"""CloudFormation keeps each line of a template, or says which one it would drop.

Promises: `complete` gives a resource type a second step, which runs after the emulator's own create and update handler,
with the physical id and the template's properties, and sets what that handler left out; a step that refuses undoes the
create. `register` adds a type that the emulator refuses. A property that neither handles fails its stack by name,
because a line silently ignored here would first be read on AWS. Page: "AWS resource and property types reference"
(AWSCloudFormation/latest/UserGuide/aws-template-resource-type-ref.html); a property absent from a template means its
default there, also when an update removed it.
"""

import json
import re
from collections.abc import Callable
from typing import Any, Final

from ministack.services.cloudformation import provisioners

type Properties = dict[str, Any]
type Step = Callable[[str, Properties], None]
type Handler = Callable[..., Any]

# What arrives here, by the emulator's own handlers alone. Types with a step of ours name theirs where they register.
_KEPT: Final = {
    "AWS::CloudWatch::Alarm": "ActionsEnabled AlarmActions AlarmDescription AlarmName ComparisonOperator "
    "DatapointsToAlarm Dimensions EvaluationPeriods ExtendedStatistic InsufficientDataActions MetricName Namespace "
    "OKActions Period Statistic Tags Threshold TreatMissingData Unit",
    "AWS::CloudWatch::Dashboard": "DashboardBody DashboardName",
    "AWS::IAM::ManagedPolicy": "Description Groups ManagedPolicyName Path PolicyDocument Roles Users",
    "AWS::IAM::Policy": "Groups PolicyDocument PolicyName Roles Users",
    "AWS::KMS::Alias": "AliasName TargetKeyId",
    "AWS::Lambda::Alias": "Description FunctionName FunctionVersion Name",
    "AWS::Lambda::EventInvokeConfig": "DestinationConfig FunctionName MaximumEventAgeInSeconds MaximumRetryAttempts "
    "Qualifier",
    "AWS::Lambda::LayerVersion": "CompatibleArchitectures CompatibleRuntimes Content Description LayerName LicenseInfo",
    "AWS::Lambda::Permission": "Action FunctionName Principal SourceAccount SourceArn",
    "AWS::Lambda::Version": "Description FunctionName",
    "AWS::Logs::MetricFilter": "FilterName FilterPattern LogGroupName MetricTransformations",
    "AWS::Logs::ResourcePolicy": "PolicyDocument PolicyName",
    "AWS::S3::BucketPolicy": "Bucket PolicyDocument",
    "AWS::SNS::TopicPolicy": "PolicyDocument Topics",
    "AWS::SQS::Queue": "DelaySeconds KmsDataKeyReusePeriodSeconds KmsMasterKeyId MaximumMessageSize "
    "MessageRetentionPeriod QueueName ReceiveMessageWaitTimeSeconds RedriveAllowPolicy RedrivePolicy "
    "SqsManagedSseEnabled Tags VisibilityTimeout",
    "AWS::SQS::QueuePolicy": "PolicyDocument Queues",
    "AWS::Scheduler::ScheduleGroup": "Name Tags",
}


class RefusedError(ValueError):
    """The service would not have this resource as the template wants it: its stack fails with this sentence."""


def close() -> None:
    for kind, kept in _KEPT.items():
        complete(kind, _nothing, keeps=kept)


def complete(kind: str, step: Step, *, keeps: str) -> None:
    """Add a step to a type's create and update; `keeps` names every property that then arrives, in one string."""
    handlers = provisioners._RESOURCE_HANDLERS[kind]
    known = frozenset(keeps.split())
    create, update, delete = handlers["create"], handlers.get("update"), handlers["delete"]

    def created(logical_id: str, properties: Properties, stack: str) -> Any:
        _refuse_unknown(kind, properties, known)
        physical_id, attributes = create(logical_id, properties, stack)
        try:
            step(physical_id, properties)
        except RefusedError:
            delete(physical_id, properties, *([logical_id] if handlers.get("delete_with_logical_id") else []))
            raise
        return physical_id, attributes

    def updated(physical_id: str, old: Properties, new: Properties, *stack: str) -> Any:
        _refuse_unknown(kind, new, known)
        new_id, attributes = update(physical_id, old, new, *stack)
        step(new_id, new)
        return new_id, attributes

    handlers["create"] = created
    if update:
        handlers["update"] = updated


def register(kind: str, *, create: Handler, update: Handler, delete: Handler, keeps: str) -> None:
    """Add a type. `create` and `update` answer the physical id and the attributes that `Fn::GetAtt` reads."""
    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "update": update, "delete": delete}
    complete(kind, _nothing, keeps=keeps)


def accept(answer: tuple[int, Any, bytes | str]) -> bytes | str:
    """Return the body of a service's answer; an error becomes the reason why the resource fails."""
    status, _, body = answer
    if status >= 400:
        raise RefusedError(_reason(body.decode() if isinstance(body, bytes) else body))
    return body


def _reason(error: str) -> str:
    """Say a service's error as `Code: message`, as stack events do, whether it is JSON or XML."""
    if error.startswith("<"):
        found = {name: re.search(f"<{name}>(.*?)</{name}>", error, re.DOTALL) for name in ("Code", "Message")}
        return ": ".join(match[1] for match in found.values() if match)
    fields = {name.lower(): value for name, value in json.loads(error).items()}
    return f"{fields.get('__type', fields.get('type', ''))}: {fields.get('message', '')}"


def is_true(value: object) -> bool:
    """Read a template's boolean, which may be written as a string."""
    return str(value).lower() == "true"


def _refuse_unknown(kind: str, properties: Properties, known: frozenset[str]) -> None:
    if unknown := sorted(set(properties) - known):
        raise RefusedError(f"the laptop AWS would drop {', '.join(unknown)} of {kind}: keep it in local/gaps/ first")


def _nothing(physical_id: str, properties: Properties) -> None:
    """Lose nothing: for types whose handlers keep all that they are known to keep."""
