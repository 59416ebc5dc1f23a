"""A build as the demo shows it: started by the plain AWS CLI, watched layer by layer, its evidence on the table.

Promises: progress comes from ListExecutions and from Holdfast's own tables, as on AWS; `build` raises `DidNotHold` with
the execution's own error and cause if it failed.
"""

import json
import os
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.demo_stage import DidNotHold, Stack

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

SPEC: Final = Path("events/environment.json")
_POLL_SECONDS: Final = 0.1
_LINES: Final = 3
_STYLE: Final = {"holds": "green", "broken": "bold red", "not shown here": "yellow"}


@dataclass(frozen=True)
class Built:
    """`evidence` by layer, and by which of its questions each of the `guarantees` is shown, as the output has them."""

    seconds: float
    evidence: dict[str, dict[str, Any]]
    guarantees: dict[str, list[tuple[str, str]]]


def build(stack: Stack, console: Console) -> Built:
    """Start a build and follow it to its end, a line for each layer that ends."""
    states: SFNClient = boto3.client("stepfunctions")
    began = time.monotonic()
    execution = _start(stack.outputs["BuildStateMachineArn"], console)
    with console.status("building") as status:
        watch = _Watch(states, stack, since=time.time() - 1)
        while (described := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            watch.look(console.print, status.update)
            time.sleep(_POLL_SECONDS)
        watch.look(console.print, status.update)
    if described["status"] != "SUCCEEDED":
        told = f"{described.get('error', '')}: {described.get('cause', '')}"
        raise DidNotHold(f"the build ended {described['status']}, {told}")
    output = json.loads(described["output"])
    return Built(time.monotonic() - began, output["evidence"], output["guarantees"])


def _start(machine: str, console: Console) -> str:
    command = ["aws", "stepfunctions", "start-execution", "--state-machine-arn", machine, "--input", f"file://{SPEC}"]
    console.print(f"   $ {' '.join(command)}", soft_wrap=True)
    environment = os.environ | {"AWS_DEFAULT_OUTPUT": "json"}
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment).stdout
    return str(json.loads(answer)["executionArn"])


class _Watch:
    """What was already said of a build under way."""

    def __init__(self, states: "SFNClient", stack: Stack, since: float) -> None:
        self._states = states
        self._dynamodb = boto3.client("dynamodb")
        self._stack = stack
        self._since = since
        self._environment: str = json.loads(SPEC.read_text())["name"]
        self._said: set[str] = set()

    def look(self, say: Callable[[str], None], now: Callable[[str], None]) -> None:
        """Say which layers have ended since the last look, and how far those are that run."""
        found = self._states.list_executions(stateMachineArn=self._stack.parts["LayerStateMachine"])["executions"]
        ours = [one for one in found if one["startDate"].timestamp() >= self._since]
        under_way = []
        for one in sorted(ours, key=lambda one: one["startDate"]):
            layer = one["name"].removeprefix(f"{self._environment}-").rpartition("-")[0]
            if one["status"] == "RUNNING":
                under_way.append(layer)
            elif layer not in self._said:
                self._said.add(layer)
                seconds = (one["stopDate"] - one["startDate"]).total_seconds()
                say(f"   {layer:<17} {_stands(one['status'])} after {seconds:4.1f} s")
        if under_way:
            now(", ".join(f"{layer} ({self._known(layer)})" for layer in under_way))

    def _known(self, layer: str) -> str:
        """How many of a layer's resources AWS has given an id, of those that the manifest names."""
        found = self._dynamodb.query(
            TableName=self._stack.outputs["ManifestTableName"],
            KeyConditionExpression="environment = :environment AND begins_with(#path, :layer)",
            ExpressionAttributeNames={"#path": "path"},
            ExpressionAttributeValues={":environment": {"S": self._environment}, ":layer": {"S": f"{layer}/"}},
        )["Items"]
        return f"{sum('physical_id' in item for item in found)} of {len(found)} resources"


def _stands(status: str) -> str:
    return "[green]verified[/]" if status == "SUCCEEDED" else f"[red]{status.lower()}[/]"


def show_evidence(built: Built, console: Console) -> None:
    """A table: what each probe asked, what it saw, and whether that is what was promised."""
    table = Table(title="The evidence: what each layer's probe asked AWS, and saw", title_justify="left", expand=True)
    table.add_column("layer", no_wrap=True)
    table.add_column("question", ratio=2)
    table.add_column("what it saw", ratio=3, no_wrap=True, overflow="ellipsis")
    table.add_column("verdict", no_wrap=True)
    for layer, evidence in built.evidence.items():
        for number, finding in enumerate(evidence["findings"]):
            verdict = Text(finding["verdict"], _STYLE[finding["verdict"]])
            table.add_row("" if number else layer, finding["question"], Text(_brief(finding["saw"])), verdict)
        table.add_section()
    console.print(table)


def show_guarantees(built: Built, console: Console) -> None:
    """A table: what every environment guarantees, which probe asked for it, and what that saw."""
    findings = {
        (layer, finding["question"]): finding
        for layer, evidence in built.evidence.items()
        for finding in evidence["findings"]
    }
    table = Table(title="What it guarantees, and what shows it", title_justify="left", expand=True)
    table.add_column("guarantee", ratio=2)
    table.add_column("probe", ratio=3)
    table.add_column("saw", ratio=3, no_wrap=True, overflow="ellipsis")
    for guarantee, shown in built.guarantees.items():
        for number, (layer, question) in enumerate(shown):
            finding = findings[layer, question]
            verdict = finding["verdict"]
            saw = _brief(finding["saw"]) if verdict == "holds" else verdict
            table.add_row("" if number else guarantee, f"{layer}: {question}", Text(saw, _STYLE[verdict]))
        table.add_section()
    console.print(table)


def require_evidence(built: Built) -> None:
    """Raise `DidNotHold` if a finding is broken, or a layer came without any, or a guarantee."""
    for layer, evidence in built.evidence.items():
        verdicts = {finding["verdict"] for finding in evidence["findings"]}
        if "holds" not in verdicts or "broken" in verdicts:
            raise DidNotHold(f"the evidence of {layer} shows {', '.join(sorted(verdicts)) or 'nothing'}")
    if unasked := [guarantee for guarantee, shown in built.guarantees.items() if not shown]:
        raise DidNotHold(f"no probe was asked for: {', '.join(unasked)}")


def _brief(saw: object) -> str:
    """The first lines of what was seen; the execution's output has it whole."""
    match saw:
        case dict():
            lines = [f"{name}: {one}" for name, one in saw.items()]
        case list():
            lines = [str(one) for one in saw]
        case _:
            lines = [str(saw)]
    more = [f"and {len(lines) - _LINES + 1} more"] if len(lines) > _LINES else []
    return "\n".join(lines[: _LINES - len(more)] + more) or "nothing"
