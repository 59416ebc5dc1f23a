"""The classes of the layer by name, no two are called alike: which can stand where which is named."""

import ast
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

from tests.static.stack import ROOT

LAYER: Final = ROOT / "layers" / "holdfast"


@cache
def family(name: str) -> frozenset[str]:
    """The classes that one named ``name`` can be an instance of, or has a method from."""
    heirs = {one for one in bases() if name in ancestors(one)}
    return frozenset(heirs).union(*map(ancestors, heirs))


@cache
def ancestors(name: str) -> frozenset[str]:
    """The class itself too."""
    return frozenset({name}).union(*map(ancestors, bases().get(name, ())))


@cache
def bases() -> Mapping[str, frozenset[str]]:
    nodes = (node for path in sorted(LAYER.rglob("*.py")) for node in ast.walk(parsed(path)))
    return {node.name: frozenset(map(plain, node.bases)) for node in nodes if isinstance(node, ast.ClassDef)}


def plain(annotation: ast.expr) -> str:
    """``AwsResource`` of ``AwsResource[VpcState]``, with quotes or without."""
    match annotation:
        case ast.Subscript(value=value):
            return plain(value)
        case ast.Constant(value=str() as quoted):
            return plain(ast.parse(quoted, mode="eval").body)
        case _:
            return ast.unparse(annotation)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))
