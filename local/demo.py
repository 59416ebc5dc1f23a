"""The demo: an environment is built from one file, drifted by alice, held fast, and taken down. Run it by `make demo`.

Promises: everything happens on the laptop AWS, by plain calls as a user would make them; what it prints was measured in
this run; its exit code says whether all of it held.
"""

import json
import os
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

import boto3
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from local.demo_build import SPEC, build, require_evidence, show_evidence, show_guarantees
from local.demo_calls import Calls
from local.demo_day import Day, whole
from local.demo_drifts import DRIFTS, Restored, Scene
from local.demo_stage import DidNotHold, OnCall, Stack, alice, bob
from local.demo_teardown import take_down
from local.laptop import ADDRESS, PROJECT

STACK: Final = "holdfast"
MEDIAN_GOAL, WORST_GOAL = 1.0, 5.0
"""Seconds from the drift to the exact rules."""
READS_GOAL = 2


def main(console: Console) -> int:
    if not os.environ.get("AWS_ENDPOINT_URL", "").startswith(f"http://{ADDRESS}:"):
        console.print("this demo opens ports: it runs on the laptop AWS only, by `make demo`")
        return 2
    os.chdir(PROJECT)
    try:
        _story(console)
    except DidNotHold as broken:
        console.print(f"[bold red]did not hold:[/] {broken}", soft_wrap=True)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _story(console: Console) -> None:
    stack = Stack.deployed(STACK)
    console.print(f"[bold]1  The application[/]: stack {STACK}, {len(stack.parts)} resources, deployed by plain sam")
    on_call = OnCall.subscribed(stack.outputs["AlertsTopicArn"])
    console.print("   on-call's queue is subscribed to its alerts\n")

    environment = json.loads(SPEC.read_text())["name"]
    console.print(f"[bold]2  The environment {environment}[/], from {SPEC}")
    built = build(stack, console)
    console.print(f"   built and verified in {built.seconds:.1f} s\n")
    show_evidence(built, console)
    show_guarantees(built, console)
    require_evidence(built)

    console.print("[bold]3  The same build again[/]")
    again = Calls(stack, datetime.now(UTC))
    again.newly_mutating()
    seconds = build(stack, console).seconds
    mutating = again.newly_mutating()
    console.print(f"   {seconds:.1f} s, mutating calls outside Holdfast's own tables: {len(mutating)}\n")
    if mutating:
        raise DidNotHold(f"a second build changed something: {', '.join(sorted({c.operation for c in mutating}))}")
    with alice() as ec2:
        calls = Calls(stack, datetime.now(UTC))
        restored = _drifts(Scene(stack, environment, ec2, on_call, calls, boto3.client("ec2")), console)
    _figures(restored, calls, console)
    console.print("\n[bold]7  A day on call[/]: bob is an administrator, and changes everything")
    with bob() as client:
        count = whole(Day(stack, environment, client, on_call), console)
    console.print(f"\n   {count} drifts of the day, each as it should be")
    console.print(f"\n[bold]8  The end[/]: {environment} is taken down, its data included")
    take_down(stack, environment, console)


def _drifts(scene: Scene, console: Console) -> Sequence[Restored]:
    console.print("[bold]4  Drift[/]: alice may change security groups, and does")
    done: list[Restored] = []
    for drift in DRIFTS:
        console.print(f"\n   alice {drift.words}")
        with console.status("watching"):
            restored = scene.drift(drift)
        done.append(restored)
        _tell(restored, console)
    told = [restored.alert for restored in done if restored.alert]
    if told:
        console.print("\n[bold]5  The last alert, as on-call reads it[/]")
        console.print(Panel(Text(told[-1].text), title=Text(told[-1].title), title_align="left"))
    return done


def _tell(restored: Restored, console: Console) -> None:
    incident = restored.incident
    who = ", ".join(dict.fromkeys(actor["arn"] for actor in incident["actors"]))
    effort = f"{restored.reads} reads, {restored.writes} {'write' if restored.writes == 1 else 'writes'}"
    style = "green" if incident["state"] == "restored" else "yellow"
    console.print(
        f"   [bold {style}]{incident['state']}[/] in {restored.seconds:.2f} s, was by {who} ({effort})", soft_wrap=True
    )
    subject = restored.alert.title if restored.alert else "no alert of its own: the same drift was told before"
    console.print(f"   on-call: {subject}", markup=False, soft_wrap=True)


def _figures(restored: Sequence[Restored], calls: Calls, console: Console) -> None:
    seconds = [one.seconds for one in restored]
    median, worst = statistics.median(seconds), max(seconds)
    reads, writes = [one.reads for one in restored], [one.writes for one in restored]
    later = sum(call.reads for call in calls.restoring()) - sum(reads)
    table = Table(title=f"[bold]6  The figures[/] of {len(restored)} drifts, all restored", title_justify="left")
    for column in ("", "measured", "goal"):
        table.add_column(column)
    table.add_row("drift call returned → rules exact, median", f"{median:.2f} s", f"≤ {MEDIAN_GOAL:.0f} s")
    table.add_row("drift call returned → rules exact, worst", f"{worst:.2f} s", f"≤ {WORST_GOAL:.0f} s")
    table.add_row("EC2 reads a drift, proof included", _spread(reads), f"{READS_GOAL}")
    table.add_row("EC2 writes a drift", _spread(writes), "1, and 1 for each further verb or direction")
    table.add_row("EC2 reads afterwards, for AWS Config's pictures", f"{later}", "at most 1 a picture")
    console.print()
    console.print(table)


def _spread(counts: Sequence[int]) -> str:
    low, high = min(counts), max(counts)
    return f"{low}" if low == high else f"{low} to {high}, median {statistics.median(counts):.0f}"


if __name__ == "__main__":
    terminal = Console(highlight=False)
    sys.exit(main(terminal if terminal.is_terminal else Console(highlight=False, width=120)))
