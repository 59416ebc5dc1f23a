"""One promise of each kind as the manifest of a standing environment keeps it: ``promises/<kind>.json``.

What is committed stands for what was written long ago, in accounts that nobody here sees, by the layers of that day. So
it is not written anew when a model changes, but only if no environment stands under the old shape:

    PYTHONPATH=layers/holdfast:. python -m tests.unit.aws.promised AWS::EC2::VPC …
"""

import json
import sys
from pathlib import Path
from typing import Final

from holdfast.environment.catalogue import LAYERS
from tests.support.world import SITE, spec

FOLDER: Final = Path(__file__).parent / "promises"
RENEW: Final = "PYTHONPATH=layers/holdfast:. python -m tests.unit.aws.promised"


def file(kind: str) -> Path:
    return FOLDER / f"{kind.lower().replace('::', '-')}.json"


def written_today(kind: str) -> str:
    """The longest promise of the kind that a layer makes: it has the most to be misread."""
    lines = [line for layer in LAYERS.values() for line in layer.declared(spec(), SITE) if line.kind == kind]
    return max((json.dumps(line.properties, indent=2, sort_keys=True) + "\n" for line in lines), key=len)


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    for kind in sys.argv[1:]:
        file(kind).write_text(written_today(kind))


if __name__ == "__main__":
    main()
