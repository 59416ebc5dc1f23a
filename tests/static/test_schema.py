"""The JSON Schema that editors and pipelines read is the one by which a build is admitted."""

import json
from typing import Any, Final

import jsonschema
import pytest

from holdfast.core.spec import Spec
from holdfast.core.trouble import WrongInput
from tests.static.schema import SCHEMA, schema
from tests.static.stack import ROOT

EXAMPLE: Final = json.loads((ROOT / "events" / "environment.json").read_text())
WRONG: Final[dict[str, Any]] = {
    "a name that is no DNS label": {**EXAMPLE, "name": "Atlas"},
    "a name that is too long": {**EXAMPLE, "name": "a" * 21},
    "no network": {"name": "atlas"},
    "a field that nobody knows": {**EXAMPLE, "colour": "blue"},
    "a retention that AWS does not take": {**EXAMPLE, "logs": {"retention_days": 2}},
}


def test_the_committed_schema_is_the_models() -> None:
    assert json.loads(SCHEMA.read_text()) == schema(), (
        "docs/environment.schema.json is stale: run `make schema`, commit"
    )


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


def test_the_example_is_admitted_by_both() -> None:
    jsonschema.validate(EXAMPLE, schema(), jsonschema.Draft202012Validator)
    assert Spec.admit(EXAMPLE).name == EXAMPLE["name"]


def test_the_example_is_complete() -> None:
    lacking = schema()["properties"].keys() - EXAMPLE.keys()
    assert not lacking, f"events/environment.json shows no {sorted(lacking)}: users start from it"


@pytest.mark.parametrize("why", WRONG)
def test_both_refuse(why: str) -> None:
    with pytest.raises(WrongInput):
        Spec.admit(WRONG[why])
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(WRONG[why], schema(), jsonschema.Draft202012Validator)


def test_every_field_says_what_it_is() -> None:
    parts = [schema(), *schema().get("$defs", {}).values()]
    silent = [
        name
        for part in parts
        for name, field in part.get("properties", {}).items()
        if "description" not in field and "$ref" not in field
    ]
    assert not silent, f"core/spec.py: fields without a description: {silent}"
