"""A build's end, deployed: what it shows in the end, and what on-call is told of it.

What fails here is mended in functions/conclude/app.py, layers/holdfast/holdfast/core/ending.py and
functions/announce/app.py.
"""

import json

import pytest

from holdfast.environment.catalogue import LAYERS
from holdfast.environment.guaranteed import GUARANTEES
from tests.support.cloud import Json
from tests.support.environments import Environment
from tests.support.oncall import OnCall
from tests.support.waiting import until


@pytest.fixture(scope="module")
def again(standing: Environment, called: OnCall) -> Json:
    """What a second build, of which on-call hears, says in the end."""
    return standing.again()


def test_the_whole_is_verified_and_counted(again: Json) -> None:
    verdicts = [finding["verdict"] for one in again["evidence"].values() for finding in one["findings"]]
    summary = again["summary"]
    assert summary["layers"] == list(LAYERS)
    assert (summary["holds"], summary["broken"]) == (verdicts.count("holds"), 0)
    assert summary["not_shown"] == verdicts.count("not shown here")


def test_each_guarantee_is_shown_by_questions_of_the_evidence(again: Json) -> None:
    asked = {(layer, one["question"]) for layer, found in again["evidence"].items() for one in found["findings"]}
    shown = {guarantee: [tuple(one) for one in rows] for guarantee, rows in again["guarantees"].items()}
    assert shown.keys() == GUARANTEES.keys()
    assert all(rows and asked >= set(rows) for rows in shown.values())


def test_on_call_is_told_that_it_was_built(again: Json, standing: Environment, called: OnCall) -> None:
    execution = standing.executions[-1]
    (told,) = until(
        "on-call is told how the build ended",
        lambda: [alert for alert in called.mailbox.heard() if execution in alert.text],
        bool,
        look=standing.diagnosis,
    )
    assert told.attributes == {"environment": standing.name, "concern": "build", "state": "built", "severity": "info"}
    title = json.loads(told.body)["content"]["title"]
    assert title.startswith(f"[{standing.name}] built: {len(LAYERS)} layers: {again['summary']['holds']} of ")
