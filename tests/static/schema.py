"""Writes docs/environment.schema.json, the JSON Schema of the environment file: ``make schema``."""

import json
from pathlib import Path
from typing import Any, Final

from holdfast.core.spec import Spec
from tests.static.stack import ROOT

SCHEMA: Final = ROOT / "docs" / "environment.schema.json"


def schema() -> dict[str, Any]:
    """The schema of the model, as JSON Schema 2020-12 ("JSON Schema", pydantic's documentation)."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Spec.model_json_schema()}


def write(path: Path = SCHEMA) -> None:
    path.write_text(json.dumps(schema(), indent=2) + "\n")


if __name__ == "__main__":
    write()
