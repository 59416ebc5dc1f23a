"""One promise of each kind as the manifest of a standing environment keeps it: ``promises/<kind>.json``.

What is committed stands for what was written long ago, in accounts that nobody here sees, by the layers of that day. So
it is not written anew when a model changes, but only if no environment stands under the old shape:

    PYTHONPATH=layers/holdfast:. python -m tests.unit.aws.promised AWS::EC2::VPC …
"""

import json
import sys
from pathlib import Path
from typing import Final

from holdfast.aws.clients import Clients
from holdfast.core.manifest import properties
from holdfast.environment.catalogue import LAYERS
from tests.support.world import SITE, spec
from tests.unit.aws.specimens import SPECIMENS

FOLDER: Final = Path(__file__).parent / "promises"
RENEW: Final = "PYTHONPATH=layers/holdfast:. python -m tests.unit.aws.promised"


def file(kind: str) -> Path:
    return FOLDER / f"{kind.lower().replace('::', '-')}.json"


def written_today(kind: str) -> str:
    """The longest promise of the kind that a layer makes: it has the most to be misread.

    Of an object in the cluster that no layer has yet, the specimen's, which leans on nothing.
    """
    lines = [line for layer in LAYERS.values() for line in layer.declared(spec(), SITE) if line.kind == kind]
    promises = [line.properties for line in lines] or [properties(SPECIMENS[kind].promise(Clients()))]
    return max((json.dumps(promise, indent=2, sort_keys=True) + "\n" for promise in promises), key=len)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for kind in sys.argv[1:]:
        file(kind).write_text(written_today(kind))


if __name__ == "__main__":
    main()
