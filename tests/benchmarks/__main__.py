"""`make bench`: the figures that the README quotes, measured on the laptop AWS and printed beside their goals.

- cold: a fresh process imports the restore function and restores one drift (the deployed rules are off meanwhile, so
  that nobody else does), median of five; beside it the processor time of a warm look at a group that holds;
- drift: from the answer to alice's call until the rule set is exact again, ten drifts one after another;
- build: seconds of a first and of a second build, and the second one's mutating calls outside our own tables.
"""

import json
import logging
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import boto3
from rich.console import Console
from rich.table import Table

from local.gaps.lambda_ import runtime
from tests.benchmarks import makespan

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail.type_defs import LookupAttributeTypeDef
    from mypy_boto3_ec2.type_defs import FilterTypeDef, IpPermissionTypeDef

PROJECT: Final = Path(__file__).parents[2]
ENVIRONMENT: Final = {"name": "bench", "network": {"cidr": "10.99.0.0/16"}, "dns": {"zone": "holdfast.example"}}
OPEN: "Final[list[IpPermissionTypeDef]]" = [
    {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
]
RULES: Final = ("SecurityGroupCalls", "SecurityGroupTags", "SecurityGroupPictures")

logging.disable(logging.INFO)
cloudformation, ec2, events = boto3.client("cloudformation"), boto3.client("ec2"), boto3.client("events")
states = boto3.client("stepfunctions")


def physical(logical: str) -> str:
    found = cloudformation.describe_stack_resource(StackName="holdfast", LogicalResourceId=logical)
    return found["StackResourceDetail"]["PhysicalResourceId"]


def build() -> float:
    """Seconds of one build of the environment."""
    began = time.perf_counter()
    started = states.start_execution(stateMachineArn=physical("BuildStateMachine"), input=json.dumps(ENVIRONMENT))
    while (seen := states.describe_execution(executionArn=started["executionArn"]))["status"] == "RUNNING":
        time.sleep(0.05)
    if seen["status"] != "SUCCEEDED":
        sys.exit(f"the build ended {seen['status']}: {seen.get('error')}: {seen.get('cause')}")
    return time.perf_counter() - began


def mutating_since(moment: float) -> int:
    """Management calls by our own roles that changed anything, since ``moment`` (epoch). Items of tables are data."""
    ours = 0
    since = datetime.fromtimestamp(moment, UTC)
    writes: LookupAttributeTypeDef = {"AttributeKey": "ReadOnly", "AttributeValue": "false"}
    pages = boto3.client("cloudtrail").get_paginator("lookup_events")
    for page in pages.paginate(LookupAttributes=[writes], StartTime=since):
        for record in (json.loads(event["CloudTrailEvent"]) for event in page["Events"]):
            issuer = record["userIdentity"].get("sessionContext", {}).get("sessionIssuer", {}).get("arn", "")
            ours += "holdfast-" in issuer and record["managementEvent"] and "errorCode" not in record
    return ours


def alb() -> str:
    filters: list[FilterTypeDef] = [
        {"Name": f"tag:holdfast:{key}", "Values": [value]} for key, value in (("environment", "bench"), ("name", "alb"))
    ]
    return ec2.describe_security_groups(Filters=filters)["SecurityGroups"][0]["GroupId"]


def rules(group: str) -> list[Any]:
    found = ec2.describe_security_group_rules(Filters=[{"Name": "group-id", "Values": [group]}])["SecurityGroupRules"]
    return sorted((one["IsEgress"], one["IpProtocol"], one["FromPort"], one.get("CidrIpv4", "")) for one in found)


@contextmanager
def deaf() -> Iterator[None]:
    """Nobody is told of changes: the benchmark restores them itself."""
    for rule in RULES:
        events.disable_rule(Name=physical(rule).rpartition("|")[2])
    try:
        yield
    finally:
        for rule in RULES:
            events.enable_rule(Name=physical(rule).rpartition("|")[2])


def cold(group: str, folder: Path) -> dict[str, Any]:
    """One cold start that restores one drift."""
    function = physical("RestoreSecurityGroupsFunction")
    variables = boto3.client("lambda").get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    told = (PROJECT / "events/authorize_security_group_ingress.json").read_text().replace("sg-0123456789abcdef0", group)
    before = rules(group)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=OPEN)
    done = subprocess.run(
        [
            str(folder / "bin/python"),
            str(Path(__file__).with_name("cold.py")),
            str(PROJECT / "functions/restore_security_groups"),
            str(folder / "layer"),
        ],
        input=json.dumps({"Records": [{"messageId": "1", "body": told}]}),
        env={key: value for key, value in os.environ.items() if key.startswith("AWS_")} | variables,
        capture_output=True,
        text=True,
        check=True,
    )
    if rules(group) != before:
        sys.exit("the restore function did not restore: " + done.stderr)
    measured: dict[str, Any] = json.loads(done.stdout)
    return measured


def install(layer: Path) -> None:
    """The layer as `sam build` makes it: its requirements, and our package beside them, compiled."""
    requirements = PROJECT / "layers/holdfast/requirements.txt"
    uv = PROJECT / ".tools/uv/bin/uv"
    subprocess.run(
        [str(uv), "pip", "install", "--quiet", "--target", str(layer), "--requirement", str(requirements)], check=True
    )
    shutil.copytree(PROJECT / "layers/holdfast/holdfast", layer / "holdfast")
    subprocess.run([sys.executable, "-m", "compileall", "-q", str(layer)], check=True)


def drift(group: str) -> float:
    """Seconds from the answer to the call until the rules are exact again."""
    before = rules(group)
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=OPEN)
    began = time.perf_counter()
    while rules(group) != before:
        if time.perf_counter() - began > 30:
            sys.exit("not restored within 30 s")
        time.sleep(0.01)
    return time.perf_counter() - began


def main() -> None:
    figures = Table("figure", "measured", "goal", title="Holdfast on the laptop AWS")
    with Console().status("building the environment bench"):
        first = build()
    moment = time.time()
    with Console().status("building it again"):
        second = build()
    figures.add_row("first build", f"{first:.1f} s", "")
    figures.add_row("second build", f"{second:.1f} s", "")
    figures.add_row("  mutating calls outside our tables", str(mutating_since(moment)), "0")
    group = alb()
    with Console().status("ten drifts"):
        seconds = [drift(group) for _ in range(10)]
    figures.add_row("drift restored, median", f"{statistics.median(seconds):.2f} s", "1 s")
    figures.add_row("drift restored, worst", f"{max(seconds):.2f} s", "5 s")
    with Console().status("five cold starts"), tempfile.TemporaryDirectory() as name, deaf():
        folder = Path(name)
        runtime(folder)
        install(folder / "layer")
        starts = [cold(group, folder) for _ in range(5)]
    for figure, unit, goal in (("import", "ms", ""), ("wall", "ms", "350"), ("cpu", "ms", ""), ("memory", "MB", "48")):
        median = statistics.median(start[figure] for start in starts)
        figures.add_row(f"cold import and first restore, {figure}", f"{median:.0f} {unit}", goal and f"{goal} {unit}")
    warm = statistics.median(start["warm_cpu"] for start in starts)
    figures.add_row("warm look, cpu", f"{warm:.1f} ms", "6 ms")
    Console().print(figures)
    makespan.main()


if __name__ == "__main__":
    main()
