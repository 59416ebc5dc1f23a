"""Whatever a rule matches is awaited: to say of an event beforehand that nobody hears it must never be wrong."""

import json
from typing import Any, Final

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st
from ministack.core.responses import request_scope
from ministack.services import eventbridge

from local.awaited import _may_match, is_awaited

KIND: Final = "AWS API Call via CloudTrail"
OPERATIONS: Final = ("CreateTags", "DeleteTags", "DescribeTags")
SERVICES: Final = ("ec2.amazonaws.com", "s3.amazonaws.com")


def asked(words: tuple[str, ...]) -> st.SearchStrategy[list[Any]]:
    """What a pattern may ask of a field: plain words, and the operators of its values."""
    word = st.sampled_from(words)
    operators = st.one_of(
        st.builds(lambda one: {"prefix": one[:3]}, word),
        st.builds(lambda one: {"anything-but": [one]}, word),
        st.builds(lambda one: {"wildcard": f"*{one[-4:]}"}, word),
        st.builds(lambda there: {"exists": there}, st.booleans()),
    )
    return st.lists(word | operators, min_size=1, max_size=2)


def some(fields: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=fields).filter(bool)


called: Final = some({"eventSource": asked(SERVICES), "eventName": asked(OPERATIONS), "errorCode": asked(("Denied",))})
either: Final = st.builds(lambda *two: {"$or": list(two)}, called, called)
patterns: Final = some(
    {
        "source": asked(("aws.ec2", "aws.s3")),
        "detail-type": asked((KIND, "Config Configuration Item Change")),
        "detail": called | either | st.builds(lambda one, two: one | two, called, either) | asked(("a word",)),
    }
)


@given(patterns, st.sampled_from(SERVICES), st.sampled_from(OPERATIONS), st.sampled_from(["", "Denied"]))
@example({"detail": {"eventName": ["CreateTags"]}}, "ec2.amazonaws.com", "CreateTags", "")
@settings(max_examples=100, deadline=None)
def test_what_a_pattern_matches_is_never_said_to_be_unheard(
    pattern: dict[str, Any], service: str, operation: str, error: str
) -> None:
    detail = {"eventSource": service, "eventName": operation, **({"errorCode": error} if error else {})}
    source = f"aws.{service.partition('.')[0]}"
    event = {"Source": source, "DetailType": KIND, "Detail": json.dumps(detail), "EventId": "1", "Time": 1}
    text = json.dumps(pattern)
    assume(eventbridge._matches_pattern(text, event))
    assert _may_match(text, source, KIND, service, operation)


def test_what_lists_other_operations_only_is_unheard() -> None:
    pattern = json.dumps({"detail": {"eventName": ["CreateTags", "DeleteTags"]}})
    assert not _may_match(pattern, "aws.ec2", KIND, "ec2.amazonaws.com", "DescribeTags")


@pytest.mark.parametrize(
    ("region", "state", "is_heard"),
    [("eu-west-1", "ENABLED", True), ("eu-west-1", "DISABLED", False), ("us-east-1", "ENABLED", False)],
)
def test_a_rule_awaits_in_its_region_while_it_is_on(
    *, region: str, state: str, is_heard: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    pattern = json.dumps({"detail": {"eventName": ["CreateTags"]}})
    monkeypatch.setattr(eventbridge, "_rules", type(eventbridge._rules)())
    with request_scope("123456789012", region):
        eventbridge._rules["default|rule"] = {"EventPattern": pattern, "State": state}
    with request_scope("123456789012", "eu-west-1"):
        assert is_awaited("aws.ec2", KIND, "ec2.amazonaws.com", "CreateTags") is is_heard
        assert not is_awaited("aws.ec2", KIND, "ec2.amazonaws.com", "DescribeTags")
