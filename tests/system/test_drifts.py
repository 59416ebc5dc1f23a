"""Whatever anybody does to a group of ours is undone, written down once, told once, and touches nobody else.

Two environments whose names share a prefix are built side by side and drift in turns. What fails here is mended in
layers/holdfast/holdfast: core/restoration.py, aws/ec2/security_group.py, core/alert.py, environment/names.py.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.cloud import Caller, Json, root
from tests.support.drifts import DRIFTS, Drift, Hands
from tests.support.environments import QUIET, SHARED, Environment, rules, tags
from tests.support.oncall import Alert, OnCall, on_call
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

type Promise = tuple[frozenset[str], dict[str, str]]


class Watched(NamedTuple):
    """A built environment, what was ``promised`` of each group, its on-call, and the ids of the peers of drifts."""

    environment: Environment
    promised: dict[str, Promise]
    called: OnCall
    ids: dict[str, str]


@pytest.fixture(scope="module")
def watched(pair: tuple[Environment, Environment]) -> Iterator[tuple[Watched, Watched]]:
    first, second = pair
    with on_call(first) as firsts, on_call(second) as seconds:
        both = _watched(first, firsts), _watched(second, seconds)
        yield both
    for one in both:
        root.client("ec2").delete_managed_prefix_list(PrefixListId=one.ids["prefixes"])


def _watched(environment: Environment, called: OnCall) -> Watched:
    ec2: EC2Client = root.client("ec2")
    stranger = ec2.create_security_group(GroupName="stranger", Description="-", VpcId=environment.ids["network/vpc"])
    prefixes = ec2.create_managed_prefix_list(
        PrefixListName=environment.name, MaxEntries=1, AddressFamily="IPv4", Entries=[{"Cidr": "198.51.100.0/24"}]
    )["PrefixList"]
    ids = {**environment.groups, "stranger": stranger["GroupId"], "prefixes": prefixes["PrefixListId"]}
    promised = {name: _stands(group) for name, group in environment.groups.items()}
    return Watched(environment, promised, called, ids)


@pytest.fixture
def drifted(drift: Drift, watched: tuple[Watched, Watched]) -> Watched:
    """They take turns: after twenty alerts in a minute an environment's on-call gets a digest."""
    return watched[DRIFTS.index(drift) % 2]


def test_environments_that_share_a_prefix_share_nothing_else(pair: tuple[Environment, Environment]) -> None:
    nova, nova_2 = pair
    shared = {path for path, identity in nova.ids.items() if identity in nova_2.ids.values()}
    assert {path for path in shared if not path.endswith(SHARED)} == set()
    assert set(nova.ids) == set(nova_2.ids)


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.what.replace(" ", "-"))
def test_a_drift_is_undone_and_written_down(drift: Drift, drifted: Watched, alice: Caller) -> None:
    environment, group = drifted.environment, drifted.environment.groups[drift.group]
    earlier = _quiet(environment, group)
    drift.make(Hands(alice.client("ec2"), group, drifted.ids))
    until(
        f"{drift.group} has exactly its promised rules and tags again",
        lambda: _stands(group),
        lambda seen: seen == drifted.promised[drift.group],
        look=environment.diagnosis,
    )
    (incident,) = until(
        f"one incident more of {drift.group}, restored, that says who it was, what changed and what was done about it",
        lambda: _of(environment, group)[earlier:],
        lambda seen: [one["state"] for one in seen] == ["restored"] and _is_complete(seen[0]),
        look=environment.diagnosis,
    )
    assert {actor["arn"] for actor in incident["actors"]} == {alice.arn}


def test_no_group_drifts_so_often_that_it_is_contended() -> None:
    """Of the table, not of the product: six times in ten minutes would be told as something else."""
    turns = [(number % 2, drift.group) for number, drift in enumerate(DRIFTS)]
    assert {turn: turns.count(turn) for turn in turns if turns.count(turn) > 5} == {}


def test_every_incident_is_told_once(watched: tuple[Watched, Watched]) -> None:
    for one in watched:
        _require_told_once(one.environment, one.called)


def test_what_was_promised_stands_in_every_group_of_both(watched: tuple[Watched, Watched]) -> None:
    for one in watched:
        assert {name: _stands(group) for name, group in one.environment.groups.items()} == one.promised


def _require_told_once(environment: Environment, called: OnCall) -> None:
    incidents = environment.incidents()
    alerts = until(
        f"an alert for each of {len(incidents)} incidents",
        called.mailbox.heard,
        lambda seen: all(_about(incident, seen) for incident in incidents),
        look=environment.diagnosis,
    )
    for incident in incidents:
        (alert,) = _about(incident, alerts)
        for word in (incident["actors"][0]["arn"], incident["physical_id"], incident["id"], "restored"):
            assert word in alert.text, f"{word} is not in the alert:\n{alert.text}"
        assert alert.attributes["state"] == "restored"
    besides = [alert.attributes for alert in alerts if not any(one["id"] in alert.text for one in incidents)]
    assert besides == [], "told of something else besides"


def _quiet(environment: Environment, group: str) -> int:
    """Wait until another drift of the group is another incident; how many it has had."""
    incidents = until(
        "a second has passed since the group's last drift",
        lambda: _of(environment, group),
        lambda seen: not seen or time.time() - max(one["last_drift_at"] for one in seen) > QUIET,
    )
    return len(incidents)


def _of(environment: Environment, group: str) -> list[Json]:
    return [incident for incident in environment.incidents() if incident["physical_id"] == group]


def _is_complete(incident: Json) -> bool:
    """CloudTrail's event and AWS Config's picture are looked at side by side: one closes what the other completes."""
    return bool(incident["actors"] and incident["changes"] and incident["calls"])


def _stands(group: str) -> Promise:
    return rules(group), tags(group)


def _about(incident: Json, alerts: list[Alert]) -> list[Alert]:
    return [alert for alert in alerts if incident["id"] in alert.text]
