"""Imports a handler as Lambda would: with the layer, the packages that are named, and no others.

    python -I -S as_lambda.py <app.py> <the layer's folder> <folder of packages> <package> …

Says on standard output, as JSON, which ``packages`` were loaded and which environment ``variables`` the handler reads.
"""

import importlib.util
import json
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any


class Shelf:
    """Finds the packages that are named in a folder, and leaves the others there."""

    def __init__(self, folder: str, packages: set[str]) -> None:
        self.folder = folder
        self.packages = packages

    def find_spec(self, name: str, _path: Sequence[str] | None, _target: ModuleType | None = None) -> ModuleSpec | None:
        return PathFinder.find_spec(name, [self.folder]) if name in self.packages else None


def load(app: str) -> None:
    spec = importlib.util.spec_from_file_location("app", app)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)


def variables_read() -> list[str]:
    """The fields of every ``Settings`` that is loaded."""
    settings: Any = importlib.import_module("holdfast.aws.settings")
    return sorted({field for one in settings.Settings.__subclasses__() for field in one.__struct_encode_fields__})


if __name__ == "__main__":
    app, layer, folder, *packages = sys.argv[1:]
    sys.path.insert(0, layer)
    sys.meta_path.append(Shelf(folder, set(packages)))
    load(app)
    variables = variables_read()
    loaded = sorted({name.partition(".")[0] for name in sys.modules})
    sys.stdout.write(json.dumps({"packages": loaded, "variables": variables}))
