"""docs/permissions.md, read back: under each role or policy the statements of its table, and their actions."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Final

from tests.static.stack import ROOT

PAGE: Final = ROOT / "docs" / "permissions.md"
HEADING: Final = re.compile(r"^#+ `(\w+)`")
ROW: Final = re.compile(r"^\| `(?P<sid>\w+)` \| (?P<actions>[^|]+) \| (?P<purpose>[^|]+) \| (?P<bound>[^|]+) \|$")

type Documented = dict[str, dict[str, frozenset[str]]]
"""By role or policy, then by statement, the actions."""


@cache
def documented() -> Documented:
    found: Documented = {}
    for owner, line in _lines():
        if row := ROW.match(line):
            found.setdefault(owner, {})[row["sid"]] = frozenset(re.findall(r"`([^`]+)`", row["actions"]))
    return found


def unreadable() -> list[str]:
    """Rows of a role's table that lack a cell, or are spelled so that no test would see them."""
    return [line for owner, line in _lines() if owner and line.startswith("| `") and not ROW.match(line)]


def _lines() -> Iterator[tuple[str, str]]:
    owner = ""
    for line in PAGE.read_text().splitlines():
        if line.startswith("#"):
            heading = HEADING.match(line)
            owner = heading[1] if heading else ""
        yield owner, line
