"""What a restoration costs, for each of the eight restore functions: cold and warm, in time, memory and calls.

A drift of its concern is made by hand while the deployed rules are off, so that nobody else restores it. A fresh
process, in an interpreter with what the Lambda runtime has, then gets the event that CloudTrail wrote of it.
"""

import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from rich.progress import track
from rich.table import Table

from local.gaps.lambda_ import runtime
from tests.support.cloud import STACK, Caller, Calls, root, user
from tests.support.drifting import Hands, differs, tables
from tests.support.environments import Environment

if TYPE_CHECKING:
    from mypy_boto3_ec2.type_defs import IpPermissionTypeDef

PROJECT: Final = Path(__file__).parents[2]
STARTS: Final = 5
ALB: Final = "security_groups/alb"
SSH: "Final[list[IpPermissionTypeDef]]" = [
    {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
]
CHOSEN: Final = {
    "waf": ("waf/web_acl", "a rule that allows"),
    "encryption": ("keys/data", "rotates no more"),
    "autoscaling": ("ingress/general_scaling", "nothing is launched"),
    "exposure": ("object_storage/data_bucket", "the block taken away"),
    "network": ("network/vpc", "DNS names off"),
    "identity": ("identity/flow_logs", "one more policy"),
    "logging": ("logs/flow_log_group", "kept for a day"),
}
"""By concern, the path and the words of a drift in its table of tests/support."""
GOALS: Final = {"wall": "≤ 350 ms", "memory": "≤ 48 MB", "warm_cpu": "≤ 6 ms"}
"""For security groups; of the others, as little as their services allow."""


class Drift(NamedTuple):
    concern: str
    path: str
    what: str
    make: Callable[[Hands], object]


def drifts() -> Iterator[Drift]:
    """One of each concern."""
    yield Drift("security_groups", ALB, "tcp/22 opened to the world", _open)
    for concern, chosen in CHOSEN.items():
        yield next(
            Drift(concern, one.path, one.what, one.make) for one in tables()[concern] if (one.path, one.what) == chosen
        )


def _open(hands: Hands) -> object:
    return hands.client("ec2").authorize_security_group_ingress(GroupId=hands.id(ALB), IpPermissions=SSH)


def figures(environment: Environment) -> Table:
    """Medians of some cold starts, a row a restore function."""
    table = Table("restore function", "import", "cold", "memory", "warm cpu", "calls", title="One drift restored")
    table.add_row("goal", "", GOALS["wall"], GOALS["memory"], GOALS["warm_cpu"], "≤ 3 with proof", end_section=True)
    with _deaf(), user("bench", {"Action": "*", "Resource": "*"}) as caller, _installed() as folder:
        for drift in track(list(drifts()), "restoring", transient=True):
            starts = [_cold(drift, environment, caller, folder) for _ in range(STARTS)]
            medians = {one: statistics.median(start[one] for start in starts) for one in ("import", "wall", "memory")}
            warm = statistics.median(start["warm_cpu"] for start in starts)
            table.add_row(
                f"{drift.concern}: {drift.what}",
                f"{medians['import']:.0f} ms",
                f"{medians['wall']:.0f} ms",
                f"{medians['memory']:.0f} MB",
                f"{warm:.1f} ms",
                _said(starts[-1]["calls"]),
            )
    return table


def _said(calls: Mapping[str, int]) -> str:
    own = calls.get("dynamodb", 0)
    others = ", ".join(f"{count} {service}" for service, count in calls.items() if service != "dynamodb")
    return f"{others}; {own} to our tables"


@contextmanager
def _deaf() -> Iterator[None]:
    """Nobody is told of changes: the benchmark restores them itself."""
    cloudformation, events = root.client("cloudformation"), root.client("events")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=STACK)
    parts = [part for page in pages for part in page["StackResourceSummaries"]]
    rules = [
        part["PhysicalResourceId"].rpartition("|")[2]
        for part in parts
        if part["ResourceType"] == "AWS::Events::Rule" and not part["LogicalResourceId"].startswith("Own")
    ]
    for rule in rules:
        events.disable_rule(Name=rule)
    try:
        yield
    finally:
        for rule in rules:
            events.enable_rule(Name=rule)


@contextmanager
def _installed() -> Iterator[Path]:
    """A folder with the interpreter and the layer, as `sam build` makes it, compiled."""
    requirements = PROJECT / "layers/holdfast/requirements.txt"
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        runtime(folder)
        words = ["pip", "install", "--quiet", "--target", str(folder / "layer"), "--requirement", str(requirements)]
        subprocess.run([str(PROJECT / ".tools/uv/bin/uv"), *words], check=True)
        shutil.copytree(PROJECT / "layers/holdfast/holdfast", folder / "layer/holdfast")
        subprocess.run([sys.executable, "-m", "compileall", "-q", str(folder / "layer")], check=True)
        yield folder


def _cold(drift: Drift, environment: Environment, caller: Caller, folder: Path) -> dict[str, Any]:
    """One cold start that restores one drift."""
    function = environment.application.restorer(drift.concern)
    configuration = root.client("lambda").get_function_configuration(FunctionName=function)
    environment.forget(drift.path, drift.concern)  # from then on root may write incidents, as which it acts
    calls = Calls("bench")
    drift.make(Hands(caller, environment))
    told = [_event(record) for record in calls.all() if not record["readOnly"]][-1]
    done = subprocess.run(
        [
            str(folder / "bin/python"),
            str(Path(__file__).with_name("cold.py")),
            str(PROJECT / "functions" / f"restore_{drift.concern}"),
            str(folder / "layer"),
        ],
        input=json.dumps({"Records": [{"messageId": "1", "body": json.dumps(told)}]}),
        env={key: value for key, value in os.environ.items() if key.startswith("AWS_")}
        | configuration["Environment"]["Variables"],
        capture_output=True,
        text=True,
        check=True,
    )
    if left := differs(environment, drift.path):
        sys.exit(f"{function} did not restore {drift.path}, {left}: {done.stdout} {done.stderr}")
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def _event(record: Mapping[str, Any]) -> dict[str, Any]:
    """As EventBridge delivers what CloudTrail wrote down ("AWS service events delivered via CloudTrail")."""
    return {
        "version": "0",
        "id": record["eventID"],
        "detail-type": "AWS API Call via CloudTrail",
        "source": "aws." + record["eventSource"].partition(".")[0],
        "account": record.get("recipientAccountId", "000000000000"),
        "time": record["eventTime"],
        "region": record["awsRegion"],
        "resources": [],
        "detail": dict(record),
    }
