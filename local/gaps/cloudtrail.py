"""CloudTrail: LookupEvents answers from the relay's history.

The emulator's own recorder names REST and query calls wrongly and does not know the caller. Rests on "LookupEvents"
(awscloudtrail/latest/APIReference/API_LookupEvents.html): one attribute a request, pages of at most 50, newest first.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from ministack.core.responses import get_account_id, get_region
from ministack.services import cloudtrail

from local.history import Entry, history

_MOST: Final = 50
_FIELDS: Final = {
    "AccessKeyId": "access_key",
    "EventId": "event_id",
    "EventName": "event",
    "EventSource": "source",
    "ReadOnly": "read_only",
    "Username": "user",
}


def close() -> None:
    cloudtrail._DISPATCH["LookupEvents"] = lookup_events


def lookup_events(request: Mapping[str, Any]) -> Any:
    wanted = request.get("LookupAttributes", [])
    if len(wanted) > 1 or any(each.get("AttributeKey") not in {*_FIELDS, *_RESOURCE_FIELDS} for each in wanted):
        return cloudtrail._err("InvalidLookupAttributesException", "Specify one valid lookup attribute.")
    count = int(request.get("MaxResults", _MOST))
    if not 1 <= count <= _MOST:
        return cloudtrail._err("InvalidMaxResultsException", f"MaxResults must be between 1 and {_MOST}.")
    try:
        below = _number(request["NextToken"]) if "NextToken" in request else None
    except (ValueError, binascii.Error):
        return cloudtrail._err("InvalidNextTokenException", "The next token is not one of ours.")
    here, since, until = (get_account_id(), get_region()), _moment(request, "StartTime"), _moment(request, "EndTime")

    def asked_for(entry: Entry) -> bool:
        in_time = (since is None or entry.at >= since) and (until is None or entry.at <= until)
        return in_time and (entry.account, entry.region) == here and all(_matches(entry, each) for each in wanted)

    found = history.newest(asked_for, count + 1, below)
    answer: dict[str, Any] = {"Events": [_event(entry) for entry in found[:count]]}
    if len(found) > count:
        answer["NextToken"] = base64.b64encode(json.dumps({"below": found[count - 1].number}).encode()).decode()
    return cloudtrail._ok(answer)


_RESOURCE_FIELDS: Final = frozenset({"ResourceName", "ResourceType"})


def _matches(entry: Entry, attribute: Mapping[str, str]) -> bool:
    key, value = attribute["AttributeKey"], attribute["AttributeValue"]
    if key == "ResourceName":
        return value in entry.resources
    if key == "ResourceType":
        return value in entry.resources.values()
    return bool(getattr(entry, _FIELDS[key]) == value)


def _number(token: str) -> int:
    return int(json.loads(base64.b64decode(token))["below"])


def _moment(request: Mapping[str, Any], name: str) -> datetime | None:
    return datetime.fromtimestamp(float(request[name]), UTC) if name in request else None


def _event(entry: Entry) -> dict[str, Any]:
    resources = [
        {"ResourceName": name, **({"ResourceType": kind} if kind else {})} for name, kind in entry.resources.items()
    ]
    return {
        "EventId": entry.event_id,
        "EventName": entry.event,
        "ReadOnly": entry.read_only,
        "AccessKeyId": entry.access_key,
        "EventTime": int(entry.at.timestamp()),
        "EventSource": entry.source,
        "Username": entry.user,
        "Resources": resources,
        "CloudTrailEvent": entry.text,
    }
