"""Which events a trail lets through to EventBridge.

Promises: `logging_trails` is the state of this moment; `covers` says whether one of them logs a record. Rests on
"Receiving events via CloudTrail" (eventbridge/latest/userguide/eb-service-event-cloudtrail.html), "Logging management
events" and "Understanding multi-Region trails". Where a trail logs management writes, reads and failed calls pass
too: EventBridge sends reads only to rules that ask for them, and here the deployed patterns must be seen to refuse
them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ministack.services import cloudtrail

from local.cloudtrail import Record


@dataclass(frozen=True, slots=True)
class Trail:
    account: str
    region: str
    everywhere: bool
    selectors: tuple[Mapping[str, Any], ...]


def logging_trails() -> tuple[Trail, ...]:
    return tuple(
        Trail(
            account=account,
            region=region,
            everywhere=bool(trail.get("IsMultiRegionTrail")),
            selectors=tuple(_selectors(account, region, name)),
        )
        for (account, region, name), trail in cloudtrail._trails.all_items()
        if trail.get("IsLogging")
    )


def covers(trails: Iterable[Trail], record: Record) -> bool:
    return record["managementEvent"] and any(
        trail.account == record["recipientAccountId"]
        and (trail.everywhere or trail.region == record["awsRegion"])
        and any(_selects(selector, record["eventSource"]) for selector in trail.selectors)
        for trail in trails
    )


def _selectors(account: str, region: str, name: str) -> list[Mapping[str, Any]]:
    default = cloudtrail._DEFAULT_EVENT_SELECTORS
    return list(cloudtrail._event_selectors.get_scoped(account, region, name, default))


def _selects(selector: Mapping[str, Any], source: str) -> bool:
    if "FieldSelectors" not in selector:
        writes = selector.get("ReadWriteType", "All") in {"All", "WriteOnly"}
        excluded = source in selector.get("ExcludeManagementEventSources", ())
        return writes and bool(selector.get("IncludeManagementEvents", True)) and not excluded
    fields = {field["Field"]: field for field in selector["FieldSelectors"]}
    category = fields.get("eventCategory", {}).get("Equals", [])
    only_reads = fields.get("readOnly", {}).get("Equals", []) == ["true"]
    excluded = source in fields.get("eventSource", {}).get("NotEquals", [])
    return "Management" in category and not only_reads and not excluded
