"""`make bench`: the figures that the README quotes, measured on the laptop AWS and printed beside their goals.

- build: seconds of a first and of a second build, and the second one's mutating calls outside our own tables;
- drift: from the answer to somebody's call until the rule set is exact again, ten drifts one after another;
- restores: what each restore function takes for one drift, cold and warm;
- makespan: a build on AWS, modelled.
"""

import logging
import statistics
import sys
import time
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.benchmarks import makespan, restores
from tests.support.cloud import Application, Calls, root, writes
from tests.support.environments import Environment, prepared, rules

LONGEST: Final = 30.0
"""Seconds until a drift that is not restored ends the benchmark."""
OURS: Final = {"dynamodb.amazonaws.com", "logs.amazonaws.com", "states.amazonaws.com"}
"""Where our own tables, logs and workflows are."""


def build(environment: Environment) -> float:
    """Seconds of one build."""
    began = time.perf_counter()
    environment.built()
    return time.perf_counter() - began


def drift(environment: Environment) -> float:
    """Seconds from the answer to the call until the rules are exact again."""
    group = environment.groups["alb"]
    before = rules(group)
    root.client("ec2").authorize_security_group_ingress(GroupId=group, IpPermissions=restores.SSH)
    began = time.perf_counter()
    while rules(group) != before:
        if time.perf_counter() - began > LONGEST:
            sys.exit(f"not restored within {LONGEST:.0f} s")
        time.sleep(0.01)
    return time.perf_counter() - began


def figures(environment: Environment) -> Table:
    """Of builds, and of drifts through the deployed system."""
    table = Table("figure", "measured", "goal", title="Holdfast on the laptop AWS")
    console = Console()
    with console.status("building the environment bench"):
        table.add_row("first build", f"{build(environment):.1f} s", "")
    with console.status("building it again"):
        calls = Calls(*environment.application.functions)
        table.add_row("second build", f"{build(environment):.1f} s", "")
        made = [one for one in writes(calls.mentioning(*environment.words)) if one["eventSource"] not in OURS]
    table.add_row("  mutating calls outside our tables", str(len(made)), "0")
    with console.status("ten drifts"):
        seconds = [drift(environment) for _ in range(10)]
    table.add_row("drift restored, median", f"{statistics.median(seconds):.2f} s", "1 s")
    table.add_row("drift restored, worst", f"{max(seconds):.2f} s", "5 s")
    return table


def main() -> None:
    logging.disable(logging.INFO)
    with prepared(Application.deployed(), root, "bench") as environment:
        Console().print(figures(environment))
        Console().print(restores.figures(environment))
    makespan.main()


if __name__ == "__main__":
    main()
