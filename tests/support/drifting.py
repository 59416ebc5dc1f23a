"""What somebody does by hand to an environment: one line a drift, of any kind of resource.

Each module ``drifts_<concern>`` beside this one is the table of a concern. A line says which promise it breaks
(``field`` of the resource at ``path``), and how: calls of plain boto3. What is done inside clusters stands in
``object_drifts``, for all concerns that are there.
"""

import importlib
import importlib.util
import pkgutil
import threading
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

from holdfast.aws.clients import Clients
from holdfast.aws.kinds import KINDS
from holdfast.aws.resource import AwsResource
from holdfast.core.concern import holder
from holdfast.core.diff import diff
from holdfast.core.manifest import Record, resolved
from holdfast.kubernetes.kinds import KINDS as OBJECTS
from tests import support
from tests.support.cloud import Caller
from tests.support.environments import Environment
from tests.support.in_cluster import InCluster

TABLES: Final = "drifts_"
_ONE_EACH: Final = {
    "security_groups": ("security_groups/kubernetes", "opened to anywhere"),
    "encryption": ("keys/data", "rotates no more"),
    "waf": ("waf/web_acl", "a rule that only counts"),
    "autoscaling": ("ingress/general_scaling", "nothing is launched"),
    "exposure": ("load_balancer/load_balancer", "may be deleted"),
    "network": ("network/vpc", "DNS names off"),
    "identity": ("identity/flow_logs", "unbounded"),
    "logging": ("observability/latency", "silenced"),
}
"""By concern, what it is of and what is done."""
_OWN: Final = threading.local()
"""A session of botocore's makes clients for one thread at a time ("Thread safety", boto3 guide)."""


class Hands(NamedTuple):
    """Who does it, and to which environment."""

    caller: Caller
    environment: Environment

    def client(self, service: str) -> Any:
        return self.caller.client(service)

    def id(self, path: str) -> str:
        """What AWS calls the resource now: one that was made again has another id."""
        return self.physical(path)["id"]

    def physical(self, path: str) -> Mapping[str, str]:
        """All that AWS calls it: ``Arn`` and the like."""
        physical: dict[str, str] = self.environment.record(path)["physical"]
        return physical

    @property
    def cluster(self) -> InCluster:
        return InCluster(self.caller, self.environment.name)

    def object(self, path: str) -> str:
        """The path of a Kubernetes object in its cluster's API."""
        _, kind, namespace, name = self.id(path).split("/")
        return f"{OBJECTS[kind].collection(namespace)}/{name}"


class Broken(NamedTuple):
    """One drift: in words, the resource (``layer/name``), the promised field that it breaks, and the calls.

    ``field`` is ``stands`` where the resource is deleted. ``state`` is how the incident must end. ``also``: other
    fields that the same call breaks. ``mend``: what a person does afterwards about what we cannot undo. ``clear``: how
    what it was done to goes again, where that was made for it.
    """

    what: str
    path: str
    field: str
    make: Callable[[Hands], object]
    state: str = "restored"
    also: tuple[str, ...] = ()
    mend: Callable[[Hands], object] | None = None
    clear: Callable[[Hands], object] | None = None

    @property
    def fields(self) -> frozenset[str]:
        return frozenset({self.field, *self.also})


@cache
def tables() -> Mapping[str, tuple[Broken, ...]]:
    """All drifts by concern, of those that have a table here."""
    names = [one.name for one in pkgutil.iter_modules(support.__path__) if one.name.startswith(TABLES)]
    modules = {name: importlib.import_module(f"tests.support.{name}") for name in names}
    beside = importlib.import_module("tests.support.object_drifts").OBJECT_DRIFTS
    found = {name.removeprefix(TABLES): module.DRIFTS for name, module in modules.items()}
    there = {one for one in beside if importlib.util.find_spec(f"holdfast.core.concerns.{one}")}
    return found | {concern: (*found.get(concern, ()), *beside[concern]) for concern in there}


def one_of_each() -> Mapping[str, Broken]:
    """A drift of each concern, of a kind that AWS Config records, by calls of AWS."""
    return {
        concern: next(drift for drift in tables()[concern] if (drift.path, drift.what) == which)
        for concern, which in _ONE_EACH.items()
    }


def promised(environment: Environment, path: str) -> AwsResource[Any]:
    """The resource at ``path`` as the manifest promises it, over the thread's own clients."""
    records = {
        place: Record(
            environment=environment.name,
            layer=place.partition("/")[0],
            name=place.partition("/")[2],
            kind=one["kind"],
            desired=one["desired"],
            physical=one["physical"],
        )
        for place, one in environment.records().items()
    }
    record = records[path]
    if not hasattr(_OWN, "clients"):
        _OWN.clients = Clients()
    return KINDS[record.kind].of(_OWN.clients, record, resolved(record.desired or {}, records))


def differs(environment: Environment, path: str) -> str:
    """How the world differs from what is promised at ``path``, in words; empty if it does not."""
    resource = promised(environment, path)
    observed = resource.observe()
    if observed is None:
        return "it is gone"
    drift = diff(resource.desired, observed.state)
    return f"wait {observed.wait}" if observed.wait else "; ".join(map(str, drift))


def concern_of(kind: str, drift: Broken) -> str:
    return holder(kind, drift.field)
