"""Incidents, in DynamoDB and in memory: one writer at a time, read back as written; what on-call was told of them."""

import msgspec
import pytest

from holdfast.aws.tables.incidents import KEPT, TELLING
from holdfast.core.breaker import Watch
from holdfast.core.chronicle import Incidents, Overtaken
from holdfast.core.incident import Actor, Incident
from holdfast.core.manifest import Record
from holdfast.core.resource import Change
from holdfast.core.security_group import tcp
from tests.support.incidents import MemoryIncidents
from tests.unit.tables.conftest import INCIDENTS, Tables

ALB = Record(environment="atlas", layer="security_groups", name="alb", kind="AWS::EC2::SecurityGroup")
INCIDENT = Incident(
    id="20260101T000000.000-1",
    environment="atlas",
    resource="security_groups/alb",
    kind="AWS::EC2::SecurityGroup",
    physical_id="sg-1",
    concern="security_groups",
    opened_at=1_700_000_000.5,
).taking_in(
    (Change(path="Rules", found=tcp("ingress", 22, "::/0")),), [Actor(arn="alice", event_id="1")], 1_700_000_001.5
)


@pytest.fixture(params=[lambda tables: tables.incidents, lambda _: MemoryIncidents()], ids=["DynamoDB", "memory"])
def incidents(request: pytest.FixtureRequest, tables: Tables) -> Incidents:
    made: Incidents = request.param(tables)
    return made


def test_nothing_is_remembered_of_what_never_drifted(incidents: Incidents) -> None:
    assert incidents.watch(ALB, "security_groups") == (Watch(), None)


def test_watch_and_incident_are_read_back_as_they_were_written(incidents: Incidents) -> None:
    watch = incidents.write(INCIDENT, Watch(incident=INCIDENT.id, restorations=(1.25,), told=("a", "b"), pause=15))
    assert watch.version == 1
    assert incidents.watch(ALB, "security_groups") == (watch, INCIDENT)


def test_of_two_writers_the_later_is_overtaken_and_nothing_of_it_is_kept(incidents: Incidents) -> None:
    first, _ = incidents.watch(ALB, "security_groups")
    second, _ = incidents.watch(ALB, "security_groups")
    incidents.write(INCIDENT, first)
    with pytest.raises(Overtaken, match="security_groups/alb is being restored by another call"):
        incidents.write(INCIDENT.proven(1_700_000_009.0), second)
    assert incidents.watch(ALB, "security_groups")[1] == INCIDENT
    incidents.write(INCIDENT.proven(1_700_000_009.0), incidents.watch(ALB, "security_groups")[0])


@pytest.mark.parametrize("claimed", [0, 10**9])
def test_a_watch_that_says_another_version_than_it_has_holds_nobody_up(tables: Tables, claimed: int) -> None:
    """Somebody wrote into it: the next restorer writes over it, instead of starting over for ever."""
    tables.incidents.write(INCIDENT, Watch())
    forged = msgspec.json.encode(Watch(version=claimed, incident="another")).decode()
    tables.dynamodb.update_item(
        TableName=INCIDENTS,
        Key={"environment": {"S": "atlas"}, "id": {"S": "watch#security_groups/alb#security_groups"}},
        UpdateExpression="SET watch = :forged",
        ExpressionAttributeValues={":forged": {"S": forged}},
    )
    watch, _ = tables.incidents.watch(ALB, "security_groups")
    assert tables.incidents.write(INCIDENT, watch).version == 2


def test_watch_that_is_behind_by_one_is_overtaken(incidents: Incidents) -> None:
    stale = incidents.write(INCIDENT, Watch())
    incidents.write(INCIDENT, stale)
    with pytest.raises(Overtaken):
        incidents.write(INCIDENT, stale)


def test_resources_are_apart(incidents: Incidents) -> None:
    incidents.write(INCIDENT, Watch())
    for other in ("nodes", "alb2"):
        assert incidents.watch(msgspec.structs.replace(ALB, name=other), "security_groups") == (Watch(), None)
    assert incidents.watch(msgspec.structs.replace(ALB, environment="atlas-2"), "security_groups") == (Watch(), None)
    assert incidents.watch(ALB, "logging") == (Watch(), None), "each concern remembers what it did itself"


def test_overtaken_write_leaves_no_trace_in_the_list(tables: Tables) -> None:
    tables.incidents.write(INCIDENT, Watch())
    other = msgspec.structs.replace(INCIDENT, id="20260101T000001.000-2")
    with pytest.raises(Overtaken):
        tables.incidents.write(other, Watch())
    assert tables.incidents.incident("atlas", other.id) is None, "both are written, or none"


def test_what_on_call_was_told_survives_the_next_write(tables: Tables) -> None:
    incidents = tables.incidents
    watch = incidents.write(INCIDENT, Watch())
    assert incidents.incident("atlas", INCIDENT.id) == (INCIDENT, "")
    restored = INCIDENT.proven(1_700_000_002.0)
    watch = incidents.write(restored, watch)
    incidents.told(restored)
    incidents.write(restored.ended("needs human", "again"), watch)
    found = incidents.incident("atlas", INCIDENT.id)
    assert found is not None
    assert (found[0].state, found[1]) == ("needs human", "restored"), (
        "a new state is told, the old one is not forgotten"
    )


def test_incidents_of_an_environment_are_listed_by_time_and_by_state(tables: Tables) -> None:
    watch = Watch()
    for number in (2, 1, 3):
        one = msgspec.structs.replace(INCIDENT, id=f"2026010{number}T000000.000-x")
        watch = tables.incidents.write(one, watch)
    items = tables.dynamodb.query(
        TableName=INCIDENTS,
        KeyConditionExpression="environment = :e AND begins_with(id, :year)",
        ExpressionAttributeValues={":e": {"S": "atlas"}, ":year": {"S": "2026"}},
    )["Items"]
    assert [item["id"]["S"][:8] for item in items] == ["20260101", "20260102", "20260103"]
    assert {item["state"]["S"] for item in items} == {"open"}
    assert items[0]["physical_id"]["S"] == "sg-1"
    assert items[0]["folded"]["BOOL"] is False, "the stream's filter reads it"
    assert items[0]["expires_at"]["N"] == str(1_700_000_000 + KEPT)


def test_of_two_who_would_tell_the_same_only_one_does(tables: Tables) -> None:
    incidents, now = tables.incidents, 1_700_000_100.0
    restored = INCIDENT.proven(now)
    incidents.write(restored, Watch())
    assert incidents.claim(restored, now)
    assert not incidents.claim(restored, now + 1), "on-call is told twice"
    assert incidents.claim(restored, now + TELLING + 1), "whoever claimed it died over it, and on-call is never told"
    incidents.told(restored)
    assert not incidents.claim(restored, now + 3 * TELLING), "told again of what was told"
    assert incidents.claim(restored.ended("needs human", "deleted"), now + 1), "the next state waits for the one before"


def test_what_was_learnt_of_an_incident_is_kept_unless_somebody_wrote_it_meanwhile(tables: Tables) -> None:
    incidents = tables.incidents
    unknown = msgspec.structs.replace(INCIDENT, actors=())
    watch = incidents.write(unknown, Watch())
    named = msgspec.structs.replace(INCIDENT, looked_up=True)
    assert incidents.complete(unknown, named)
    assert incidents.incident("atlas", INCIDENT.id) == (named, "")
    restored = unknown.proven(1_700_000_009.0)
    incidents.write(restored, watch)
    assert not incidents.complete(unknown, named), "the proof would be lost"
    assert incidents.incident("atlas", INCIDENT.id) == (restored, "")


def test_watch_expires_as_its_latest_incident_does_and_each_write_renews_it(tables: Tables) -> None:
    key = {"environment": {"S": "atlas"}, "id": {"S": "watch#security_groups/alb#security_groups"}}
    later = msgspec.structs.replace(INCIDENT, last_drift_at=INCIDENT.last_drift_at + 3600)
    watch = Watch()
    for incident in (INCIDENT, later):
        watch = tables.incidents.write(incident, watch)
        item = tables.dynamodb.get_item(TableName=INCIDENTS, Key=key)["Item"]
        assert int(item["expires_at"]["N"]) == int(incident.last_drift_at) + KEPT
