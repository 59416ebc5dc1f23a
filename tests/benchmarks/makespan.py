"""How long a build takes on AWS, modelled: the shipped state machines, walked through on a virtual clock.

The walk reads ``state_machines/*.asl.yaml`` (a state that is moved moves the figure) and runs the real convergence of
every layer's real lines against resources that take as long as their kinds say (``Resource.duration``, from published
logs). Polling and calls are in it. The bound is the longest path over the catalogue's table: what no drawing can beat.

    PYTHONPATH=layers/holdfast:. python -m tests.benchmarks.makespan
"""

import random
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any, Final, NamedTuple

from holdfast.aws.kinds import KINDS
from holdfast.core.layer import Convergence
from holdfast.core.manifest import Declared, Lease, Record
from holdfast.core.reference import REFERENCE, references
from holdfast.core.resource import AT_ONCE, Address, Desired, Drift, Duration, Observed, Physical, Resource
from holdfast.environment.catalogue import LAYERS
from tests.static.declared import SITE, SPEC
from tests.static.workflow import LAMBDA, NESTED, definition, evaluated
from tests.support.memory import MemoryManifest

CALL: Final = 1.0
"""Seconds of one warm Lambda call of ours, its calls to AWS included."""
TRANSITION: Final = 0.05
"""Seconds from one state to the next."""
BEGAN: Final = 1_700_000_000.0
"""Seconds since the epoch, as the manifest counts: what was never asked for was asked for at 0, long ago."""
SAMPLES: Final = 200
EVENTS: Final = {"Task": 5, "Choice": 2, "Wait": 2, "Parallel": 4, "Map": 4, "Succeed": 2}
"""History events of a state ("HistoryEvent", API reference); an execution has two more, and at most 25,000."""
PRICE_OF_A_TRANSITION: Final = 0.025 / 1000
"""US dollars, standard workflows, eu-west-1 ("AWS Step Functions pricing", 2026-11-26)."""

type Json = Any


@cache
def lines(layer: str) -> tuple[Declared, ...]:
    return tuple(LAYERS[layer].declared(SPEC, SITE))


@cache
def attributes() -> Mapping[str, frozenset[str]]:
    """By path, all attributes that somebody refers to."""
    found: dict[str, set[str]] = {}
    for layer in LAYERS:
        for line in lines(layer):
            for match in REFERENCE.finditer(str(line.properties)):
                found.setdefault(match[1], set()).add(match[2] or "id")
    return {path: frozenset(names) for path, names in found.items()}


class Sample:
    """One draw of how long everything takes: by path, seconds."""

    def __init__(self, seed: int) -> None:
        chance = random.Random(seed)
        self.seconds = {
            f"{layer}/{line.name}": _drawn(chance, KINDS[line.kind].duration)
            for layer in LAYERS
            for line in lines(layer)
        }

    def bound(self) -> float:
        """The longest path over the table of layers, each as long as the longest chain of references in it."""
        ends: dict[str, float] = {}
        for name, layer in LAYERS.items():
            ends[name] = max((ends[one] for one in layer.needs), default=0.0) + self._chain(name)
        return max(ends.values())

    def _chain(self, layer: str) -> float:
        within = {f"{layer}/{line.name}": _made_from(line) for line in lines(layer)}

        @cache
        def end(path: str) -> float:
            return self.seconds[path] + max((end(one) for one in within[path] if one in within), default=0.0)

        return max(map(end, within), default=0.0)


def _drawn(chance: random.Random, duration: Duration) -> float:
    return 0.0 if duration == AT_ONCE else chance.triangular(duration.least, duration.most, duration.usual)


def _made_from(line: Declared) -> frozenset[str]:
    filled_in = KINDS[line.kind].filled_in
    return references({field: value for field, value in line.properties.items() if field not in filled_in})


class _Slow(Resource[Desired]):
    """A resource that stands as promised once its time has come."""

    kind = "Test::Slow"

    def __init__(
        self,
        address: Address,
        desired: Desired,
        physical: Physical,
        ready: dict[str, float],
        now: float,
        seconds: float,
    ) -> None:
        super().__init__(address, desired, physical)
        self._ready, self._now, self._seconds = ready, now, seconds

    def observe(self) -> Observed[Desired] | None:
        path = str(self.address)
        if path not in self._ready:
            return None
        if self._ready[path] > self._now:
            return Observed(state=self.desired, physical={}, wait=1)  # nothing is made from what is not ready
        return Observed(state=self.desired, physical={"id": path, **dict.fromkeys(attributes().get(path, ()), path)})

    def create(self) -> Physical:
        self._ready[str(self.address)] = self._now + self._seconds
        return {}

    def update(self, observed: Observed[Desired], drift: Drift) -> tuple[str, ...]:
        return ()

    def delete(self, observed: Observed[Desired]) -> None: ...


class _Kinds:
    """``core.layer.Kinds`` of slow resources."""

    def __init__(self, sample: Sample, now: Callable[[], float]) -> None:
        self._sample, self._now = sample, now
        self._ready: dict[str, float] = {}

    def filled_in(self, kind: str) -> frozenset[str]:
        return KINDS[kind].filled_in

    def resource(self, record: Record, promised: object) -> Resource[Any]:
        slow = _Slow(
            record.address, Desired(), record.physical, self._ready, self._now(), self._sample.seconds[record.path]
        )
        slow.duration = KINDS[record.kind].duration  # type: ignore[misc]  # the class's own, of the kind it stands for
        return slow

    def claim(self, record: Record) -> None: ...

    def telling(self, what: str) -> AbstractContextManager[None]:
        return nullcontext()


class Made(NamedTuple):
    """``seconds`` of the whole build; history ``events`` of its longest execution; ``transitions`` of all."""

    seconds: float
    events: int
    transitions: int


class Walk:
    """One build of ``sample``."""

    def __init__(self, sample: Sample) -> None:
        self.now = BEGAN
        self.transitions = 0
        self.longest = 0
        self._manifest = MemoryManifest(lambda: self.now)
        self._kinds = _Kinds(sample, lambda: self.now)
        self._lease = Lease(SPEC.name, "arn:of:the:build", 1)

    def made(self) -> Made:
        self._execution("build", {})
        return Made(self.now - BEGAN, self.longest, self.transitions)

    def _execution(self, machine: str, given: Json) -> Json:
        written = definition(machine)
        value, events = self._through(written["States"], written["StartAt"], given, {})
        self.longest = max(self.longest, events + 2)
        return value

    def _through(self, states: Json, at: str, value: Json, variables: dict[str, Json]) -> tuple[Json, int]:
        """From the state ``at`` to an end: what comes out, and its history events."""
        events = 0
        following: str | None = at
        while following is not None:
            state = states[following]
            self.now += TRANSITION
            self.transitions += 1
            events += EVENTS[state["Type"]]
            context = {"Execution": {"Id": "arn:of:the:build", "Input": {}}}
            known = {**variables, "states": {"input": value, "context": context}}
            following = state.get("Next")
            match state["Type"]:
                case "Task":
                    known["states"]["result"] = self._task(state, known)
                case "Parallel":
                    result, inside = self._side_by_side(state, value, variables)
                    known["states"]["result"] = value = result
                    events += inside
                case "Wait":
                    self.now += evaluated(state["Seconds"], known)
                case "Choice":
                    taken = [one["Next"] for one in state["Choices"] if evaluated(one["Condition"], known)]
                    following = taken[0] if taken else state["Default"]
            variables = {**variables, **evaluated(state.get("Assign", {}), known)}
            value = evaluated(state["Output"], known) if "Output" in state else value
        return value, events

    def _side_by_side(self, state: Json, value: Json, variables: dict[str, Json]) -> tuple[Json, int]:
        began, ends, results, events = self.now, [], [], 0
        for branch in state["Branches"]:
            self.now = began
            result, inside = self._through(branch["States"], branch["StartAt"], value, dict(variables))
            results.append(result)
            ends.append(self.now)
            events += inside
        self.now = max(ends)
        return results, events

    def _task(self, state: Json, known: dict[str, Json]) -> Json:
        arguments = evaluated(state["Arguments"], known)
        if state["Resource"] == NESTED:
            return self._execution("layer", arguments["Input"])
        assert state["Resource"] == LAMBDA
        self.now += CALL
        match arguments["FunctionName"]:
            case "${AdmitFunctionArn}":
                return {"Payload": {**self._lease._asdict(), "wait": 0}}
            case "${ConvergeFunctionArn}":
                work = Convergence(
                    self._lease, arguments["Payload"]["layer"], self._manifest, self._kinds, lambda: self.now
                )
                return {"Payload": {"wait": work.run(lines(arguments["Payload"]["layer"])).wait}}
            case "${VerifyFunctionArn}":
                return {"Payload": {"wait": None}}
            case _:
                return {"Payload": {}}


def main() -> None:
    builds = [(Walk(sample).made(), sample.bound()) for sample in map(Sample, range(SAMPLES))]
    over = sorted(made.seconds / bound for made, bound in builds)
    middle = sorted(builds, key=lambda one: one[0].seconds)[SAMPLES // 2]
    within = sum(ratio <= 1.05 for ratio in over)
    print(  # noqa: T201
        f"makespan (modelled, {SAMPLES} samples): median {middle[0].seconds:.0f} s, bound {middle[1]:.0f} s; over the "
        f"bound: median {over[SAMPLES // 2] - 1:.1%}, worst {over[-1] - 1:.1%}; {within} of {SAMPLES} within 5 %\n"
        f"price of its states: {middle[0].transitions} transitions, "
        f"{middle[0].transitions * PRICE_OF_A_TRANSITION:.3f} USD; longest history {middle[0].events} of 25000 events"
    )


if __name__ == "__main__":
    main()
