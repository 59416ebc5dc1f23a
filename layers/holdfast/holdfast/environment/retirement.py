"""An environment on its way out: who may take it down, what became of each part, and what is left.

A teardown takes the lease as a build does, and then the guard off everything: no restoration fights it. What it proves
in the end it reads anew, from the tags that everything of ours carries.
"""

import time
from collections import ChainMap
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

import msgspec

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import AwsKinds
from holdfast.core.demolition import Demolished, Demolition, Fate, kept
from holdfast.core.manifest import Lease, Manifest, Record
from holdfast.core.resource import TAG_ENVIRONMENT, TAG_LAYER, TAG_NAME
from holdfast.core.teardown import TeardownOrder
from holdfast.core.trouble import ComeBackLater, NeedsHuman, WrongInput
from holdfast.environment.build import Tables
from holdfast.environment.lease import seconds_until_free
from holdfast.environment.leftovers import HELD_FAST, LEFTOVERS, adopt


class Account(NamedTuple):
    """How a teardown ended: each list holds fates as JSON."""

    environment: str
    deleted: list[Any]
    kept: list[Any]
    pending: list[Any]


def require_teardown(execution: str, teardowns: str) -> None:
    """Raise ``WrongInput`` if ``execution`` is none of the teardown's, whose ARNs all begin with ``teardowns``."""
    if not execution.startswith(teardowns):
        raise WrongInput("execution", f"only an execution of the teardown may do this: {teardowns}…")


def retire(clients: Clients, tables: Tables, order: TeardownOrder, execution: str) -> Lease | int:
    """The lease, once nothing of the environment is guarded any more; or the seconds until it is worth asking again."""
    held = tables.environments.held(order.name)
    if held is None:
        raise WrongInput("name", f"no environment {order.name} was ever built by this stack")
    if wait := seconds_until_free(clients.stepfunctions, order.name, held, execution):
        return wait
    place, spec = held.place, held.spec
    try:
        lease = tables.environments.take(order.name, execution, held, place, spec, delete_data=order.delete_data)
    except ComeBackLater as quicker:
        return quicker.seconds  # who was quicker may have been stopped by now: the next look says who it is
    tables.manifest.retire(lease)
    return lease


class Demolitions(NamedTuple):
    """What taking a layer down takes; ``claim`` has our tags put on what is ours and lacks them."""

    clients: Clients
    lease: Lease
    manifest: Manifest
    claim: Callable[[Record], None]
    now: Callable[[], float]

    def take_down(
        self, layer: str, fates: Iterable[Fate], tell: Callable[[Fate], None], *, delete_data: bool
    ) -> Demolished:
        """One call's work on taking ``layer`` down; what others left in the environment goes with what it holds."""
        layers = [layer]
        if layer in HELD_FAST:
            adopt(self.clients, self.lease, self.manifest)
            layers = [LEFTOVERS, layer]
        kinds = AwsKinds(self.clients, self.claim)
        stays = kept(self.manifest.records(self.lease.environment), fates, kinds.traits, delete_data=delete_data)
        taken = [Demolition(self.lease, one, self.manifest, kinds, self.now).clear(stays, tell) for one in layers]
        waits = [one.wait for one in taken if one.wait is not None]
        return Demolished(min(waits, default=None), dict(ChainMap(*(dict(one.pending) for one in taken))))


def demolish(
    clients: Clients, tables: Tables, lease: Lease, layer: str, claim: Callable[[Record], None], *, delete_data: bool
) -> Demolished:
    """One call's work on taking ``layer`` down."""
    environments, environment = tables.environments, lease.environment
    demolitions = Demolitions(clients, lease, tables.manifest, claim, time.time)
    fates = environments.fates(environment)
    return demolitions.take_down(
        layer, fates, lambda fate: environments.tell(environment, fate), delete_data=delete_data
    )


def attest(clients: Clients, tables: Tables, lease: Lease) -> Account:
    """The account of a teardown that came to its end. Raises ``NeedsHuman`` if anything stands that it says is gone."""
    records = tables.manifest.records(lease.environment)
    # Of what an earlier teardown kept and this one did not, there is no record any longer.
    fates = [
        fate for fate in tables.environments.fates(lease.environment) if fate.end != "kept" or fate.path in records
    ]
    by_end = {end: [fate for fate in fates if fate.end == end] for end in ("deleted", "kept", "pending")}
    # A snapshot carries the tags of what it was taken of ("Copying tags to DB snapshots", RDS user guide).
    told = {fate.path for fate in fates if fate.end != "deleted" or fate.left}
    standing = sorted(f"{path} ({arn})" for path, arn in _tagged(clients, lease.environment) if path not in told)
    left = sorted(records.keys() - told)
    if standing or left:
        raise NeedsHuman(
            lease.environment,
            f"it still stands in part: {'; '.join((*standing, *left))}",
            "start the teardown again; if it names the same once more, see docs/runbooks/teardown.md",
        )
    tables.environments.forget_evidence(lease.environment)
    return Account(lease.environment, *(_listed(by_end[end]) for end in ("deleted", "kept", "pending")))


def _tagged(clients: Clients, environment: str) -> list[tuple[str, str]]:
    """Path and ARN of all that carries the environment's tags.

    What was deleted may be listed for a while longer ("GetResources", Resource Groups Tagging API): hence by its path,
    which a fate that says ``deleted`` must not contradict for long.
    """
    pages = clients.tagging.get_paginator("get_resources").paginate(
        TagFilters=[{"Key": TAG_ENVIRONMENT, "Values": [environment]}]
    )
    found = []
    for page in pages:
        for resource in page["ResourceTagMappingList"]:
            tags = {tag["Key"]: tag["Value"] for tag in resource["Tags"]}
            found.append((f"{tags.get(TAG_LAYER, '?')}/{tags.get(TAG_NAME, '?')}", resource["ResourceARN"]))
    return found


def _listed(fates: list[Fate]) -> list[Any]:
    return [msgspec.to_builtins(fate) for fate in sorted(fates, key=lambda fate: fate.path)]
