"""A storm of alerts: twenty a minute are read one by one, the rest in one digest that lists each."""

from holdfast.aws.tables.incidents import TELLING
from holdfast.aws.tables.storm import LIMIT
from tests.unit.tables.conftest import INCIDENTS, Tables

MINUTE = 28_333_333


def test_each_is_counted_and_those_over_the_limit_are_listed(tables: Tables) -> None:
    storm = tables.storm
    counts = [storm.counted("atlas", MINUTE, "warning", f"incident-{number:02}") for number in range(1, LIMIT + 4)]
    assert counts == list(range(1, LIMIT + 4))
    assert storm.digested("atlas", MINUTE) == [f"incident-{LIMIT + number}" for number in (1, 2, 3)]


def test_quiet_minute_has_nothing_to_digest(tables: Tables) -> None:
    assert tables.storm.digested("atlas", MINUTE) == []
    tables.storm.counted("atlas", MINUTE, "warning", "incident-1")
    assert tables.storm.digested("atlas", MINUTE) == []


def test_minutes_and_environments_are_apart(tables: Tables) -> None:
    for _ in range(LIMIT):
        tables.storm.counted("atlas", MINUTE, "warning", "incident")
    assert tables.storm.counted("atlas", MINUTE + 1, "warning", "incident") == 1
    assert tables.storm.counted("atlas-2", MINUTE, "warning", "incident") == 1


def test_what_is_critical_is_not_folded_for_what_is_not(tables: Tables) -> None:
    """Twenty harmless drifts, and then one for which a person is needed: told at once all the same."""
    _storm(tables, LIMIT + 1)
    assert tables.storm.counted("atlas", MINUTE, "critical", "page") == 1
    assert "page" not in tables.storm.digested("atlas", MINUTE)


def test_told_twice_it_is_listed_once(tables: Tables) -> None:
    for number in range(LIMIT):
        tables.storm.counted("atlas", MINUTE, "warning", str(number))
    for _ in range(2):
        tables.storm.counted("atlas", MINUTE, "warning", "again")
    assert tables.storm.digested("atlas", MINUTE) == ["again"]


def test_count_expires_after_a_day(tables: Tables) -> None:
    tables.storm.counted("atlas", MINUTE, "warning", "incident")
    key = {"environment": {"S": "atlas"}, "id": {"S": f"storm#{MINUTE}"}}
    item = tables.dynamodb.get_item(TableName=INCIDENTS, Key=key)["Item"]
    assert int(item["expires_at"]["N"]) == (MINUTE + 24 * 60) * 60


def test_of_a_storm_twenty_are_told_and_the_rest_is_in_one_digest(tables: Tables) -> None:
    names = [f"incident-{number:04}" for number in range(10 * LIMIT)]
    over = [name for name in names if tables.storm.counted("atlas", MINUTE, "warning", name) > LIMIT]
    claimed = [tables.storm.claim("atlas", MINUTE, 100.0 + number / 1000) for number in range(len(over))]
    assert claimed == [True, *[False] * (9 * LIMIT - 1)]
    assert tables.storm.digested("atlas", MINUTE) == over == names[LIMIT:]
    tables.storm.told("atlas", MINUTE, over)
    assert not tables.storm.claim("atlas", MINUTE, 100.0 + 2 * TELLING), "told twice"


def test_digest_whose_teller_died_is_told_by_the_next_that_asks(tables: Tables) -> None:
    _storm(tables, LIMIT + 1)
    assert tables.storm.claim("atlas", MINUTE, 100.0)
    assert not tables.storm.claim("atlas", MINUTE, 100.0 + TELLING)
    assert tables.storm.claim("atlas", MINUTE, 101.0 + TELLING)


def test_what_was_counted_while_the_digest_was_told_is_in_another(tables: Tables) -> None:
    _storm(tables, LIMIT + 2)
    listed = tables.storm.digested("atlas", MINUTE)
    tables.storm.counted("atlas", MINUTE, "warning", "late")
    tables.storm.told("atlas", MINUTE, listed)
    assert tables.storm.claim("atlas", MINUTE, 100.0)
    assert tables.storm.digested("atlas", MINUTE) == ["late"]


def test_minute_without_a_digest_is_not_claimed(tables: Tables) -> None:
    _storm(tables, LIMIT)
    assert not tables.storm.claim("atlas", MINUTE, 100.0)


def _storm(tables: Tables, count: int) -> None:
    for number in range(count):
        tables.storm.counted("atlas", MINUTE, "warning", str(number))
