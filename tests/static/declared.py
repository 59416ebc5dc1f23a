"""Every line of every layer, as one build of the example environment would declare them in this account."""

from typing import Any, Final

from holdfast.core.manifest import Declared
from holdfast.core.site import Site
from holdfast.core.spec import Spec
from holdfast.environment import names
from holdfast.environment.catalogue import LAYERS
from tests.static.stack import HERE, stack

SITE: Final = Site(
    "aws",
    "eu-west-1",
    "123456789012",
    ("eu-west-1a", "eu-west-1b", "eu-west-1c"),
    stack().resolved({"Ref": "EnvironmentBoundary"}),
    "Z0123456789EXAMPLE",
    f"arn:aws:lambda:{HERE}:layer:holdfast:1",
    stack().resolved({"Ref": "AlertsTopic"}),
    f"arn:aws:lambda:{HERE}:function:holdfast-audit",
    dict.fromkeys((*names.NODE_ADDONS, *names.ADDONS), "v1.0.0-eksbuild.1"),
)
SPEC: Final = Spec.admit(
    {"name": "atlas", "network": {"cidr": "10.20.0.0/16"}, "dns": {"zone": "holdfast.example"}, "nodes": {"gpu": {}}}
)
LINES: Final[dict[str, Declared]] = {
    f"{layer.name}/{line.name}": line for layer in LAYERS.values() for line in layer.declared(SPEC, SITE)
}
"""By ``layer/name``."""
DESIRED: Final[dict[str, Any]] = {path: line.desired for path, line in LINES.items()}
