"""No trail, no events: which trails count as one that logs management writes at this moment."""

from typing import Any

import pytest

from holdfast.aws.clients import Clients
from holdfast.aws.trail import require_trail
from holdfast.core.trouble import NeedsHuman

MANAGEMENT = {"Field": "eventCategory", "Equals": ["Management"]}
DATA = {"Field": "eventCategory", "Equals": ["Data"]}


def _basic(kind: str, *, management: bool = True) -> dict[str, Any]:
    return {"EventSelectors": [{"ReadWriteType": kind, "IncludeManagementEvents": management, "DataResources": []}]}


def _advanced(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"AdvancedEventSelectors": [{"Name": "one", "FieldSelectors": list(fields)}]}


COUNTS = {
    "one that was never told what to log logs all management events": {},
    "all": _basic("All"),
    "writes only": _basic("WriteOnly"),
    "advanced, management": _advanced(MANAGEMENT),
    "advanced, management, writes only": _advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["false"]}),
    "advanced, without the noise of keys": _advanced(
        MANAGEMENT, {"Field": "eventSource", "NotEquals": ["kms.amazonaws.com"]}
    ),
}
DOES_NOT = {
    "reads only": _basic("ReadOnly"),
    "data events only": _basic("All", management=False),
    "advanced, data only": _advanced(DATA, {"Field": "resources.type", "Equals": ["AWS::S3::Object"]}),
    "advanced, reads only": _advanced(MANAGEMENT, {"Field": "readOnly", "Equals": ["true"]}),
}


def _trail(clients: Clients, selectors: dict[str, Any], *, name: str = "trail", logging: bool = True) -> None:
    s3 = clients._client("s3")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    clients.cloudtrail.create_trail(Name=name, S3BucketName=name)
    if selectors:
        clients.cloudtrail.put_event_selectors(TrailName=name, **selectors)
    if logging:
        clients.cloudtrail.start_logging(Name=name)


@pytest.mark.parametrize("selectors", COUNTS.values(), ids=COUNTS)
def test_trail_that_logs_management_writes_counts(clients: Clients, selectors: dict[str, Any]) -> None:
    _trail(clients, selectors)
    require_trail(clients.cloudtrail)


@pytest.mark.parametrize("selectors", DOES_NOT.values(), ids=DOES_NOT)
def test_any_other_trail_does_not(clients: Clients, selectors: dict[str, Any]) -> None:
    _trail(clients, selectors)
    with pytest.raises(NeedsHuman, match="none of 1 trails logs management write events"):
        require_trail(clients.cloudtrail)


def test_trail_that_was_stopped_does_not_count(clients: Clients) -> None:
    _trail(clients, _basic("All"))
    clients.cloudtrail.stop_logging(Name="trail")
    with pytest.raises(NeedsHuman, match="none of 1 trails"):
        require_trail(clients.cloudtrail)


def test_without_any_trail_the_person_is_told_what_to_do(clients: Clients) -> None:
    with pytest.raises(NeedsHuman) as told:
        require_trail(clients.cloudtrail)
    assert "none of 0 trails" in told.value.why
    assert "CreateTrail=true" in told.value.do


def test_one_that_counts_among_others_is_enough(clients: Clients) -> None:
    _trail(clients, _basic("All"), name="stopped", logging=False)
    _trail(clients, _basic("ReadOnly"), name="reads")
    _trail(clients, _basic("WriteOnly"), name="writes")
    require_trail(clients.cloudtrail)
