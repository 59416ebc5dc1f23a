"""The end of the demo: the environment is taken down by the plain AWS CLI, data included, and what is left is listed.

Promises: what it prints is the execution's own output; `take_down` raises `DidNotHold` if the teardown failed, as it
does if AWS still lists something of the environment that its account does not name.
"""

import json
import os
import subprocess
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import boto3
from rich.console import Console
from rich.table import Table
from rich.text import Text

from local.demo_stage import DidNotHold, Stack

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

_POLL_SECONDS = 0.2


def take_down(stack: Stack, environment: str, console: Console) -> None:
    """Start a teardown with the data's word, follow it, and show the account of it."""
    began = time.monotonic()
    described = _followed(stack, _start(stack.outputs["TeardownStateMachineArn"], environment, console), console)
    if described["status"] != "SUCCEEDED":
        told = f"{described.get('error', '')}: {described.get('cause', '')}"
        raise DidNotHold(f"the teardown ended {described['status']}, {told}")
    account = json.loads(described["output"])
    console.print(f"   taken down in {time.monotonic() - began:.1f} s\n")
    _show(account, console)


def _start(machine: str, environment: str, console: Console) -> str:
    order = json.dumps({"name": environment, "confirm": environment, "delete_data": True})
    command = ["aws", "stepfunctions", "start-execution", "--state-machine-arn", machine, "--input", order]
    console.print(f"   $ {' '.join(command[:-1])} '{order}'", soft_wrap=True, markup=False)
    answer = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=os.environ | {"AWS_DEFAULT_OUTPUT": "json"}
    ).stdout
    return str(json.loads(answer)["executionArn"])


def _followed(stack: Stack, execution: str, console: Console) -> Any:
    states: SFNClient = boto3.client("stepfunctions")
    with console.status("taking down") as status:
        while (described := states.describe_execution(executionArn=execution))["status"] == "RUNNING":
            machine = stack.parts["DemolitionStateMachine"]
            running = states.list_executions(stateMachineArn=machine, statusFilter="RUNNING")["executions"]
            layers = sorted(one["name"].rpartition("-")[0].rpartition("-")[2] for one in running)
            status.update(f"taking down {', '.join(layers)}")
            time.sleep(_POLL_SECONDS)
    return described


def _show(account: dict[str, Any], console: Console) -> None:
    kinds = Counter(one["kind"].removeprefix("AWS::") for one in account["deleted"])
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    console.print(f"   deleted: {len(account['deleted'])} resources ({told})\n", soft_wrap=True)
    table = Table(title="What is left of it", title_justify="left")
    for column in ("what", "id", "why, and how to remove it"):
        table.add_column(column, overflow="fold")
    for one in account["kept"]:
        table.add_row(one["path"], one["id"], Text(f"kept: {one['why']}"))
    for one in account["deleted"]:
        if one["left"]:
            table.add_row(one["path"], one["id"], Text(f"left: {one['left']}"))
    for one in account["pending"]:
        table.add_row(one["path"], one["id"], Text(f"pending: {one['why']}"))
    console.print(table)
