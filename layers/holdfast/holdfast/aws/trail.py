"""No trail, no events: EventBridge hears of API calls only where a trail logs management writes.

"Events from AWS services delivered via CloudTrail", EventBridge user guide.
"""

from typing import TYPE_CHECKING

from holdfast.core.trouble import NeedsHuman

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail import CloudTrailClient
    from mypy_boto3_cloudtrail.type_defs import GetEventSelectorsResponseTypeDef


def require_trail(cloudtrail: "CloudTrailClient") -> None:
    """Raise ``NeedsHuman`` unless a trail that covers this Region logs management writes at this moment."""
    trails = cloudtrail.describe_trails(includeShadowTrails=True)["trailList"]
    for trail in trails:
        arn = trail["TrailARN"]
        if not cloudtrail.get_trail_status(Name=arn)["IsLogging"]:
            continue
        if _logs_management_writes(cloudtrail.get_event_selectors(TrailName=arn)):
            return
    raise NeedsHuman(
        "CloudTrail",
        f"none of {len(trails)} trails logs management write events here, so that no change would be noticed",
        "deploy the stack with CreateTrail=true, or start logging on a trail of yours, and start the build again",
    )


def _logs_management_writes(selectors: "GetEventSelectorsResponseTypeDef") -> bool:
    """Basic selectors say it outright; advanced ones by field. A trail with neither logs all management events."""
    basic = selectors.get("EventSelectors", [])
    advanced = selectors.get("AdvancedEventSelectors", [])
    if not basic and not advanced:
        return True
    if any(one.get("IncludeManagementEvents", True) and one.get("ReadWriteType") != "ReadOnly" for one in basic):
        return True
    return any(
        {"Field": "eventCategory", "Equals": ["Management"]} in one["FieldSelectors"]
        and {"Field": "readOnly", "Equals": ["true"]} not in one["FieldSelectors"]
        for one in advanced
    )
