"""However a drift is noticed, of whatever concern: by the sweep alone, by AWS Config alone, by events again and late.

What fails here is mended in functions/sweep, layers/holdfast/holdfast/core/event.py and aws/whereabouts.py.
"""

import json
import time
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Final

import pytest

from tests.support.bus import BATCH, delivered, let_by
from tests.support.cloud import Caller, Json
from tests.support.drifting import Broken, Hands, differs, one_of_each
from tests.support.environments import QUIET, Environment
from tests.support.sweeping import deafened, hearing, swept
from tests.support.waiting import until

DRIFTS: Final = one_of_each()
PATHS: Final = [drift.path for drift in DRIFTS.values()]


@pytest.fixture
def forgotten(standing: Environment) -> Environment:
    """As if nothing of the table had ever drifted there: none of it is contended."""
    time.sleep(QUIET)
    for concern, drift in DRIFTS.items():
        standing.forget(drift.path, concern)
    return standing


def _drifted(standing: Environment, vandal: Caller) -> float:
    """All of them, and when that began."""
    began = time.time()
    for drift in DRIFTS.values():
        drift.make(Hands(vandal, standing))
    return began


@pytest.mark.alone
def test_a_sweep_finds_a_drift_of_each_concern(forgotten: Environment, vandal: Caller) -> None:
    with deafened(forgotten.application):
        began = _drifted(forgotten, vandal)
        assert swept(forgotten.application, {"name": forgotten.name})["status"] == "SUCCEEDED"
        incidents = _restored(forgotten, began)
    assert {one["noticed_by"] for one in incidents.values()} == {"the sweep"}


@pytest.mark.alone
def test_a_picture_of_aws_config_is_enough_for_each_concern(forgotten: Environment, vandal: Caller) -> None:
    with deafened(forgotten.application):
        began = _drifted(forgotten, vandal)
        for concern, drift in DRIFTS.items():
            assert delivered(forgotten, concern, [_picture(forgotten, drift)]) == {"batchItemFailures": []}
        incidents = _restored(forgotten, began)
    assert {one["noticed_by"] for one in incidents.values()} == {"Config Configuration Item Change"}


def test_events_that_come_again_late_and_in_another_order_change_nothing(
    forgotten: Environment, vandal: Caller, mark: str
) -> None:
    application = forgotten.application
    with let_by(f"again-{mark}", application, *hearing(application)) as heard:
        began = _drifted(forgotten, vandal)
        before = _restored(forgotten, began)
        bodies = [alert.body for alert in heard.heard() if _is_about_a_drift(forgotten, alert.body)]
    assert len(bodies) >= len(DRIFTS), "not every drift was heard of"
    time.sleep(QUIET)
    for concern in DRIFTS:
        for batch in batched([*reversed(bodies), *map(_an_hour_ago, bodies), *bodies], BATCH, strict=False):
            assert delivered(forgotten, concern, batch) == {"batchItemFailures": []}
    told = {concern: [_what(one) for one in _of(forgotten, concern, began)] for concern in DRIFTS}
    assert told == {concern: [_what(incident)] for concern, incident in before.items()}
    assert {path: differs(forgotten, path) for path in PATHS} == dict.fromkeys(PATHS, "")


def _restored(environment: Environment, began: float) -> dict[str, Json]:
    """By concern, the one incident of its drift, once each is restored and stands as promised."""
    found = until(
        "one incident of each drift, restored",
        lambda: {concern: _of(environment, concern, began) for concern in DRIFTS},
        lambda seen: all([one["state"] for one in incidents] == ["restored"] for incidents in seen.values()),
        look=environment.diagnosis,
    )
    until(
        "each is as promised",
        lambda: {path: differs(environment, path) for path in PATHS},
        lambda seen: not any(seen.values()),
        look=environment.diagnosis,
    )
    return {concern: incidents[0] for concern, incidents in found.items()}


def _of(environment: Environment, concern: str, since: float) -> list[Json]:
    key = (DRIFTS[concern].path, concern)
    return [one for one in environment.incidents(since) if (one["resource"], one["concern"]) == key]


def _what(incident: Json) -> tuple[str, str, list[Json], list[str]]:
    """All of it but who: what comes late may name one more."""
    return incident["id"], incident["state"], incident["changes"], incident["calls"]


def _picture(environment: Environment, drift: Broken) -> str:
    """As Config sends it, but for what the thing looks like: an event says where to look."""
    record = environment.record(drift.path)
    item = {
        "resourceType": record["kind"],
        "resourceId": record["physical"]["id"],
        "ARN": record["physical"].get("Arn", record["physical"]["id"]),
        "configurationItemCaptureTime": datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
    }
    detail = {"messageType": "ConfigurationItemChangeNotification", "configurationItem": item}
    return json.dumps({"source": "aws.config", "detail-type": "Config Configuration Item Change", "detail": detail})


def _is_about_a_drift(environment: Environment, body: str) -> bool:
    records = environment.records()
    return any(value in body for path in PATHS for value in records[path]["physical"].values())


def _an_hour_ago(body: str) -> str:
    """The same event as one that was an hour on its way."""
    event = json.loads(body)
    if "eventTime" in event["detail"]:
        then = datetime.fromisoformat(event["detail"]["eventTime"]) - timedelta(hours=1)
        event["detail"]["eventTime"] = then.isoformat().replace("+00:00", "Z")
    return json.dumps(event)
