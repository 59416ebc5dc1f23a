"""What became of a build's layers, as `conclude` reads it from the branches' output and Step Functions' own words."""

import json

import pytest

from holdfast.core.outcome import NOT_BEGUN, Failure, failures

NEEDS = {
    "network": frozenset[str](),
    "identity": frozenset[str](),
    "keys": frozenset({"identity"}),
    "logs": frozenset({"network", "keys", "identity"}),
    "security_groups": frozenset({"network"}),
}
STAND = [[{"layer": "network"}], [[{"layer": "identity"}], {"layer": "keys"}]]


def _failed(layer: str, cause: object, error: str = "States.TaskFailed") -> dict[str, str]:
    return {"layer": layer, "error": error, "cause": cause if isinstance(cause, str) else json.dumps(cause)}


def test_all_stand() -> None:
    assert failures([STAND, [[{"layer": "logs"}], [{"layer": "security_groups"}]]], NEEDS) == []


CAUSES = {
    "a nested execution's own words": (
        {"Status": "FAILED", "Error": "NeedsHuman", "Cause": "keys/data: AWS refused"},
        ("NeedsHuman", "keys/data: AWS refused"),
    ),
    "it was stopped without a word": ({"Status": "ABORTED"}, ("States.TaskFailed", "its execution ended ABORTED")),
    "it took too long": (
        {"Status": "TIMED_OUT", "Error": "States.Timeout"},
        ("States.Timeout", "its execution ended TIMED_OUT"),
    ),
    "an empty cause": ({"Status": "FAILED", "Cause": ""}, ("States.TaskFailed", "its execution ended FAILED")),
    "it could not be started": ("Execution already exists", ("States.TaskFailed", "Execution already exists")),
    "JSON that is no description": ("[1, 2]", ("States.TaskFailed", "[1, 2]")),
    "nothing": ("", ("States.TaskFailed", "its execution ended without a word")),
}


@pytest.mark.parametrize(("cause", "told"), CAUSES.values(), ids=CAUSES)
def test_cause_is_told_in_plain_words(cause: object, told: tuple[str, str]) -> None:
    layers = [STAND, [[{"layer": "logs"}], [_failed("security_groups", cause)]]]
    assert failures(layers, NEEDS) == [Failure("security_groups", *told)]


def test_error_without_a_cause_is_told() -> None:
    layers = [STAND, [[{"layer": "logs"}], [{"layer": "security_groups", "error": "States.Timeout"}]]]
    assert failures(layers, NEEDS) == [
        Failure("security_groups", "States.Timeout", "its execution ended without a word")
    ]


def test_what_could_not_begin_names_what_it_lacks_in_the_order_of_the_layers() -> None:
    refused = {"Status": "FAILED", "Error": "NeedsHuman", "Cause": "identity/cluster: AWS refused"}
    told = failures([[{"layer": "network"}], [_failed("identity", refused)]], NEEDS)
    assert [(failure.layer, failure.error) for failure in told] == [
        ("identity", "NeedsHuman"),
        ("keys", NOT_BEGUN),
        ("logs", NOT_BEGUN),
        ("security_groups", NOT_BEGUN),
    ]
    assert [failure.cause for failure in told[1:]] == [
        "not begun: it needs identity",
        "not begun: it needs identity, keys",
        "not begun: it needs what failed before it",
    ]
    assert str(told[0]) == "[identity] identity/cluster: AWS refused"


KINDS = {
    "one layer": ([Failure("a", "ComeBackLater", "")], "ComeBackLater"),
    "those that agree": ([Failure("a", "WrongInput", ""), Failure("b", "WrongInput", "")], "WrongInput"),
    "those that do not": ([Failure("a", "ComeBackLater", ""), Failure("b", "States.Timeout", "")], "NeedsHuman"),
    "not begun is nobody's error": (
        [Failure("a", "States.Timeout", ""), Failure("b", NOT_BEGUN, "")],
        "States.Timeout",
    ),
    "nobody ever began": ([Failure("a", NOT_BEGUN, "")], "NeedsHuman"),
}


@pytest.mark.parametrize(("failed", "kind"), KINDS.values(), ids=KINDS)
def test_one_error_name_for_all(failed: list[Failure], kind: str) -> None:
    assert Failure.kind(failed) == kind
