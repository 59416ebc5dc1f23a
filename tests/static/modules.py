"""Which functions of ours are reached from an ``app.py``: its imports, followed, and the names that they mention.

See ``calls`` for what this rests on and where it can err.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import NamedTuple

from tests.static.classes import LAYER, ancestors, bases, family, parsed, plain


class Body(NamedTuple):
    """A function under the name by which it is reached: a special method goes with its class, ``owner``."""

    name: str
    path: Path
    node: ast.AST
    owner: str = ""
    is_method: bool = False


class Mentions(NamedTuple):
    """What a body speaks of. What it binds itself is only a variable.

    ``methods``: by class and name, those of ``self`` and of parameters that are annotated with a class of ours;
    ``attributes``: of all the rest.
    """

    path: Path
    names: frozenset[str]
    attributes: frozenset[str]
    methods: frozenset[tuple[str, str]]

    def words(self) -> set[str]:
        """The names of all that may be reached from it."""
        return {*self.names, *self.attributes, *(method for _, method in self.methods)}

    def reach(self, other: Body) -> bool:
        """A method is always somebody's attribute; a private name is its module's own."""
        if other.name.startswith("_") and other.path != self.path:
            return False
        if other.is_method:
            return other.name in self.attributes or (other.owner, other.name) in self.methods
        return other.name in self.names | self.attributes


@cache
def _mentions(body: Body) -> Mentions:
    names = [one for one in ast.walk(body.node) if isinstance(one, ast.Name)]
    bound = {one.id for one in names if isinstance(one.ctx, ast.Store)}
    classes, attributes, methods = _classes(body), set(), set()
    for one in ast.walk(body.node):
        match one:
            case ast.Attribute(value=ast.Name(id=name), attr=method) if name in classes:
                methods |= {(relative, method) for relative in family(classes[name])}
            case ast.Attribute(attr=attribute):
                attributes.add(attribute)
    fields = {method for _, method in methods}  # one may hold a function: which, only its name says
    return Mentions(
        body.path,
        frozenset(one.id for one in names) - bound | fields,
        frozenset(attributes),
        frozenset(methods),
    )


def _classes(body: Body) -> Mapping[str, str]:
    """The class of ``self`` and of each parameter where it is one of ours. Anything may keep a protocol."""
    found = {"self": {body.owner}}
    for one in ast.walk(body.node):
        match one:
            case ast.arg(arg="self"):
                continue
            case ast.arg(arg=name, annotation=ast.expr() as annotation):
                found.setdefault(name, set()).add(plain(annotation))
            case ast.arg(arg=name):
                found.setdefault(name, set()).add("")
    classes = {name: kinds.pop() for name, kinds in found.items() if len(kinds) == 1}
    return {name: kind for name, kind in classes.items() if kind in bases() and "Protocol" not in ancestors(kind)}


def reached_from(app: Path, *, is_entered: Callable[[Body], bool] = lambda _: True) -> list[Body]:
    """``app`` itself, and all functions that it reaches."""
    waiting = defaultdict[str, set[Body]](set)
    for body in (body for path in imported_by(app) for body in functions_in(path) if is_entered(body)):
        waiting[body.name].add(body)
    reached = [Body("app", app, parsed(app))]
    for body in reached:
        mentions = _mentions(body)
        for name in mentions.words() & waiting.keys():
            found = {one for one in waiting[name] if mentions.reach(one)}
            reached += found
            waiting[name] -= found
    return reached


def functions_under(package: Path) -> Iterator[Body]:
    """Every function in a package."""
    for path in sorted(package.rglob("*.py")):
        yield from functions_in(path)


@cache
def functions_in(path: Path) -> tuple[Body, ...]:
    """Every function of a module, methods and nested ones too."""
    return tuple(_functions_in(path, parsed(path), ""))


def _functions_in(path: Path, within: ast.AST, owner: str) -> Iterator[Body]:
    """``owner``: the class whose ``self`` is seen ``within``."""
    for node in ast.iter_child_nodes(within):
        match within, node:
            case ast.ClassDef(), ast.FunctionDef(name=name) if name.startswith("__"):
                yield Body(owner, path, node, owner)
            case ast.ClassDef(), ast.FunctionDef(name=name):
                yield Body(name, path, node, owner, is_method=True)
            case _, ast.FunctionDef(name=name):
                yield Body(name, path, node, owner)
        yield from _functions_in(path, node, node.name if isinstance(node, ast.ClassDef) else owner)


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
