"""One specimen of every kind of resource that a layer may own: a module a service, each has ``SPECIMENS``."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from tests.unit.aws.specimens.specimen import ADDRESS, TAGS, Deed, Specimen, policy

SPECIMENS: Final[dict[str, Specimen]] = {
    kind: specimen
    for module in iter_modules(__path__, f"{__name__}.")
    for kind, specimen in getattr(import_module(module.name), "SPECIMENS", {}).items()
}

__all__ = ["ADDRESS", "SPECIMENS", "TAGS", "Deed", "Specimen", "policy"]
