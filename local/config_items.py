"""What AWS Config sends when a call has changed a resource that its recorder records.

Promises: `changes` gives the details of "Config Configuration Item Change" events, one a changed resource, each with
the resource as it is now and how that differs from what was recorded before. A type more is a line in `TYPES`. Rests
on "Monitoring AWS Config with Amazon EventBridge" (config/latest/developerguide/monitor-config-with-cloudwatchevents),
"Components of a Configuration Item" and "Example Configuration Item Change Notifications".
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import zip_longest
from typing import Any, Final

from ministack.core.responses import request_scope
from ministack.services import config

from local.calls import Call
from local.cloudtrail import Answer, Record, parsed
from local.inside import ask
from local.spelling import lower


@dataclass(frozen=True, slots=True)
class RecordedType:
    """A type that Config records: which calls change it, how its ids look, and which call describes it."""

    name: str
    written_by: re.Pattern[str]
    id_format: re.Pattern[str]
    service: str
    describe: str
    by_ids: str
    found_in: str
    arn: str


TYPES: Final = (
    RecordedType(
        name="AWS::EC2::SecurityGroup",
        written_by=re.compile(r"\w+SecurityGroup(Ingress|Egress|Rules)?|(Create|Delete)Tags|UpdateSecurityGroupRule.*"),
        id_format=re.compile(r"sg-[0-9a-f]+"),
        service="ec2",
        describe="DescribeSecurityGroups",
        by_ids="GroupIds",
        found_in="SecurityGroups",
        arn="arn:aws:ec2:{region}:{account}:security-group/{id}",
    ),
)

# Ids that a call only mentions: a rule's other group does not change with the rule.
_MENTIONS: Final = frozenset({"IpPermissions", "ReferencedGroupInfo", "ReferencedGroupId", "SecurityGroupRules"})

_CREATES: Final = re.compile(r"Create(?!Tags)")
_STATUS: Final = {"CREATE": "ResourceDiscovered", "UPDATE": "OK", "DELETE": "ResourceDeleted"}

_recorded: dict[tuple[str, str, str], dict[str, Any]] = {}


async def changes(call: Call, answer: Answer, record: Record) -> list[dict[str, Any]]:
    account, region = record["recipientAccountId"], record["awsRegion"]
    found = []
    for each in TYPES:
        if (
            each.service == call.service
            and each.written_by.fullmatch(call.operation)
            and _records(each, account, region)
        ):
            told = {**call.parameters, **{f"answer.{name}": value for name, value in parsed(call, answer).items()}}
            found += [await _change(each, record, which) for which in sorted(set(_ids(each, told)))]
    return found


def _records(kind: RecordedType, account: str, region: str) -> bool:
    with request_scope(account, region):
        recorders = [each for each in config._recorders.values() if each["recording"]]
    return any(_in_group(kind.name, each["recorder"].get("recordingGroup", {})) for each in recorders)


def _in_group(name: str, group: Mapping[str, Any]) -> bool:
    if name in group.get("exclusionByResourceTypes", {}).get("resourceTypes", ()):
        return False
    return bool(group.get("allSupported", not group.get("resourceTypes"))) or name in group.get("resourceTypes", ())


def _ids(kind: RecordedType, told: Any) -> Iterator[str]:
    match told:
        case str() if kind.id_format.fullmatch(told):
            yield told
        case dict():
            for name, value in told.items():
                if name not in _MENTIONS:
                    yield from _ids(kind, value)
        case list():
            for value in told:
                yield from _ids(kind, value)
        case _:
            pass


async def _change(kind: RecordedType, record: Record, which: str) -> dict[str, Any]:
    account, region = record["recipientAccountId"], record["awsRegion"]
    before = _recorded.pop((account, region, which), None)
    after = await _described(kind, account, region, which)
    if after is not None:
        _recorded[account, region, which] = after
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    verb = "DELETE" if after is None else "CREATE" if _CREATES.match(record["eventName"]) else "UPDATE"
    return {
        "recordVersion": "1.3",
        "messageType": "ConfigurationItemChangeNotification",
        "configurationItemDiff": {"changedProperties": _diff(before or {}, after or {}), "changeType": verb},
        "notificationCreationTime": now,
        "configurationItem": {
            "relatedEvents": [],
            "relationships": [],
            "configuration": after,
            "supplementaryConfiguration": {},
            "tags": {tag["key"]: tag["value"] for tag in (after or {}).get("tags", [])},
            "configurationItemVersion": "1.3",
            "configurationItemCaptureTime": now,
            "awsAccountId": account,
            "configurationItemStatus": _STATUS[verb],
            "resourceType": kind.name,
            "resourceId": which,
            "ARN": kind.arn.format(region=region, account=account, id=which),
            "awsRegion": region,
            "availabilityZone": "Not Applicable",
            "configurationStateMd5Hash": "",
        },
    }


async def _described(kind: RecordedType, account: str, region: str, which: str) -> dict[str, Any] | None:
    answer = await ask(kind.service, kind.describe, {kind.by_ids: [which]}, account, region)
    return _lower_keys(answer[kind.found_in][0]) if answer.get(kind.found_in) else None


def _lower_keys(value: Any) -> Any:
    match value:
        case dict():
            return {lower(name): _lower_keys(each) for name, each in value.items()}
        case list():
            return [_lower_keys(each) for each in value]
        case _:
            return value


def _diff(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """Say entry by entry what changed, as `Configuration.<field>.<place>`."""
    changed: dict[str, Any] = {}
    for name in sorted(before.keys() | after.keys()):
        old, new = before.get(name), after.get(name)
        if isinstance(old or new, list):
            gone = [each for each in old or [] if each not in (new or [])]
            come = [each for each in new or [] if each not in (old or [])]
            for place, (was, now) in enumerate(zip_longest(gone, come)):
                changed[f"Configuration.{_upper(name)}.{place}"] = _property(was, now)
        elif old != new:
            changed[f"Configuration.{_upper(name)}"] = _property(old, new)
    return changed


def _property(old: Any, new: Any) -> dict[str, Any]:
    verb = "CREATE" if old is None else "DELETE" if new is None else "UPDATE"
    return {"previousValue": old, "updatedValue": new, "changeType": verb}


def _upper(name: str) -> str:
    return name[:1].upper() + name[1:]
