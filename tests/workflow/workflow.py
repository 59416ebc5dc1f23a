"""The shipped state machines, created from their files with the functions that a test gives them."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import yaml

from holdfast.core.outcome import Failure, failures
from holdfast.environment.catalogue import LAYERS
from tests.local.workflows import Execution, Json, Machine

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient
    from mypy_boto3_stepfunctions.type_defs import ExecutionListItemTypeDef

SHIPPED: Final = Path(__file__).parents[2] / "state_machines"
LONG: Final = 20.0
"""Seconds within which a build of stand-ins ends, functions started cold on two busy cores."""


class Functions(NamedTuple):
    """ARNs of what stands in for our functions."""

    admit: str
    converge: str
    verify: str
    conclude: str
    announce: str


class Workflow:
    """``layer`` and ``build`` are the machines' ARNs."""

    def __init__(self, states: "SFNClient", machine: Machine, functions: Functions) -> None:
        self._states = states
        self.layer = machine(
            **_definition("layer", ConvergeFunctionArn=functions.converge, VerifyFunctionArn=functions.verify)
        )
        self.build = machine(
            **_definition(
                "build",
                AdmitFunctionArn=functions.admit,
                AnnounceFunctionArn=functions.announce,
                ConcludeFunctionArn=functions.conclude,
                LayerStateMachineArn=self.layer,
            )
        )

    def start(self, name: str = "atlas", **file: object) -> Execution:
        """A build of the environment's file."""
        return Execution(self._states, self.build, {"name": name, **file})

    def converge(self, order: Json) -> Execution:
        """One layer by itself."""
        return Execution(self._states, self.layer, order)

    def layers(self) -> "dict[str, ExecutionListItemTypeDef]":
        """The nested executions of a build so far, by the layer in their name."""
        found = self._states.list_executions(stateMachineArn=self.layer)["executions"]
        return {one["name"].split("-")[-2]: one for one in found}

    def names(self) -> list[str]:
        """Those of all nested executions so far, of all builds."""
        return [one["name"] for one in self._states.list_executions(stateMachineArn=self.layer)["executions"]]

    def stop(self, arn: str) -> None:
        self._states.stop_execution(executionArn=arn)

    def stop_all(self) -> None:
        """Whatever still waits when the test has ended."""
        for machine in (self.build, self.layer):
            for one in self._states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]:
                self.stop(one["executionArn"])

    def entered(self, execution: Execution) -> list[str]:
        """The states that it went through, in order."""
        history = self._states.get_execution_history(executionArn=execution.arn)["events"]
        return [event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event]

    def answers(self, execution: Execution) -> list[Json]:
        """What the functions answered that it called itself, in order."""
        pages = self._states.get_paginator("get_execution_history").paginate(executionArn=execution.arn)
        history = [event for page in pages for event in page["events"]]
        ended = [one["taskSucceededEventDetails"] for one in history if "taskSucceededEventDetails" in one]
        outputs = [json.loads(one["output"]) for one in ended]
        return [one["Payload"] for one in outputs if "Payload" in one]


def failed(layers: Any) -> dict[str, Failure]:
    """What ``conclude`` makes of the layers that it is told of, by layer."""
    return {failure.layer: failure for failure in failures(layers, LAYERS)}


def _definition(name: str, **substitutions: str) -> Json:
    """What CloudFormation makes of a file (DefinitionSubstitutions)."""
    text = (SHIPPED / f"{name}.asl.yaml").read_text()
    for key, value in substitutions.items():
        text = text.replace(f"${{{key}}}", value)
    left = re.findall(r"\$\{\w+\}", text)
    assert not left, f"{name}.asl.yaml uses {left}: add them to tests/workflow/workflow.py"
    definition: Json = yaml.safe_load(text)
    definition["steps"] = definition.pop("States")
    return definition
