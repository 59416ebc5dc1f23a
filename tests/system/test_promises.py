"""Whatever anybody does to a promised field is undone, written down once by its concern, and told with who it was.

The drifts are in tests/support/drifts_<concern>.py, one line each; tests/static/test_coverage.py sees that no promised
field is without one. They are made side by side on one environment, by a user who may do so.
"""

import time

import pytest

from holdfast.core.diff import diff
from tests.support.cloud import Caller, Json
from tests.support.drifting import Broken, Hands, concern_of, promised, tables
from tests.support.environments import Environment
from tests.support.waiting import PATIENCE, until

DRIFTS = [(concern, drift) for concern, drifts in tables().items() for drift in drifts]
LONGEST = 3 * PATIENCE
"""Seconds: what AWS is at work on is looked at again every fifteen, before it is undone and after."""
QUIET = 1.1
"""Seconds after which a drift is an incident of its own, and a bit."""


@pytest.mark.parametrize(
    ("concern", "drift"),
    DRIFTS,
    ids=[f"{concern}:{drift.path}:{drift.what}".replace(" ", "-") for concern, drift in DRIFTS],
)
def test_a_drift_is_restored_and_written_down(
    concern: str, drift: Broken, standing: Environment, vandal: Caller
) -> None:
    kind = standing.records()[drift.path]["kind"]
    assert concern_of(kind, drift) == concern, f"core/concern.py: {kind} {drift.field} is held by another concern"
    earlier = _quiet(standing, drift.path, concern)
    drift.make(Hands(vandal, standing))
    incident = until(
        f"one incident more of {drift.path} by {concern}, {drift.state}, that says who it was and what changed",
        lambda: _of(standing, drift.path, concern)[earlier:],
        lambda seen: len(seen) == 1 and seen[0]["state"] == drift.state and _is_complete(seen[0]),
        look=standing.diagnosis,
        seconds=LONGEST,
    )[0]
    paths = [change["path"].split(".") for change in incident["changes"]]
    fields = {".".join(path[:length]) for path in paths for length in (1, 2)}
    assert drift.fields <= fields, f"{drift.what} broke {sorted(drift.fields)}, the incident speaks of {sorted(fields)}"
    assert {actor["arn"] for actor in incident["actors"]} == {vandal.arn}
    if drift.mend is not None:
        drift.mend(Hands(vandal, standing))
    if drift.state == "restored" or drift.mend is not None:
        until(
            f"{drift.path} is exactly as promised",
            lambda: _differs(standing, drift.path),
            lambda differs: differs == "",
            look=standing.diagnosis,
        )


def _quiet(environment: Environment, path: str, concern: str) -> int:
    """Wait until another drift of the resource is another incident; how many it has had.

    Nor is it to be contended here, which a table of many drifts would make it: what is remembered of it is forgotten.
    """
    incidents = until(
        "a second has passed since the resource's last drift",
        lambda: _of(environment, path, concern),
        lambda seen: not seen or time.time() - max(one["last_drift_at"] for one in seen) > QUIET,
    )
    environment.forget(path, concern)
    return len(incidents)


def _of(environment: Environment, path: str, concern: str) -> list[Json]:
    return [one for one in environment.incidents() if (one["resource"], one["concern"]) == (path, concern)]


def _is_complete(incident: Json) -> bool:
    """CloudTrail's event and AWS Config's picture are looked at side by side: one closes what the other completes."""
    return bool(incident["actors"] and incident["changes"])


def _differs(environment: Environment, path: str) -> str:
    """How the world differs from the promise, in words; empty if it does not."""
    resource = promised(environment, path)
    observed = resource.observe()
    if observed is None:
        return "it is gone"
    drift = diff(resource.desired, observed.state)
    return f"wait {observed.wait}" if observed.wait else "; ".join(map(str, drift))
