"""How CloudTrail spells what was asked and what was answered.

Promises: `request_parameters` and `response_elements` give, from the members of botocore's model, the JSON that
CloudTrail records, or None where it records null. Rests on "CloudTrail record contents for management, data, and
network activity events" (awscloudtrail/latest/userguide/cloudtrail-event-reference-record-contents.html) and, for EC2's
two dialects, on the entries printed in "Log Amazon EC2 API calls using CloudTrail" and in the query samples of AWS:
calls older than about 2015 put lists as `{"items": [...]}` under EC2's own set names, younger ones put the request as
it was sent under `<operation>Request`, each list entry with its place as `tag`.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from local.calls import Call
from local.wire import Shape

HIDDEN: Final = "HIDDEN_DUE_TO_SECURITY_REASONS"

_AS_SENT: Final = re.compile(
    r"NatGateway|VpcEndpoint|FlowLogs|SecurityGroupRules$|SecurityGroupVpc|LaunchTemplate|TransitGateway|PrefixList"
)
# Where CloudTrail's name of a set, or of what lies in it, is not the model's.
_SETS: Final = {
    "Filters": "filterSet",
    "GroupIds": "securityGroupIdSet",
    "GroupNames": "securityGroupSet",
    "InstanceIds": "instancesSet",
    "Resources": "resourcesSet",
    "SecurityGroupRuleIds": "securityGroupRuleIds",
    "SubnetIds": "subnetSet",
    "TagSpecifications": "tagSpecificationSet",
    "Tags": "tagSet",
    "Values": "valueSet",
    "VpcIds": "vpcSet",
}
_ENTRIES: Final = {"GroupIds": "groupId", "GroupNames": "groupName", "Values": "value"}


def request_parameters(call: Call) -> dict[str, Any] | None:
    shape: Shape = call.model.input_shape
    if not call.parameters or shape is None:
        return None
    if call.model.service_model.service_name == "s3":
        return _of_bucket(call)
    if call.service != "ec2":
        return dict(_lower_camel(shape, call.parameters))
    if _AS_SENT.search(call.operation):
        return {f"{call.operation}Request": _as_sent(shape, call.parameters)}
    return _in_sets(shape, call.parameters)


def response_elements(call: Call, output: Mapping[str, Any], request_id: str) -> dict[str, Any] | None:
    """`output` as botocore parses it; CloudTrail keeps none for a call that only reads."""
    shape: Shape = call.model.output_shape
    members = {name: value for name, value in output.items() if name != "ResponseMetadata"}
    if call.service != "ec2":
        return _lower_camel(shape, members) or None if shape else None
    spelled = _answered(shape, members) if shape else {}
    if _AS_SENT.search(call.operation):
        return {f"{call.operation}Response": {"requestId": request_id, **spelled}}
    # An answer without members of its own is EC2's <return>true</return>, which the model leaves out.
    return {"requestId": request_id, **(spelled or {"_return": True})}


def lower(name: str) -> str:
    return name[:1].lower() + name[1:]


def _lower_camel(shape: Shape, value: Any) -> Any:
    match value:
        case dict() if shape.type_name == "structure":
            return {
                lower(name): HIDDEN if _is_secret(member) else _lower_camel(member, value[name])
                for name, member in shape.members.items()
                if name in value and member.type_name != "blob"
            }
        case dict() if shape.type_name == "map":
            return {str(key): _lower_camel(shape.value, each) for key, each in value.items()}
        case list() if shape.type_name == "list":
            return [_lower_camel(shape.member, each) for each in value]
        case _:
            return value


def _is_secret(shape: Shape) -> bool:
    return bool(shape.metadata.get("sensitive"))


def _of_bucket(call: Call) -> dict[str, Any]:
    """S3 names the bucket, the host and the setting, and repeats the body as it was sent."""
    shape: Shape = call.model.input_shape
    given = dict(call.parameters)
    markers = call.model.http["requestUri"].partition("?")[2]
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header":
            given.pop(name, None)
    spelled: dict[str, Any] = {"bucketName": given.pop("Bucket", None), "Host": call.host}
    if "Key" in given:
        spelled["key"] = given.pop("Key")
    return spelled | ({markers: ""} if markers and "=" not in markers else {}) | given


def _in_sets(shape: Shape, value: Mapping[str, Any]) -> dict[str, Any]:
    if shape.name == "TagSpecification":
        return dict(_lower_camel(shape, value))
    spelled: dict[str, Any] = {}
    for name, member in shape.members.items():
        wire = lower(member.serialization.get("name", name))
        if name in value:
            spelled[_SETS.get(name, wire)] = _in_set(name, wire, member, value[name])
        elif member.type_name == "list" and (shape.name == "IpPermission" or name == "IpPermissions"):
            spelled[wire] = {}
    return spelled


def _in_set(name: str, wire: str, shape: Shape, value: Any) -> Any:
    match value:
        case list() if shape.member.type_name == "structure":
            items = [_in_sets(shape.member, each) for each in value]
            return {"items": items} if items else {}
        case list():
            entry = _ENTRIES.get(name, wire.removesuffix("s"))
            return {"items": [{entry: each} for each in value]}
        case dict() if shape.type_name == "structure":
            return _in_sets(shape, value)
        case _:
            return value


def _as_sent(shape: Shape, value: Any) -> Any:
    if shape.type_name != "structure":
        return value
    spelled: dict[str, Any] = {}
    for name, member in shape.members.items():
        if name in value:
            given = member.serialization.get("name", name)
            wire = member.serialization.get("queryName", given[:1].upper() + given[1:])
            spelled[wire] = _as_sent_list(member, value[name]) if member.type_name == "list" else value[name]
            if member.type_name == "structure":
                spelled[wire] = _as_sent(member, value[name])
    return spelled


def _as_sent_list(shape: Shape, values: list[Any]) -> Any:
    sent = [
        {**_as_sent(shape.member, each), "tag": place} if isinstance(each, dict) else {"content": each, "tag": place}
        for place, each in enumerate(values, 1)
    ]
    return sent[0] if len(sent) == 1 else sent


def _answered(shape: Shape, value: Any) -> Any:
    if shape.type_name == "list":
        return {"items": [_answered(shape.member, each) for each in value]} if value else {}
    if shape.type_name != "structure" or not isinstance(value, dict):
        return value
    names = {name: member.serialization.get("name", lower(name)) for name, member in shape.members.items()}
    return {
        "_return" if wire == "return" else wire: _answered(shape.members[name], value[name])
        for name, wire in names.items()
        if name in value
    }
