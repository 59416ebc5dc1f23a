"""Cuts AWS's service models down to the calls of the restore path: `make models`.

A client of EC2 holds its whole model in memory, some 700 calls and 22 MB; reading it is a third of a cold start. What
the restore functions call, the code says (see ``calls``). What is cut comes from the locked botocore, unchanged but for
the documentation; a test compares what is committed with what this would write.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Any, Final

import botocore
from botocore.exceptions import DataNotFoundError
from botocore.loaders import Loader

from tests.static.calls import made_by
from tests.static.stack import ROOT

FOLDER: Final = Path(__file__).parents[2] / "layers/holdfast/holdfast/aws/models"
APPS: Final = (
    *(ROOT / "functions" / one / "app.py" for one in ("audit", "reclaim")),
    *sorted(ROOT.glob("functions/restore_*/app.py")),
)
"""The restore path."""


def calls() -> Mapping[str, list[str]]:
    """What the restore path calls, by service. A session has one model of a service, whichever concern it is for."""
    made = sorted({tuple(call.operation.split(".")) for app in APPS for call in made_by(app)})
    return {service: [operation for _, operation in some] for service, some in groupby(made, key=itemgetter(0))}


def files() -> Iterator[tuple[Path, str]]:
    """Each file that should be committed, and its text."""
    # botocore's own data alone: nobody's ~/.aws/models may slip in.
    loader = Loader(
        extra_search_paths=[str(Path(botocore.__file__).parent / "data")], include_default_search_paths=False
    )
    for service, operations in calls().items():
        version = loader.determine_latest_version(service, "service-2")
        model = loader.load_service_model(service, "service-2", version)
        merged = _merged(loader, service, version)
        text = json.dumps(_cut(model, operations, merged), indent=1, sort_keys=True) + "\n"
        yield FOLDER / service / version / "service-2.json", text


def _merged(loader: Loader, service: str, version: str) -> list[str]:
    """The shapes to which botocore adds members of its own, whatever model it reads: a shape of these alone is none."""
    try:
        extras = loader.load_data(f"{service}/{version}/service-2.sdk-extras")
    except DataNotFoundError:
        return []
    return list(extras["merge"].get("shapes", {}))


def _cut(model: Mapping[str, Any], calls: Iterable[str], merged: Iterable[str]) -> dict[str, Any]:
    operations = {name: model["operations"][name] for name in calls}
    waiting = [part["shape"] for one in operations.values() for part in _parts(one)]
    waiting += merged
    shapes: dict[str, Any] = {}
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += [part["shape"] for part in _parts(shapes[name])]
    kept = {"metadata": model["metadata"], "operations": operations, "shapes": shapes, "version": model["version"]}
    cut: dict[str, Any] = _undocumented(kept)
    return cut


def _parts(of: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The references to shapes in an operation or in a shape."""
    yield from (of[part] for part in ("input", "output", "member", "key", "value") if part in of)
    yield from of.get("errors", [])
    yield from of.get("members", {}).values()


def _undocumented(value: Any) -> Any:
    match value:
        case dict():
            return {
                key: _undocumented(item)
                for key, item in value.items()
                if not (key == "documentation" and isinstance(item, str))
            }
        case list():
            return [_undocumented(item) for item in value]
        case _:
            return value


def main() -> None:
    for path, text in files():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == "__main__":
    main()
