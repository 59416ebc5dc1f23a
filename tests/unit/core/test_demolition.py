"""A layer taken down: last what others refer to, nothing that holds data without a word, in any number of lives."""

import contextlib
from collections.abc import Callable

import pytest

from holdfast.core.demolition import Demolition, Fate, Traits, kept
from holdfast.core.manifest import Lease, Record
from holdfast.core.trouble import ComeBackLater, NeedsHuman
from tests.support.calls import Killed
from tests.support.layered import LAYER, Layered, part
from tests.support.simulated import SimulatedPart

TREE = [part("leaf", parent="branch"), part("branch", parent="root", peers=["leaf"]), part("root")]


class Site:
    """A layer that stands, and is to go. ``fates`` by path, as a table would keep them."""

    def __init__(self) -> None:
        self.layer = Layered(TREE)
        self.layer.converge()
        self.layer.manifest.promise(self.layer.lease, LAYER)
        self.lease = Lease("atlas", "teardown", 2)
        self.layer.manifest.retire(self.lease)
        self.layer.cloud.calls.clear()
        self.fates: dict[str, Fate] = {}

    def call(self, **stays: str) -> int | None:
        work = Demolition(self.lease, LAYER, self.layer.manifest, self.layer.kinds, self.layer.clock)
        return work.clear({f"{LAYER}/{name}": why for name, why in stays.items()}, self._keep).wait

    def demolish(self, **stays: str) -> None:
        for _ in range(50):
            wait = self.call(**stays)
            if wait is None:
                return
            self.layer.clock.forward(wait)
        raise AssertionError("it never ends, look at core/demolition.py")

    def _keep(self, fate: Fate) -> None:
        self.fates[fate.path] = fate


@pytest.fixture
def site() -> Site:
    return Site()


def test_retired_it_is_guarded_no_more_and_still_known(site: Site) -> None:
    assert {record.desired for record in site.layer.records.values()} == {None}
    assert {record.target != {} for record in site.layer.records.values()} == {True}


def test_nothing_goes_while_anything_of_the_environment_is_promised(site: Site) -> None:
    """Nobody ordered a teardown of it, whoever called; not even of a layer that is not promised yet."""
    elsewhere = Lease("atlas", "build", 2)
    site.layer.manifest.propose(elsewhere, "another", [part("neighbour")])
    site.layer.manifest.promise(elsewhere, "another")
    standing = dict(site.layer.cloud.things)
    with pytest.raises(NeedsHuman, match="1 of its resources are promised still \\(another/neighbour"):
        site.call()
    assert site.layer.cloud.things == standing


def test_all_of_it_goes_and_what_others_are_made_from_goes_last(site: Site) -> None:
    names = {record.physical["id"]: record.name for record in site.layer.records.values()}
    order: list[str] = []
    delete = SimulatedPart.delete

    def noting(self: SimulatedPart, observed: object) -> None:
        order.append(names[observed.physical["id"]])  # type: ignore[attr-defined]  # an Observed, whose type is generic
        delete(self, observed)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(SimulatedPart, "delete", noting)
        site.demolish()
    assert order == ["leaf", "branch", "root"]
    assert (site.layer.cloud.things, site.layer.records) == ({}, {})
    assert {fate.end for fate in site.fates.values()} == {"deleted"}
    assert len(site.fates) == 3


def test_what_stays_is_told_and_not_touched(site: Site) -> None:
    site.demolish(root="data", branch="it stands on it")
    assert len(site.layer.cloud.things) == 2
    assert {path: fate.end for path, fate in site.fates.items()} == {
        "layer/leaf": "deleted",
        "layer/branch": "kept",
        "layer/root": "kept",
    }
    assert site.layer.records.keys() == {"layer/branch", "layer/root"}


@pytest.mark.parametrize("moments", range(1, 30))
def test_killed_at_any_moment_it_goes_on_where_it_was(site: Site, moments: int) -> None:
    site.layer.cloud.life.begin(moments)
    with contextlib.suppress(Killed):
        site.demolish()
    site.layer.cloud.life.begin()
    site.demolish()
    assert (site.layer.cloud.things, site.layer.records) == ({}, {})
    assert site.fates.keys() == {"layer/leaf", "layer/branch", "layer/root"}, "none of them goes untold"


@pytest.mark.parametrize(("stays", "end"), [({"root": "data"}, "kept"), ({}, "deleted")])
def test_what_goes_along_shares_the_fate_of_what_it_belongs_to(
    site: Site, monkeypatch: pytest.MonkeyPatch, stays: dict[str, str], end: str
) -> None:
    monkeypatch.setattr(
        SimulatedPart, "removal", property(lambda part: "along" if part.desired.parent else "by itself")
    )
    site.demolish(**stays)
    assert site.fates["layer/branch"].end == end


def test_what_nobody_set_out_to_make_is_not_looked_for(site: Site) -> None:
    """Asking for it may need what never stood: an object of a cluster is asked of that cluster."""
    site.demolish()
    site.layer.cloud.calls.clear()
    site.layer.manifest.propose(site.lease, LAYER, TREE)
    site.demolish()
    assert (site.layer.cloud.calls, site.layer.records) == ([], {})


def test_what_aws_does_not_let_go_of_is_asked_again(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    delete = SimulatedPart.delete
    monkeypatch.setattr(SimulatedPart, "delete", _refusing)
    assert site.call() == 10
    monkeypatch.setattr(SimulatedPart, "delete", delete)
    site.demolish()
    assert site.layer.cloud.things == {}


def _refusing(*_: object) -> None:
    raise ComeBackLater("AWS does not let go of it yet (DependencyViolation)", 10)


def test_older_lease_takes_nothing_down(site: Site) -> None:
    site.lease = Lease("atlas", "older", 1)
    with pytest.raises(NeedsHuman, match="taken over"):
        site.call()
    assert len(site.layer.cloud.things) == 3


def _record(path: str, kind: str, **target: str) -> tuple[str, Record]:
    layer, _, name = path.partition("/")
    return path, Record(
        environment="atlas", layer=layer, name=name, kind=kind, next=dict(target), physical={"id": f"id-of-{name}"}
    )


RECORDS = dict(
    (
        _record("network/vpc", "VPC"),
        _record("network/subnet", "Subnet", VpcId="${network/vpc}"),
        _record("network/route_table", "Table", Subnet="${network/subnet}"),
        _record("keys/data", "Key", Policy="${identity/role.Arn}"),
        _record("keys/logs", "Key"),
        _record("identity/role", "Role"),
        _record("database/instance", "Instance", Subnet="${network/subnet}", KmsKeyId="${keys/data.Arn}"),
    )
)
TRAITS: Callable[[str], Traits] = lambda kind: {  # noqa: E731
    "Instance": Traits(holds_data=True, leaves="its snapshot of {id}"),
    "Key": Traits(holds_data=True, keeps_left=True),
    "Vault": Traits(holds_data=True, keeps_left=True),
}.get(kind, Traits())


def test_without_a_word_data_stays_with_all_that_it_stands_on() -> None:
    stays = kept(RECORDS, (), TRAITS, delete_data=False)
    assert stays.keys() == RECORDS.keys() - {"network/route_table"}
    assert stays["network/vpc"] == "database/instance stands on it"


def test_with_the_word_only_the_key_of_what_is_left_stays() -> None:
    assert kept(RECORDS, (), TRAITS, delete_data=True) == {"keys/data": "it keeps what is left of database/instance"}


def test_with_the_word_the_vault_of_a_last_backup_stays_with_its_key() -> None:
    vault = _record("database/vault", "Vault", EncryptionKeyArn="${keys/logs.Arn}", Role="${identity/role}")
    instance = _record("database/instance", "Instance", LastBackup="${database/vault}")
    stays = kept(RECORDS | dict((vault, instance)), (), TRAITS, delete_data=True)
    assert stays.keys() == {"database/vault", "keys/logs"}


def test_key_stays_when_what_it_encrypts_is_all_that_is_left() -> None:
    gone = {path: record for path, record in RECORDS.items() if path != "database/instance"}
    fate = Fate(path="database/instance", kind="Instance", id="i", end="deleted", left="a", keeps=("keys/data",))
    assert kept(gone, [fate], TRAITS, delete_data=True).keys() == {"keys/data"}
