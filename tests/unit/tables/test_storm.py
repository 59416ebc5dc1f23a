"""A storm of alerts: twenty a minute are read one by one, the rest in one digest that lists each."""

from holdfast.aws.tables.storm import LIMIT
from tests.unit.tables.conftest import INCIDENTS, Tables

MINUTE = 28_333_333


def test_each_is_counted_and_those_over_the_limit_are_listed(tables: Tables) -> None:
    storm = tables.storm
    counts = [storm.counted("atlas", MINUTE, f"incident-{number:02}") for number in range(1, LIMIT + 4)]
    assert counts == list(range(1, LIMIT + 4))
    assert storm.digested("atlas", MINUTE) == [f"incident-{LIMIT + number}" for number in (1, 2, 3)]


def test_quiet_minute_has_nothing_to_digest(tables: Tables) -> None:
    assert tables.storm.digested("atlas", MINUTE) == []
    tables.storm.counted("atlas", MINUTE, "incident-1")
    assert tables.storm.digested("atlas", MINUTE) == []


def test_minutes_and_environments_are_apart(tables: Tables) -> None:
    for _ in range(LIMIT):
        tables.storm.counted("atlas", MINUTE, "incident")
    assert tables.storm.counted("atlas", MINUTE + 1, "incident") == 1
    assert tables.storm.counted("atlas-2", MINUTE, "incident") == 1


def test_told_twice_it_is_listed_once(tables: Tables) -> None:
    for number in range(LIMIT):
        tables.storm.counted("atlas", MINUTE, str(number))
    for _ in range(2):
        tables.storm.counted("atlas", MINUTE, "again")
    assert tables.storm.digested("atlas", MINUTE) == ["again"]


def test_count_expires_after_a_day(tables: Tables) -> None:
    tables.storm.counted("atlas", MINUTE, "incident")
    key = {"environment": {"S": "atlas"}, "id": {"S": f"storm#{MINUTE}"}}
    item = tables.dynamodb.get_item(TableName=INCIDENTS, Key=key)["Item"]
    assert int(item["expires_at"]["N"]) == (MINUTE + 24 * 60) * 60
