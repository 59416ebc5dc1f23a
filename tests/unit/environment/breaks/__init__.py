"""Every break of every layer, a module a family of layers; each module has ``BREAKS``."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from tests.unit.environment.breaks.broken import Break

BREAKS: Final[tuple[Break, ...]] = tuple(
    broken
    for module in iter_modules(__path__, f"{__name__}.")
    for broken in getattr(import_module(module.name), "BREAKS", ())
)
