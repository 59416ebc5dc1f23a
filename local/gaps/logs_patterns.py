"""Filter patterns of CloudWatch Logs for JSON events; all others are left to the emulator.

"Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail"
(AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html): selectors, comparisons with numbers, words, strings with a
wildcard at either end and regular expressions, IS NULL, NOT EXISTS, && before ||, parentheses. What is compared with a
property that is not there does not match.
"""

import json
import re
from fnmatch import translate
from functools import cache
from operator import ge, gt, le, lt
from typing import Any, Final

from ministack.services import cloudwatch_logs

type Test = Any
"""A function of the event."""

REGEX: Final = re.compile(r"%([^%]*)%")
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<mark>\(|\)|&&|\|\|)|(?P<selector>\$[\w.\[\]-]*)|(?P<word>NOT EXISTS|IS NULL)"
    r"|(?P<operator>!=|<=|>=|=|<|>)|%(?P<regex>[^%]*)%|\"(?P<text>(?:[^\"\\]|\\.)*)\"|(?P<bare>[\w.:/*@,-]+))"
)
_STEP: Final = re.compile(r"\.([\w-]+)|\[(\d+)\]")
_ORDER: Final = {"<": lt, "<=": le, ">": gt, ">=": ge}
_ABSENT: Final = object()

_unstructured = cloudwatch_logs._subscription_pattern_matches


def matches(pattern: str, message: str) -> bool:
    inside = pattern.strip()
    if not inside.startswith("{"):
        return bool(_unstructured(pattern, message))
    try:
        event = json.loads(message)
    except ValueError:
        return False
    return bool(_read(inside.removeprefix("{").removesuffix("}").strip())(event))


@cache
def _read(expression: str) -> Test:
    tokens, place = [], 0
    while place < len(expression):
        token = _TOKEN.match(expression, place)
        if token is None:
            raise ValueError(f"not a filter pattern from here on: {expression[place:]}")
        tokens.append((token.lastgroup, token[token.lastgroup or 0]))
        place = token.end()
    test = _any(tokens)
    if tokens:
        raise ValueError(f"left over in a filter pattern: {tokens}")
    return test


type Tokens = list[tuple[str | None, str]]


def _any(tokens: Tokens) -> Test:
    tests = [_all(tokens)]
    while tokens and tokens[0][1] == "||":
        tokens.pop(0)
        tests.append(_all(tokens))
    return lambda event: any(test(event) for test in tests)


def _all(tokens: Tokens) -> Test:
    tests = [_one(tokens)]
    while tokens and tokens[0][1] == "&&":
        tokens.pop(0)
        tests.append(_one(tokens))
    return lambda event: all(test(event) for test in tests)


def _one(tokens: Tokens) -> Test:
    kind, text = tokens.pop(0)
    if text == "(":
        inside = _any(tokens)
        tokens.pop(0)
        return inside
    assert kind == "selector", f"a comparison begins with a selector, not with {text}"
    _, operator = tokens.pop(0)
    if operator == "NOT EXISTS":
        return lambda event: _found(event, text) is _ABSENT
    if operator == "IS NULL":
        return lambda event: _found(event, text) is None
    return _compared(text, operator, *tokens.pop(0))


def _compared(selector: str, operator: str, kind: str | None, wanted: str) -> Test:
    if operator in _ORDER:
        order, number = _ORDER[operator], float(wanted)
        return lambda event: isinstance(found := _found(event, selector), int | float) and order(found, number)
    shape = re.compile(wanted if kind == "regex" else translate(wanted))
    look = shape.search if kind == "regex" else shape.match

    def test(event: Any) -> bool:
        found = _found(event, selector)
        return found is not _ABSENT and (look(str(found)) is not None) == (operator == "=")

    return test


def _found(event: Any, selector: str) -> Any:
    for name, number in _STEP.findall(selector):
        try:
            event = event[name] if name else event[int(number)]
        except (KeyError, IndexError, TypeError):
            return _ABSENT
    return event
