"""Policy documents as values: two that say the same are equal, however they are spelled.

IAM and KMS give a document back as it was written. A list of one says the same as its only member, and no list of a
policy has an order ("Grammar of the IAM JSON policy language", IAM/latest/UserGuide/reference_policies_grammar.html).
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

type Document = dict[str, object]
"""A policy document as JSON."""

type Statement = Mapping[str, object]


def document(*statements: Statement) -> Document:
    """A document of these statements, in the grammar's current version."""
    return canonical({"Version": "2012-10-17", "Statement": list(statements)})


def canonical(written: Document) -> Document:
    """``written`` in the one spelling in which documents are compared, its statements always a list."""
    spelled: Document = _spelled(written)
    return {**spelled, "Statement": _listed(spelled.get("Statement", []))}


def read(answered: object) -> Document:
    """A document as botocore answers with it: of IAM's it decodes the text, of others it leaves it."""
    text = json.loads(answered) if isinstance(answered, str) else answered
    return msgspec.convert(text, dict[str, object])


def sentences(written: Document) -> list[str]:
    """What a document says, a line a statement, in a stable order: ``Allow ec2.amazonaws.com to sts:AssumeRole``."""
    return sorted(" ".join(_words(statement)) for statement in _listed(written.get("Statement", [])))


def _spelled(value: Any) -> Any:
    match value:
        case dict():
            return {key: _spelled(item) for key, item in value.items()}
        case [only]:
            return _spelled(only)
        case list():
            return sorted(map(_spelled, value), key=_order)
        case _:
            return value


def _order(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _words(statement: dict[str, Any]) -> Iterator[str]:
    """The elements of a statement in the order of an English sentence; ``NotAction`` and its kin keep their name."""
    yield statement["Effect"]
    for element, joint in (("Principal", ""), ("Action", "to"), ("Resource", "on")):
        for name in (element, f"Not{element}"):
            if name in statement:
                yield from filter(None, (joint, "" if name == element else name, _enumerated(statement[name])))
    for operator, keys in sorted(statement.get("Condition", {}).items()):
        for key, value in sorted(keys.items()):
            yield f"if {operator} {key} {_enumerated(value)}"


def _enumerated(value: Any) -> str:
    members = value.values() if isinstance(value, dict) else [value]
    return ", ".join(sorted(str(one) for member in members for one in _listed(member)))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
