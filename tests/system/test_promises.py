"""Whatever anybody does to a promised field is undone, written down once by its concern, and told once with who it was.

The drifts are in tests/support/drifts_<concern>.py, one line each; tests/static/test_coverage.py sees that no promised
field is without one. They are made on one environment by a user who may do so, side by side: those of one lane in turn,
for its things lean on each other. What befalls neither a neighbour of whose name ours begins, nor a stranger's things
that look like ours, is seen at the end.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from functools import partial
from itertools import chain, zip_longest
from typing import Final, NamedTuple

import pytest

from tests.support.cloud import Caller, Json
from tests.support.drifting import Broken, Hands, concern_of, differs, tables
from tests.support.environments import QUIET, Environment
from tests.support.ledger import Ledger
from tests.support.oncall import Alert, OnCall, on_call
from tests.support.room import among_others
from tests.support.tagged import tagged
from tests.support.twins import TWINS, Twin
from tests.support.waiting import PATIENCE, until

pytestmark = pytest.mark.lanes
DRIFTS: Final = [(concern, drift) for concern, drifts in tables().items() for drift in drifts]
INSIDE: Final = ("workloads/", "ingress/")
"""Paths of what stands in the cluster; what has a namespace of its own is a lane of its own."""
DEAF: Final = ("cluster/", "kubernetes_access/", "logs/audit")
"""Paths of what the cluster is read and heard by: while that is broken, nobody hears what happens inside."""
LEANS: Final = {"egress": "network"}
"""Layers that need all of another: a NAT gateway fails while no internet gateway is there."""
LONGEST: Final = 6 * PATIENCE
"""Seconds: what AWS is at work on is looked at again every fifteen, before it is undone and after."""
DIGESTED: Final = 4 * PATIENCE
"""Seconds: a digest comes a minute after what it tells, and the next one a minute later."""
A_MINUTE: Final = 60.0

type Outcomes = Mapping[Broken, Future[str]]
"""Of each drift the id of its incident."""


class Scene(NamedTuple):
    """Where drifts are made and by whom, and how things stood around there before."""

    environment: Environment
    neighbour: Environment
    neighbours_things: tuple[dict[str, str], dict[str, Json]]
    twins: dict[Twin, tuple[str, Json]]
    vandal: Caller
    called: OnCall
    began: float
    ledger: Ledger


@pytest.fixture(scope="module")
def scene(pair: tuple[Environment, Environment], vandal: Caller) -> Iterator[Scene]:
    neighbour, environment = pair
    assert environment.name.startswith(neighbour.name)
    made = {twin: twin.make(environment) for twin in TWINS}
    with on_call(environment) as called:
        began = time.time()
        yield Scene(
            environment,
            neighbour,
            _things(neighbour),
            {twin: (identity, twin.look(identity)) for twin, identity in made.items()},
            vandal,
            called,
            began,
            Ledger(environment, began - A_MINUTE),
        )


@pytest.fixture(scope="module")
def outcomes(request: pytest.FixtureRequest, scene: Scene) -> Iterator[Outcomes]:
    """How each drift goes that this run asks for. A lane is a thread: its drifts are made in turn."""
    items = [one for one in request.session.items if isinstance(one, pytest.Function) and hasattr(one, "callspec")]
    params = [one.callspec.params.get("drift") for one in items if one.function is test_a_drift_is_restored]
    lanes: defaultdict[str, list[Broken]] = defaultdict(list)
    for drift in params:
        if isinstance(drift, Broken):
            lanes[_lane(drift)].append(drift)
    going: dict[Broken, Future[str]] = {}
    with ExitStack() as opened:
        for lane in sorted(lanes, key=_goes_last):
            thread = opened.enter_context(ThreadPoolExecutor(1))
            opened.callback(partial(thread.shutdown, cancel_futures=True))
            if _goes_last(lane):
                thread.submit(wait, [made for drift, made in going.items() if drift.path.startswith(INSIDE)])
            going |= {drift: thread.submit(_require_restored, drift, scene) for drift in _in_turns(lanes[lane])}
        yield going


def _lane(drift: Broken) -> str:
    layer, _, name = drift.path.partition("/")
    if drift.path.startswith(INSIDE):
        return f"{layer}/{name.partition('_')[0]}"
    return next((deaf for deaf in DEAF if drift.path.startswith(deaf)), LEANS.get(layer, layer))


def _goes_last(lane: str) -> bool:
    return lane in DEAF


def _in_turns(drifts: Iterable[Broken]) -> list[Broken]:
    """Each resource in turn: what drifts again within a second would be the same incident, and is waited for."""
    by_path: defaultdict[str, list[Broken]] = defaultdict(list)
    for drift in drifts:
        by_path[drift.path].append(drift)
    return [drift for drift in chain.from_iterable(zip_longest(*by_path.values())) if drift is not None]


@pytest.mark.parametrize(
    ("concern", "drift"),
    DRIFTS,
    ids=[f"{concern}:{drift.path}:{drift.what}".replace(" ", "-") for concern, drift in DRIFTS],
)
def test_a_drift_is_restored(concern: str, drift: Broken, scene: Scene, outcomes: Outcomes) -> None:
    kind = scene.environment.record(drift.path)["kind"]
    assert concern_of(kind, drift) == concern, f"core/concern.py: {kind} {drift.field} is held by another concern"
    outcomes[drift].result()


def test_the_neighbour_is_as_it_was(scene: Scene, outcomes: Outcomes) -> None:
    """Nor would a build change anything of it, nor has it had an incident."""
    wait(outcomes.values())
    assert _things(scene.neighbour) == scene.neighbours_things
    assert scene.neighbour.foreseen() == {}
    assert [one["resource"] for one in scene.neighbour.incidents(scene.began)] == []


@pytest.mark.parametrize("twin", TWINS, ids=lambda twin: twin.what.replace(" ", "-"))
def test_a_stranger_s_thing_that_looks_like_ours_is_as_it_was(twin: Twin, scene: Scene, outcomes: Outcomes) -> None:
    wait(outcomes.values())
    identity, before = scene.twins[twin]
    assert twin.look(identity) == before


def test_every_incident_is_told_once_with_who_it_was(scene: Scene, outcomes: Outcomes) -> None:
    """Alone or, when there are too many, in a digest. What a person had to mend is told again when it is mended."""
    wait(outcomes.values())
    incidents = {drift: made.result() for drift, made in outcomes.items() if made.exception() is None}
    alerts = until(
        f"each of {len(incidents)} incidents is told",
        scene.called.mailbox.heard,
        lambda seen: not _untold(incidents.values(), seen),
        look=lambda: f"{_untold(incidents.values(), scene.called.mailbox.heard())}\n{scene.environment.diagnosis()}",
        seconds=DIGESTED,
    )
    for drift, incident in incidents.items():
        told = [line for alert in alerts for line in _about(incident, alert)]
        assert len(told) == 1 or drift.mend is not None, f"{incident} is told {len(told)} times: {told}"
        assert scene.vandal.arn in told[0], f"who it was is not told: {told[0]}"


def _things(environment: Environment) -> tuple[dict[str, str], dict[str, Json]]:
    return tagged(environment.name), environment.records()


def _untold(incidents: Iterable[str], alerts: list[Alert]) -> list[str]:
    return [one for one in incidents if not any(one in alert.body for alert in alerts)]


def _about(incident: str, alert: Alert) -> list[str]:
    """What ``alert`` says of it: a line of a digest, or all."""
    if incident not in alert.text:
        return []
    if "] digest: " not in alert.text:
        return [alert.text]
    return [line for line in alert.text.splitlines() if incident in line]


def _require_restored(drift: Broken, scene: Scene) -> str:
    with among_others():
        return _restored(drift, scene)


def _restored(drift: Broken, scene: Scene) -> str:
    standing, vandal = scene.environment, scene.vandal
    concern = concern_of(standing.record(drift.path)["kind"], drift)
    _wait_until_quiet(scene, drift.path, concern)
    began = time.time()
    drift.make(Hands(vandal, standing))
    incident = until(
        f"one incident more of {drift.path} by {concern}, {drift.state}, of {[*drift.fields]}, that says who it was",
        lambda: scene.ledger.of(drift.path, concern, began),
        lambda seen: len(seen) == 1 and seen[0]["state"] == drift.state and _is_complete(seen[0], drift, vandal),
        look=standing.diagnosis,
        seconds=LONGEST,
    )[0]
    actors = {actor["arn"] for actor in incident["actors"]}
    assert {arn for arn in actors if arn.rpartition("/")[2] not in _neighbours(standing, concern)} == {vandal.arn}
    if drift.mend is not None:
        drift.mend(Hands(vandal, standing))
    if drift.state == "restored" or drift.mend is not None:
        until(
            f"{drift.path} is exactly as promised",
            lambda: differs(standing, drift.path),
            lambda seen: seen == "",
            look=standing.diagnosis,
        )
    if drift.clear is not None:
        drift.clear(Hands(vandal, standing))
    return str(incident["id"])


def _neighbours(environment: Environment, concern: str) -> set[str]:
    """The other restorers, whose calls wake this concern's: by a cluster or a database some concerns name one thing."""
    application = environment.application
    restorers = {name for part, name in application.parts.items() if part.startswith("Restore")}
    return restorers - {application.restorer(concern)}


def _wait_until_quiet(scene: Scene, path: str, concern: str) -> None:
    """Wait until another drift of the resource is another incident.

    Nor is it to be contended here, which a table of many drifts would make it: what is remembered of it is forgotten.
    """
    began = time.time() - A_MINUTE
    until(
        "a second has passed since the resource's last drift",
        lambda: scene.ledger.of(path, concern, began),
        lambda seen: not seen or time.time() - max(one["last_drift_at"] for one in seen) > QUIET,
    )
    scene.environment.forget(path, concern)


def _is_complete(incident: Json, drift: Broken, vandal: Caller) -> bool:
    """CloudTrail's event and AWS Config's picture are looked at side by side: one closes what the other completes."""
    paths = [change["path"].split(".") for change in incident["changes"]]
    fields = {".".join(path[:length]) for path in paths for length in (1, 2)}
    return drift.fields <= fields and vandal.arn in {actor["arn"] for actor in incident["actors"]}
