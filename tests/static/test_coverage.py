"""What is promised is watched, can be repaired, and is drifted by a test: every kind, every field, every closed set.

Nobody has to remember to add it: a new field of a promise is named here until its concern watches it and a line of
tests/support/drifts_<concern>.py breaks it.
"""

import pytest

from holdfast.aws.kinds import KINDS
from holdfast.core.concern import ELSEWHERE, HOME, holder
from tests.static import concerns
from tests.static.coverage import COVERAGE, FIELDS, PROMISED, UNCHANGEABLE, coverage
from tests.static.declared import LINES
from tests.support.drifting import tables


@pytest.mark.parametrize("kind", PROMISED)
def test_a_concern_is_home_to_every_kind(kind: str) -> None:
    assert HOME.get(kind) in concerns.every(), f"core/concern.py, HOME: no concern restores {kind}"


def test_no_concern_holds_what_nobody_promises() -> None:
    assert HOME.keys() >= ELSEWHERE.keys()
    unknown = HOME.keys() - KINDS.keys()
    assert not unknown, f"core/concern.py, HOME: no such kinds {sorted(unknown)}"


@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_a_promised_field_is_watched(kind: str, field: str) -> None:
    name = holder(kind, field)
    lines = [watched for watched in concerns.every()[name].watched if watched.kind == kind]
    assert lines, f"core/concerns/{name}.py: no line for {kind}, so that no event leads to its {field}"


@pytest.mark.parametrize("concern", concerns.every())
def test_every_promised_field_is_drifted(concern: str) -> None:
    drifted = {(LINES[drift.path].kind, field) for drift in tables().get(concern, ()) for field in drift.fields}
    lacking = [
        f"{kind} {field}"
        for kind, field in FIELDS
        if holder(kind, field) == concern and field not in UNCHANGEABLE.get(kind, {}) and (kind, field) not in drifted
    ]
    assert not lacking, f"tests/support/drifts_{concern}.py: no line breaks {lacking}"


@pytest.mark.parametrize("concern", concerns.every())
def test_every_kind_that_comes_back_is_deleted(concern: str) -> None:
    deleted = {LINES[drift.path].kind for drift in tables().get(concern, ()) if drift.field == "stands"}
    coming = {kind for kind in PROMISED if HOME.get(kind) == concern and KINDS[kind].comes_back}
    assert coming <= deleted, f"tests/support/drifts_{concern}.py: no line deletes {sorted(coming - deleted)}"


def test_nothing_is_called_unchangeable_that_is_drifted() -> None:
    drifted = {
        (LINES[drift.path].kind, field) for drifts in tables().values() for drift in drifts for field in drift.fields
    }
    called = {(kind, field) for kind, fields in UNCHANGEABLE.items() for field in fields}
    assert not called & drifted


def test_the_page_says_what_the_code_does() -> None:
    assert COVERAGE.read_text() == coverage(), "docs/coverage.md is stale: run `make coverage`, commit"
