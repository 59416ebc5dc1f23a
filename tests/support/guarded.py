"""A security group that is held fast, in memory: a record that promises it, a cloud where it stands, and incidents."""

from contextlib import nullcontext
from functools import reduce
from typing import Final

import msgspec

from holdfast.core.breaker import Watch
from holdfast.core.chronicle import Chronicle, Incidents, Sighting
from holdfast.core.concerns.security_groups import SECURITY_GROUPS
from holdfast.core.guarantees import refuse_broken_promise
from holdfast.core.guard import ExceptionSaid, ModeSaid, guard_over, instead
from holdfast.core.hand import Hand, Rehearsed
from holdfast.core.incident import Actor, Incident
from holdfast.core.manifest import Record, properties
from holdfast.core.resource import Desired, Physical
from holdfast.core.restoration import hold
from holdfast.core.security_group import Rule, SecurityGroupState, tcp
from tests.support.incidents import MemoryIncidents
from tests.support.life import Clock, Life
from tests.support.simulated import Cloud, SimulatedGroup, address, claim, tagged

NODES: Final = "sg-0000beef"
PROMISED: Final = frozenset(
    {tcp("ingress", 443, "0.0.0.0/0"), tcp("ingress", 80, "0.0.0.0/0"), tcp("egress", 30443, NODES)}
)
OURSELVES: Final = "arn:aws:iam::123456789012:role/holdfast-restore"
SSH: Final = tcp("ingress", 22, "0.0.0.0/0")
A_READ: Final = 0.01
"""Seconds that one look of a restoration takes."""


NODES_RECORD: Final = Record(
    environment="atlas",
    layer="security_groups",
    name="nodes",
    kind="AWS::EC2::SecurityGroup",
    physical={"id": NODES},
)


class Guarded:
    """``group`` is its id; ``learnt``, what was learnt of it. The clock moves a little with each look."""

    def __init__(self, rules: frozenset[Rule] = PROMISED) -> None:
        self.clock = Clock()
        self.cloud = Cloud(self.clock)
        self.incidents = MemoryIncidents()
        self.said: list[ModeSaid | ExceptionSaid] = []
        self.learnt: list[Physical] = []
        self.promised = tagged(
            SecurityGroupState(group_name="atlas-alb", group_description="Users", vpc_id="vpc-1", rules=rules),
            address("alb", "security_groups"),
        )
        self.group = self.cloud.put(self.promised)
        self.record = Record(
            environment="atlas",
            layer="security_groups",
            name="alb",
            kind="AWS::EC2::SecurityGroup",
            desired=properties(self.promised),
            physical={"id": self.group},
        )

    @property
    def life(self) -> Life:
        return self.cloud.life

    @property
    def rules(self) -> frozenset[Rule]:
        state = self.cloud.things[self.group].state
        assert isinstance(state, SecurityGroupState)
        return state.rules

    @property
    def told(self) -> list[Incident]:
        """All incidents, oldest first."""
        return [incident for _, incident in sorted(self.incidents.kept.items())]

    @property
    def hand(self) -> Hand:
        """With which the restorer of its home concern acts."""
        return self._hand(self.incidents, is_home=True)

    def drift(self, *, add: frozenset[Rule] = frozenset(), remove: frozenset[Rule] = frozenset()) -> None:
        """Somebody changes the rules by hand."""
        self.cloud.change(self.group, rules=(self.rules | add) - remove)

    def hold(
        self,
        *actors: Actor,
        captured_at: float = 0.0,
        tolerated: Desired | None = None,
        incidents: Incidents | None = None,
        undo: str = "",
        is_home: bool = True,
    ) -> Incident | None:
        """One call of the restorer, with one event for each of ``actors``."""
        resource = SimulatedGroup(self.cloud, self.record.address, self.promised, self.record.physical)
        sighting = Sighting(self.record, "a test", actors, captured_at, tolerated, undo)
        return hold(resource, sighting, self._hand(incidents or self.incidents, is_home=is_home))

    def _hand(self, incidents: Incidents, *, is_home: bool) -> Hand:
        return Hand(
            Chronicle(
                _Mortal(incidents, self.life),
                "security_groups",
                OURSELVES,
                SECURITY_GROUPS.widens,
                self._tick,
                lambda at: f"{at:.3f}-{len(self.incidents.kept)}",
            ),
            holds=lambda path: SECURITY_GROUPS.holds(self.record.kind, path),
            is_home=is_home,
            guard=lambda: guard_over(self.record.path, "security_groups", self.said, self.clock()),
            reclaim=lambda record: claim(self.cloud, record),
            refuse=lambda desired: refuse_broken_promise(self.record, desired, {"security_groups/nodes": NODES_RECORD}),
            telling=lambda _: nullcontext(),
            learn=self._learn,
            rehearse=lambda _, __, drift: Rehearsed(tuple(f"would undo {change}" for change in drift), ("aws ec2 …",)),
            instead=self._instead,
        )

    def _learn(self, record: Record, physical: Physical) -> None:
        self.learnt.append(physical)
        self.record = msgspec.structs.replace(record, physical=dict(physical))

    def _instead(self, said: tuple[ExceptionSaid, ...]) -> SimulatedGroup:
        promised = reduce(instead, said, self.record.desired or {})
        return SimulatedGroup.of(self.cloud, self.record, promised)

    def _tick(self) -> float:
        self.clock.forward(A_READ)
        return self.clock()


class _Mortal:
    """Incidents whose writes are calls: a function can die before and after each."""

    def __init__(self, incidents: Incidents, life: Life) -> None:
        self._incidents = incidents
        self._life = life

    def watch(self, record: Record, concern: str) -> tuple[Watch, Incident | None]:
        return self._incidents.watch(record, concern)

    def write(self, incident: Incident, watch: Watch) -> Watch:
        with self._life.call("write the incident"):
            return self._incidents.write(incident, watch)


def actor(name: str, at: float = 0.0, event_id: str = "") -> Actor:
    """Who changed it: one event of CloudTrail."""
    return Actor(
        arn=f"arn:aws:iam::123456789012:user/{name}",
        source_address="203.0.113.7",
        user_agent="aws-cli/2",
        event_id=event_id or f"event of {name}",
        event_name="AuthorizeSecurityGroupIngress",
        at=at,
    )
