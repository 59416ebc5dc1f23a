"""A state machine as it is written, and a build walked through on paper: which layers begin, after which others.

The walk knows as much of the Amazon States Language as ``build`` uses, and AWS's meaning of it: branches side by side
see nothing of each other, and a Catch takes the place of what failed ("Workflow states", Step Functions guide).
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, NamedTuple

import yaml
from jsonata import jsonata
from jsonata.utils import Utils

from tests.static.stack import ROOT

NULL: Final = Utils.NULL_VALUE
LAMBDA: Final = "arn:aws:states:::lambda:invoke"
NESTED: Final = "arn:aws:states:::states:startExecution.sync:2"
LEASE: Final = {"environment": "a-name-of-20-letters", "execution": "arn:of:the:build", "fence": 7, "wait": 0}
EXECUTION: Final = {"Execution": {"Id": LEASE["execution"], "Input": {}}}

type Json = Any


class Begun(NamedTuple):
    """A nested execution that was started: its ``input``, and what was ``verified`` before it."""

    name: str
    state: str
    input: Json
    verified: frozenset[str]


class Walk:
    """One build in which the layers ``failing`` fail. ``told`` is what ``conclude`` is told in the end."""

    def __init__(self, failing: frozenset[str]) -> None:
        self.failing = failing
        self.begun: list[Begun] = []
        self.told: Json = None
        build = definition("build")
        variables = {"lease": LEASE, "run": "0123456789ab"}
        self._through(build["States"], build["States"]["admitted"]["Default"], None, frozenset(), variables)

    def _through(
        self, states: Json, at: str, value: Json, verified: frozenset[str], variables: dict[str, Json]
    ) -> tuple[Json, frozenset[str]]:
        """From the state ``at`` to an end; what comes out, and what is verified by then."""
        while True:
            state = states[at]
            known = {**variables, "states": {"input": value, "context": EXECUTION}}
            match state["Type"]:
                case "Task" if state["Resource"] == LAMBDA:
                    self.told = evaluated(state["Arguments"]["Payload"], known)
                    return value, verified
                case "Task":
                    value, verified, following = self._layer(at, state, known, verified)
                case "Parallel":
                    ended = [
                        self._through(branch["States"], branch["StartAt"], value, verified, dict(variables))
                        for branch in state["Branches"]
                    ]
                    value = [out for out, _ in ended]
                    verified = verified.union(*(done for _, done in ended))
                    known["states"]["result"] = value
                    variables |= evaluated(state.get("Assign", {}), known)
                    value = evaluated(state["Output"], known) if "Output" in state else value
                    following = state.get("Next")
                case "Choice":
                    taken = [one["Next"] for one in state["Choices"] if evaluated(one["Condition"], known)]
                    following = taken[0] if taken else state["Default"]
                case "Succeed":
                    return value, verified
                case other:
                    raise AssertionError(f"tests/static/workflow.py does not know the state {at} ({other}): teach it")
            if following is None:
                return value, verified
            at = following

    def _layer(
        self, at: str, state: Json, known: dict[str, Json], verified: frozenset[str]
    ) -> tuple[Json, frozenset[str], str | None]:
        arguments = evaluated(state["Arguments"], known)
        layer = arguments["Input"]["layer"]
        self.begun.append(Begun(arguments["Name"], at, arguments["Input"], verified))
        if layer not in self.failing:
            return evaluated(state["Output"], known), verified | {layer}, state.get("Next")
        cause = json.dumps({"Error": "NeedsHuman", "Cause": f"{layer} is broken", "Status": "FAILED"})
        known["states"]["errorOutput"] = {"Error": "States.TaskFailed", "Cause": cause}
        (catch,) = state["Catch"]
        return evaluated(catch["Output"], known), verified, catch["Next"]


@cache
def definition(name: str) -> Json:
    return yaml.load((ROOT / "state_machines" / f"{name}.asl.yaml").read_text(), Loader=yaml.CSafeLoader)


def tasks(machine: Json) -> Iterator[tuple[str, Json]]:
    """Every Task of a state machine with its name, however deep."""
    for name, state in machine["States"].items():
        if state["Type"] == "Task":
            yield name, state
        for inner in (*state.get("Branches", []), *filter(None, [state.get("ItemProcessor")])):
            yield from tasks(inner)


def evaluated(value: Json, variables: Mapping[str, Json]) -> Json:
    """``value`` with its JSONata expressions in the ``{% … %}`` evaluated."""
    match value:
        case str() if value.startswith("{%"):
            expression = jsonata.Jsonata(value.removeprefix("{%").removesuffix("%}"))
            frame = expression.create_frame()
            # Step Functions' own ("Transforming data with JSONata in Step Functions").
            frame.bind("hash", jsonata.Jsonata.JLambda(_hash))
            for name, bound in variables.items():
                # Nothing is no value in JSONata, and null is one.
                frame.bind(name, NULL if bound is None else bound)
            return expression.evaluate(None, frame)
        case dict():
            return {key: evaluated(item, variables) for key, item in value.items()}
        case list():
            return [evaluated(item, variables) for item in value]
        case _:
            return value


def _hash(text: str, algorithm: str) -> str:
    return hashlib.new(algorithm.replace("-", "").lower(), text.encode()).hexdigest()
