"""The published OpenAPI document of Kubernetes 1.36: what fields there are, and by which keys lists are merged.

`x-kubernetes-list-map-keys`, `x-kubernetes-list-type` and `x-kubernetes-map-type` mean what "Merge strategy" of
kubernetes.io/docs/reference/using-api/server-side-apply says.
"""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from typing import Any, Final, NamedTuple

from jsonschema import Draft202012Validator

_FOLDER: Final = "kubernetes-json-schema/v1.36.0-local-strict/_definitions.json"
_QUANTITY: Final = "io.k8s.apimachinery.pkg.api.resource.Quantity"
_KINDS: Final = "x-kubernetes-group-version-kind"
# The document leaves the default of a key to its description.
KEY_DEFAULTS: Final = {"protocol": "TCP"}


@cache
def _definitions() -> Mapping[str, Any]:
    text = resources.files("kubernetes_validate").joinpath(_FOLDER).read_text()
    definitions: Mapping[str, Any] = json.loads(text)["$defs"]
    return definitions


@cache
def _names() -> Mapping[tuple[str, str], str]:
    return {
        (f"{one['group']}/{one['version']}".lstrip("/"), one["kind"]): name
        for name, definition in _definitions().items()
        for one in definition.get(_KINDS, ())
    }


class Schema(NamedTuple):
    """The schema of one field, whose own annotations stand beside the reference to its type."""

    name: str
    node: Mapping[str, Any]

    @classmethod
    def of(cls, api_version: str, kind: str) -> "Schema":
        name = _names()[api_version, kind]
        return cls(name, _definitions()[name])

    @property
    def is_quantity(self) -> bool:
        return self.name == _QUANTITY

    @property
    def is_atomic(self) -> bool:
        return "atomic" in (self.node.get("x-kubernetes-list-type"), self.node.get("x-kubernetes-map-type"))

    @property
    def keys(self) -> tuple[str, ...]:
        """By which the members of this list are merged; empty where it is no such list."""
        return tuple(self.node.get("x-kubernetes-list-map-keys", ()))

    @property
    def is_set(self) -> bool:
        return self.node.get("x-kubernetes-list-type") == "set"

    @property
    def has_fields(self) -> bool:
        """A type with named fields, not a map with keys of anybody's choice."""
        return "properties" in self.node

    @property
    def closed(self) -> bool:
        return self.has_fields and self.node.get("additionalProperties") is False

    def member(self, name: str) -> "Schema | None":
        """The schema of a field, or of a map's values."""
        fields = self.node.get("properties", {})
        found = fields[name] if name in fields else self.node.get("additionalProperties")
        return _resolved(found) if isinstance(found, dict) else None

    @property
    def items(self) -> "Schema":
        return _resolved(self.node.get("items", {}))

    def key_of(self, item: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
        return tuple((key, item.get(key, KEY_DEFAULTS.get(key))) for key in self.keys)


ANYTHING: Final = Schema("", {})


def _resolved(node: Mapping[str, Any]) -> Schema:
    if "$ref" not in node:
        return Schema("", node)
    name = node["$ref"].rpartition("/")[2]
    return Schema(name, {**_definitions()[name], **node})


def undeclared(value: Any, schema: Schema, path: str = "") -> Iterator[str]:
    """The paths of fields that the schema does not have."""
    match value:
        case dict():
            for key, member in value.items():
                below = schema.member(key)
                if below is None and schema.closed:
                    yield f"{path}.{key}"
                else:
                    yield from undeclared(member, below or ANYTHING, f"{path}.{key}")
        case list():
            for place, member in enumerate(value):
                yield from undeclared(member, schema.items, f"{path}[{place}]")


def misshapen(value: Mapping[str, Any], api_version: str, kind: str) -> Iterator[tuple[str, str, str]]:
    """What the schema refuses: which rule (`type`, `required`…), where, and why."""
    for error in _validator(_names()[api_version, kind]).iter_errors(value):
        where = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.absolute_path)
        yield str(error.validator), where.lstrip("."), error.message


@cache
def _validator(name: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": _definitions()})
