"""What a request says, read back from the wire by botocore's model: the members that the caller gave, by name.

Promises: `parameters` gives the members of the operation's input shape as JSON values, for each of AWS's protocols
(query, EC2, JSON, REST, CBOR); a request that cannot be read gives an empty dict, never an error, because the service
itself answers it with one. Rests on the protocol pages of Smithy (smithy.io, "AWS protocols").
"""

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qs, unquote
from xml.etree import ElementTree

from botocore.model import OperationModel
from botocore.parsers import RpcV2CBORParser

type Tree = dict[str, Any]

# A shape's kind is told by its `type_name`, which types cannot follow.
type Shape = Any

_NUMBERS: Final = frozenset({"integer", "long"})
_FRACTIONS: Final = frozenset({"float", "double"})


def parameters(
    operation: OperationModel, labels: Mapping[str, str], headers: Mapping[str, str], query: str, body: bytes
) -> dict[str, Any]:
    """Read the input of an operation; `labels` are the parts of the path that its model names."""
    shape: Shape = operation.input_shape
    if shape is None:
        return {}
    try:
        if "cbor" in headers.get("content-type", ""):
            return _from_cbor(body)
        if "x-amz-target" in headers:
            return _as_dict(json.loads(body or b"{}"))
        if operation.service_model.metadata["protocol"].startswith("rest-"):
            return _from_rest(operation, labels, headers, query, body)
        return _as_dict(_from_form(shape, _tree(query, body)))
    except (ValueError, ElementTree.ParseError):
        return {}


def _as_dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _from_cbor(body: bytes) -> dict[str, Any]:
    parser = RpcV2CBORParser()
    return _as_dict(parser.parse_data_item(parser.get_peekable_stream_from_bytes(body))) if body else {}


def _tree(query: str, body: bytes) -> Tree:
    """`A.1.B=x` as nested dicts, the query string above the body."""
    root: Tree = {}
    fields = {
        **parse_qs(body.decode(), keep_blank_values=True),
        **parse_qs(query, keep_blank_values=True),
    }
    for name, values in fields.items():
        *path, last = name.split(".")
        branch = root
        for part in path:
            step = branch.setdefault(part, {})
            branch = step if isinstance(step, dict) else {}
        branch[last] = values[0]
    return root


def _from_form(shape: Shape, value: Any) -> Any:
    match shape.type_name:
        case "structure":
            found = ((name, member, _branch(name, member, value)) for name, member in shape.members.items())
            return {name: _from_form(member, branch) for name, member, branch in found if branch is not None}
        case "list":
            return [_from_form(shape.member, item) for item in _items(value)]
        case "map":
            pairs = [list(item.values()) for item in _items(value) if isinstance(item, dict)]
            return {pair[0]: _from_form(shape.value, pair[-1]) for pair in pairs}
        case _:
            return _scalar(shape, value)


def _branch(name: str, member: Shape, tree: Any) -> Any:
    """Find a member: it is sent under its EC2 name, else its location name (capital first for EC2), else its own."""
    given = member.serialization.get("name", name)
    candidates = (member.serialization.get("queryName"), given, given[:1].upper() + given[1:], name)
    return next((tree[each] for each in candidates if each in tree), None) if isinstance(tree, dict) else None


def _items(tree: Any) -> list[Any]:
    """List the items in order: they lie below `N`, or below `member.N` (whatever the model calls `member`)."""
    while isinstance(tree, dict) and len(tree) == 1 and not next(iter(tree)).isdigit():
        tree = next(iter(tree.values()))
    if not isinstance(tree, dict):
        return []
    return [tree[key] for key in sorted((key for key in tree if key.isdigit()), key=int)]


def _from_rest(
    operation: OperationModel, labels: Mapping[str, str], headers: Mapping[str, str], query: str, body: bytes
) -> dict[str, Any]:
    shape: Shape = operation.input_shape
    fields = parse_qs(query, keep_blank_values=True)
    read: dict[str, Any] = {}
    for name, member in shape.members.items():
        place, wire = member.serialization.get("location"), member.serialization.get("name", name)
        if place == "uri" and wire in labels:
            read[name] = unquote(labels[wire])
        elif place == "querystring" and wire in fields:
            read[name] = fields[wire] if member.type_name == "list" else _scalar(member, fields[wire][0])
        elif place == "header" and wire.lower() in headers:
            read[name] = _scalar(member, headers[wire.lower()])
    return read | _from_body(operation, body)


def _from_body(operation: OperationModel, body: bytes) -> dict[str, Any]:
    shape: Shape = operation.input_shape
    payload = shape.serialization.get("payload")
    holder = shape.members[payload] if payload else shape
    if not body or holder.type_name != "structure":
        return {}
    if operation.service_model.metadata["protocol"] == "rest-json":
        content = json.loads(body)
    else:
        content = _from_xml(holder, ElementTree.fromstring(body))
    return {payload: content} if payload else _as_dict(content)


def _from_xml(shape: Shape, node: ElementTree.Element) -> Any:
    match shape.type_name:
        case "structure":
            found = ((name, member, _elements(name, member, node)) for name, member in shape.members.items())
            return {name: _member_from_xml(member, elements) for name, member, elements in found if elements}
        case "list":
            return [_from_xml(shape.member, child) for child in node]
        case _:
            return _scalar(shape, node.text or "")


def _elements(name: str, member: Shape, node: ElementTree.Element) -> list[ElementTree.Element]:
    wire = member.serialization.get("name", name)
    if member.type_name == "list" and member.serialization.get("flattened"):
        wire = member.member.serialization.get("name", wire)
    return [child for child in node if child.tag.rpartition("}")[2] == wire]


def _member_from_xml(member: Shape, elements: list[ElementTree.Element]) -> Any:
    if member.type_name == "list" and member.serialization.get("flattened"):
        return [_from_xml(member.member, element) for element in elements]
    return _from_xml(member, elements[0])


def _scalar(shape: Shape, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if shape.type_name in _NUMBERS:
        return int(value)
    if shape.type_name in _FRACTIONS:
        return float(value)
    return value.lower() == "true" if shape.type_name == "boolean" else value
