"""Whatever anybody does to a group of ours is undone, written down once and told once.

What fails here is mended in layers/holdfast/holdfast: core/restoration.py, aws/ec2/security_group.py, core/alert.py.
"""

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.support.cloud import Application, Caller, Json, root
from tests.support.drifts import DRIFTS, Drift, Hands
from tests.support.environments import Environment, environment, rules, tags
from tests.support.oncall import Alert, OnCall, on_call
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

type Promise = tuple[frozenset[str], dict[str, str]]

QUIET = 1.1
"""Seconds after which a drift is an incident of its own, and a bit."""


@pytest.fixture(scope="module")
def drifted(application: Application, alice: Caller, mark: str) -> Iterator[Environment]:
    """An environment of this module's own: a group that drifts for the sixth time in ten minutes is contended."""
    with environment(application, alice, f"drift-{mark}") as made:
        made.built()
        yield made


@pytest.fixture(scope="module")
def called(drifted: Environment) -> Iterator[OnCall]:
    with on_call(drifted) as called:
        yield called


@pytest.fixture(scope="module")
def promised(drifted: Environment, called: OnCall) -> dict[str, Promise]:
    """What was built, by group, before anybody touched it."""
    return {name: _stands(group) for name, group in drifted.groups.items()}


@pytest.fixture(scope="module")
def ids(drifted: Environment) -> dict[str, str]:
    """The peers that drifts name."""
    ec2: EC2Client = root.client("ec2")
    stranger = ec2.create_security_group(GroupName="stranger", Description="-", VpcId=drifted.ids["network/vpc"])
    prefixes = ec2.create_managed_prefix_list(
        PrefixListName=drifted.name, MaxEntries=1, AddressFamily="IPv4", Entries=[{"Cidr": "198.51.100.0/24"}]
    )["PrefixList"]
    return {**drifted.groups, "stranger": stranger["GroupId"], "prefixes": prefixes["PrefixListId"]}


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: drift.what.replace(" ", "-"))
def test_a_drift_is_undone_and_written_down(
    drift: Drift, drifted: Environment, promised: dict[str, Promise], ids: dict[str, str], alice: Caller
) -> None:
    group = drifted.groups[drift.group]
    earlier = _quiet(drifted, group)
    drift.make(Hands(alice.client("ec2"), group, ids))
    until(
        f"{drift.group} has exactly its promised rules and tags again",
        lambda: _stands(group),
        lambda seen: seen == promised[drift.group],
        look=drifted.diagnosis,
    )
    incidents = until(
        f"one incident more of {drift.group}, restored",
        lambda: _of(drifted, group)[earlier:],
        lambda seen: [one["state"] for one in seen] == ["restored"] and bool(seen[0]["actors"]),
        look=drifted.diagnosis,
    )
    assert {actor["arn"] for actor in incidents[0]["actors"]} == {alice.arn}
    assert incidents[0]["changes"], "the incident does not say what changed"
    assert incidents[0]["calls"], "the incident does not say what was done against it"


def test_no_group_drifts_so_often_that_it_is_contended() -> None:
    """Of this table, not of the product: six times in ten minutes would be told as something else."""
    groups = [drift.group for drift in DRIFTS]
    assert {group: groups.count(group) for group in set(groups) if groups.count(group) > 5} == {}


def test_every_incident_is_told_once(drifted: Environment, called: OnCall) -> None:
    incidents = drifted.incidents()
    told = until(
        f"an alert for each of {len(incidents)} incidents",
        called.mailbox.heard,
        lambda seen: all(_about(incident, seen) for incident in incidents),
        look=drifted.diagnosis,
    )
    for incident in incidents:
        (alert,) = _about(incident, told)
        for word in (incident["actors"][0]["arn"], incident["physical_id"], incident["id"], "restored"):
            assert word in alert.text, f"{word} is not in the alert:\n{alert.text}"
        assert alert.attributes["state"] == "restored"
    assert len(told) == len(incidents), "on-call was told of something else besides"


def test_what_was_promised_stands_in_every_group(drifted: Environment, promised: dict[str, Promise]) -> None:
    assert {name: _stands(group) for name, group in drifted.groups.items()} == promised


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


def _stands(group: str) -> Promise:
    return rules(group), tags(group)


def _about(incident: Json, alerts: list[Alert]) -> list[Alert]:
    return [alert for alert in alerts if incident["id"] in alert.text]
