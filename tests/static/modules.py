"""Which functions of ours are reached from an ``app.py``: its imports, followed, and the names that they mention.

See ``calls`` for what this rests on and where it can err.
"""

import ast
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.static.stack import ROOT

LAYER: Final = ROOT / "layers" / "holdfast"


class Body(NamedTuple):
    """A function under the name by which it is reached: a special method goes with its class."""

    name: str
    path: Path
    node: ast.AST
    is_method: bool = False


class Mentions(NamedTuple):
    """What a body speaks of. What it binds itself is only a variable."""

    path: Path
    names: frozenset[str]
    attributes: frozenset[str]

    def reach(self, other: Body) -> bool:
        """A method is always somebody's attribute; a private name is its module's own."""
        if other.name.startswith("_") and other.path != self.path:
            return False
        return other.name in self.attributes or (other.name in self.names and not other.is_method)


@cache
def _mentions(body: Body) -> Mentions:
    names = [one for one in ast.walk(body.node) if isinstance(one, ast.Name)]
    bound = {one.id for one in names if isinstance(one.ctx, ast.Store)}
    attributes = (one.attr for one in ast.walk(body.node) if isinstance(one, ast.Attribute))
    return Mentions(body.path, frozenset(one.id for one in names) - bound, frozenset(attributes))


def reached_from(app: Path) -> list[Body]:
    """``app`` itself, and all functions that it reaches."""
    waiting = [body for path in imported_by(app) for body in functions_in(path)]
    reached = [Body("app", app, parsed(app))]
    for body in reached:
        mentions = _mentions(body)
        reached += [one for one in waiting if mentions.reach(one)]
        waiting = [one for one in waiting if not mentions.reach(one)]
    return reached


def functions_under(package: Path) -> Iterator[Body]:
    """Every function in a package."""
    for path in sorted(package.rglob("*.py")):
        yield from functions_in(path)


@cache
def functions_in(path: Path) -> tuple[Body, ...]:
    """Every function of a module, methods and nested ones too."""
    return tuple(_functions_in(path))


def _functions_in(path: Path) -> Iterator[Body]:
    for owner in ast.walk(parsed(path)):
        for node in ast.iter_child_nodes(owner):
            match owner, node:
                case ast.ClassDef(), ast.FunctionDef(name=name) if name.startswith("__"):
                    yield Body(owner.name, path, node)
                case ast.ClassDef(), ast.FunctionDef(name=name):
                    yield Body(name, path, node, is_method=True)
                case _, ast.FunctionDef(name=name):
                    yield Body(name, path, node)


def imported_by(app: Path) -> list[Path]:
    """The modules of ours that are loaded with ``app``."""
    waiting, seen = [app], {app}
    for path in waiting:
        waiting += sorted(_loaded_by(path) - seen)
        seen |= _loaded_by(path)
    return waiting[1:]


@cache
def _loaded_by(path: Path) -> frozenset[Path]:
    return frozenset(file for module in imports(parsed(path)) for file in _files(module))


def imports(node: ast.AST) -> Iterator[str]:
    """Every module, or name of one, that is imported in ``node``, but for what only a type checker reads."""
    for one in ast.iter_child_nodes(node):
        match one:
            case ast.If(test=ast.Name(id="TYPE_CHECKING")):
                continue
            case ast.Import(names=aliases):
                yield from (alias.name for alias in aliases)
            case ast.ImportFrom(module=str() as module, names=aliases):
                yield from (f"{module}.{alias.name}" for alias in aliases)
            case _:
                yield from imports(one)


def _files(module: str) -> Iterable[Path]:
    """The files that importing ``module`` loads, its parents' among them."""
    parts = module.split(".")
    packages = [LAYER.joinpath(*parts[:length]) for length in range(1, len(parts) + 1)]
    return [file for one in packages for file in (one / "__init__.py", one.with_suffix(".py")) if file.is_file()]


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))
