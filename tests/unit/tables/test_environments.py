"""Leases: one builder an environment, and everyone else knows who."""

import pytest

from holdfast.core.evidence import Evidence, Finding
from holdfast.core.manifest import Lease
from holdfast.core.site import Place
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.unit.tables.conftest import Tables

PLACE = Place(("eu-west-1a", "eu-west-1b", "eu-west-1c"), "Z0123456789EXAMPLE")
SPEC = {"name": "atlas", "network": {"cidr": "10.20.0.0/16"}}


def _take(tables: Tables, execution: str) -> Lease:
    environments = tables.environments
    return environments.take("atlas", execution, environments.held("atlas"), PLACE, SPEC)


def test_nobody_holds_what_was_never_built(tables: Tables) -> None:
    assert tables.environments.held("atlas") is None


def test_first_lease_remembers_what_is_built_and_where(tables: Tables) -> None:
    assert _take(tables, "first") == Lease("atlas", "first", 1)
    held = tables.environments.held("atlas")
    assert held is not None
    assert (held.execution, held.fence, held.busy, held.place, held.spec) == ("first", 1, {}, PLACE, SPEC)


def test_same_execution_asks_again_and_keeps_its_number(tables: Tables) -> None:
    assert _take(tables, "first") == _take(tables, "first")


def test_each_holder_has_a_higher_number(tables: Tables) -> None:
    assert [_take(tables, name).fence for name in ("first", "second", "first")] == [1, 2, 3]


@pytest.mark.parametrize("before", ["nobody", "somebody"])
def test_of_two_at_once_one_comes_back_later(tables: Tables, before: str) -> None:
    environments = tables.environments
    if before == "somebody":
        _take(tables, "dead")
    seen = environments.held("atlas")
    environments.take("atlas", "quick", seen, PLACE, SPEC)
    with pytest.raises(ComeBackLater, match="another build of atlas began just now"):
        environments.take("atlas", "slow", seen, PLACE, SPEC)
    held = environments.held("atlas")
    assert held is not None
    assert held.execution == "quick"


def test_function_at_work_says_so_until_it_is_done(tables: Tables) -> None:
    environments, lease = tables.environments, _take(tables, "first")
    environments.at_work(lease, "network", 100.5)
    environments.at_work(lease, "keys", 200.0)
    held = environments.held("atlas")
    assert held is not None
    assert held.busy == {"network": 100.5, "keys": 200.0}
    environments.done(lease, "network")
    environments.done(lease, "network")
    held = environments.held("atlas")
    assert held is not None
    assert held.busy == {"keys": 200.0}


def test_function_whose_lease_has_passed_on_stops_before_it_begins(tables: Tables) -> None:
    environments, old = tables.environments, _take(tables, "first")
    _take(tables, "second")
    with pytest.raises(NeedsHuman, match="another build has taken over from first: second"):
        environments.at_work(old, "network", 100.5)
    with pytest.raises(NeedsHuman, match="another build has taken over from first: second"):
        environments.done(old, "network")
    held = environments.held("atlas")
    assert held is not None
    assert held.busy == {}, "a mark of the old build would make the new one wait"


@pytest.mark.parametrize(
    "forged",
    [
        Lease("atlas", "another", 1),
        Lease("atlas", "first", 2),
        Lease("borealis", "first", 1),
    ],
)
def test_a_lease_is_its_execution_and_its_number(tables: Tables, forged: Lease) -> None:
    lease = _take(tables, "first")
    assert tables.environments.held_by(lease).execution == "first"
    with pytest.raises(NeedsHuman):
        tables.environments.held_by(forged)


def test_mark_without_any_lease_is_refused(tables: Tables) -> None:
    with pytest.raises(NeedsHuman):
        tables.environments.at_work(Lease("atlas", "first", 1), "network", 100.5)
    assert tables.environments.held("atlas") is None


def test_newest_evidence_of_each_layer_is_kept(tables: Tables) -> None:
    environments = tables.environments
    finding = Finding.of("Which subnets reach the internet?", saw=["a"], expected=["a"])
    for layer, at in (("network", "10:00"), ("keys", "10:01"), ("network", "10:02")):
        environments.keep(Evidence(environment="atlas", layer=layer, at=at, findings=(finding,)))
    _take(tables, "first")
    kept = environments.evidence("atlas")
    assert {layer: evidence.at for layer, evidence in kept.items()} == {"network": "10:02", "keys": "10:01"}
    assert kept["network"].findings == (finding,)
    assert environments.evidence("atlas-2") == {}
