"""What became of a build's layers, as `conclude` reads it from the branches' output and Step Functions' own words."""

import json

import pytest

from holdfast.core.outcome import NOT_BEGUN, Failure, failures

LAYERS = ("network", "identity", "keys", "logs", "security_groups")
ARN = "arn:aws:states:eu-west-1:123456789012:execution:holdfast-layer:atlas-security_groups-0a1b2c"
STAND = [[{"layer": "network"}], [[{"layer": "identity"}], {"layer": "keys"}]]


def _failed(layer: str, cause: object, error: str = "States.TaskFailed") -> dict[str, str]:
    return {"layer": layer, "error": error, "cause": cause if isinstance(cause, str) else json.dumps(cause)}


def test_all_stand() -> None:
    assert failures([STAND, [[{"layer": "logs"}], [{"layer": "security_groups"}]]], LAYERS) == []


CAUSES = {
    "a nested execution's own words": (
        {"Status": "FAILED", "Error": "NeedsHuman", "Cause": "keys/data: AWS refused"},
        ("NeedsHuman", "keys/data: AWS refused"),
    ),
    "it could not be started": ("Execution already exists", ("States.TaskFailed", "Execution already exists")),
    "JSON that is no description": ("[1, 2]", ("States.TaskFailed", "[1, 2]")),
    "nothing": ("", ("States.TaskFailed", "its execution ended without a word")),
}


@pytest.mark.parametrize(("cause", "told"), CAUSES.values(), ids=CAUSES)
def test_cause_is_told_in_plain_words(cause: object, told: tuple[str, str]) -> None:
    layers = [STAND, [[{"layer": "logs"}], [_failed("security_groups", cause)]]]
    assert failures(layers, LAYERS) == [Failure("security_groups", *told)]


WITHOUT_WORDS = {
    "it was stopped": ({"Status": "ABORTED"}, "States.TaskFailed", "somebody stopped it (ABORTED)"),
    "it took too long": (
        {"Status": "TIMED_OUT", "Error": "States.Timeout"},
        "States.Timeout",
        "it took longer than a layer may (TIMED_OUT)",
    ),
    "an empty cause": ({"Status": "FAILED", "Cause": ""}, "States.TaskFailed", "its execution ended FAILED"),
}


@pytest.mark.parametrize(("ended", "error", "meaning"), WITHOUT_WORDS.values(), ids=WITHOUT_WORDS)
def test_what_ended_without_words_says_what_that_means_and_where_to_look(
    ended: dict[str, str], error: str, meaning: str
) -> None:
    layers = [STAND, [[{"layer": "logs"}], [_failed("security_groups", ended | {"ExecutionArn": ARN})]]]
    (told,) = failures(layers, LAYERS)
    assert told.error == error
    assert told.cause.startswith(f"{meaning}. What to do: ")
    assert f"get-execution-history --reverse-order --execution-arn {ARN}`" in told.cause


def test_error_without_a_cause_is_told() -> None:
    layers = [STAND, [[{"layer": "logs"}], [{"layer": "security_groups", "error": "States.Timeout"}]]]
    assert failures(layers, LAYERS) == [
        Failure("security_groups", "States.Timeout", "its execution ended without a word")
    ]


def test_what_was_not_begun_names_where_the_build_stopped_in_the_order_of_the_layers() -> None:
    refused = {"Status": "FAILED", "Error": "NeedsHuman", "Cause": "identity/cluster: AWS refused"}
    told = failures([[{"layer": "network"}], [_failed("identity", refused)]], LAYERS)
    assert [(failure.layer, failure.error) for failure in told] == [
        ("identity", "NeedsHuman"),
        ("keys", NOT_BEGUN),
        ("logs", NOT_BEGUN),
        ("security_groups", NOT_BEGUN),
    ]
    assert {failure.cause for failure in told[1:]} == {"not begun: the build stopped at identity"}
    assert str(told[0]) == "[identity] identity/cluster: AWS refused"


def test_all_that_the_build_stopped_at_are_named() -> None:
    refused = {"Status": "FAILED", "Error": "NeedsHuman", "Cause": "AWS refused"}
    told = failures([[_failed("network", refused)], [[{"layer": "identity"}], _failed("keys", refused)]], LAYERS)
    assert str(told[-1]) == "[security_groups] not begun: the build stopped at network, keys"


def test_one_cause_for_all_ends_with_the_page_to_read() -> None:
    cause = Failure.sentence([Failure("a", "NeedsHuman", "a/b: no. What to do: ask"), Failure("c", NOT_BEGUN, "x")])
    assert cause == "[a] a/b: no. What to do: ask; [c] x. Runbook: docs/runbooks/build.md"


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
