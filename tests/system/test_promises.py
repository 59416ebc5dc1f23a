"""Whatever anybody does to a promised field is undone, written down once by its concern, and told with who it was.

The drifts are in tests/support/drifts_<concern>.py, one line each; tests/static/test_coverage.py sees that no promised
field is without one. They are made on one environment by a user who may do so, the layers side by side: those of one
layer in turn, for its things lean on each other.
"""

import time
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from typing import Final

import pytest

from holdfast.core.diff import diff
from tests.support.cloud import Caller, Json
from tests.support.drifting import Broken, Hands, concern_of, promised, tables
from tests.support.environments import Environment
from tests.support.waiting import PATIENCE, until

DRIFTS: Final = [(concern, drift) for concern, drifts in tables().items() for drift in drifts]
INSIDE: Final = ("cluster/", "kubernetes_access/", "workloads/", "ingress/", "logs/audit")
"""Paths of what stands in the cluster, and of what it is read and heard by: while that is broken, nobody hears."""
LONGEST: Final = 6 * PATIENCE
"""Seconds: what AWS is at work on is looked at again every fifteen, before it is undone and after."""
QUIET: Final = 1.1
"""Seconds after which a drift is an incident of its own, and a bit."""
A_MINUTE: Final = 60.0

type Outcomes = Mapping[Broken, Future[None]]


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, standing: Environment, vandal: Caller) -> Iterator[Outcomes]:
    """How each drift goes that this run asks for. A lane is a thread: its drifts are made in turn."""
    items = [one for one in request.session.items if isinstance(one, pytest.Function) and hasattr(one, "callspec")]
    params = [one.callspec.params.get("drift") for one in items if one.function is test_a_drift_is_restored]
    asked = [drift for drift in params if isinstance(drift, Broken)]
    with ExitStack() as opened:
        lanes = {lane: opened.enter_context(ThreadPoolExecutor(1)) for lane in {*map(_lane, asked)}}
        yield {drift: lanes[_lane(drift)].submit(_require_restored, drift, standing, vandal) for drift in asked}
        for lane in lanes.values():
            lane.shutdown(cancel_futures=True)


def _lane(drift: Broken) -> str:
    return "inside" if drift.path.startswith(INSIDE) else drift.path.partition("/")[0]


@pytest.mark.parametrize(
    ("concern", "drift"),
    DRIFTS,
    ids=[f"{concern}:{drift.path}:{drift.what}".replace(" ", "-") for concern, drift in DRIFTS],
)
def test_a_drift_is_restored(concern: str, drift: Broken, standing: Environment, outcomes: Outcomes) -> None:
    kind = standing.records()[drift.path]["kind"]
    assert concern_of(kind, drift) == concern, f"core/concern.py: {kind} {drift.field} is held by another concern"
    outcomes[drift].result()


def _require_restored(drift: Broken, standing: Environment, vandal: Caller) -> None:
    concern = concern_of(standing.records()[drift.path]["kind"], drift)
    _wait_until_quiet(standing, drift.path, concern)
    began = time.time()
    drift.make(Hands(vandal, standing))
    incident = until(
        f"one incident more of {drift.path} by {concern}, {drift.state}, that says who it was and what changed",
        lambda: _of(standing, drift.path, concern, since=began),
        lambda seen: len(seen) == 1 and seen[0]["state"] == drift.state and _is_complete(seen[0]),
        look=standing.diagnosis,
        seconds=LONGEST,
    )[0]
    paths = [change["path"].split(".") for change in incident["changes"]]
    fields = {".".join(path[:length]) for path in paths for length in (1, 2)}
    assert drift.fields <= fields, f"{drift.what} broke {sorted(drift.fields)}, the incident speaks of {sorted(fields)}"
    actors = {actor["arn"] for actor in incident["actors"]}
    assert {arn for arn in actors if arn.rpartition("/")[2] not in _neighbours(standing, concern)} == {vandal.arn}
    if drift.mend is not None:
        drift.mend(Hands(vandal, standing))
    if drift.state == "restored" or drift.mend is not None:
        until(
            f"{drift.path} is exactly as promised",
            lambda: _differs(standing, drift.path),
            lambda differs: differs == "",
            look=standing.diagnosis,
        )


def _neighbours(environment: Environment, concern: str) -> set[str]:
    """The other restorers, whose calls wake this concern's: by a cluster or a database some concerns name one thing."""
    own = f"Restore{concern.title().replace('_', '')}Function"
    return {name for part, name in environment.application.parts.items() if part.startswith("Restore") and part != own}


def _wait_until_quiet(environment: Environment, path: str, concern: str) -> None:
    """Wait until another drift of the resource is another incident.

    Nor is it to be contended here, which a table of many drifts would make it: what is remembered of it is forgotten.
    """
    began = time.time() - A_MINUTE
    until(
        "a second has passed since the resource's last drift",
        lambda: _of(environment, path, concern, since=began),
        lambda seen: not seen or time.time() - max(one["last_drift_at"] for one in seen) > QUIET,
    )
    environment.forget(path, concern)


def _of(environment: Environment, path: str, concern: str, *, since: float) -> list[Json]:
    found = environment.incidents(since)
    return [one for one in found if (one["resource"], one["concern"]) == (path, concern)]


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
