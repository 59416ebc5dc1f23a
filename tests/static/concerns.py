"""Every concern of core/concerns, and how far its restore function goes into the kinds that it holds fields of.

A restorer makes again only what comes back and is at home in its concern, and never deletes. Of a kind that is at home
elsewhere it undoes its own fields alone: what it may call for that, the concern's table says (``Watched.writes``), and
the system's drifts, whose roles are enforced, show that it is enough.
"""

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Final

import msgspec

from holdfast.aws.kinds import KINDS
from holdfast.core import concerns
from holdfast.core.concern import Concern
from tests.static.modules import Body

RESTORES: Final = "restore_"


@cache
def every() -> Mapping[str, Concern]:
    """The concerns by name."""
    modules = [
        importlib.import_module(one.name) for one in pkgutil.iter_modules(concerns.__path__, "holdfast.core.concerns.")
    ]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Concern)]
    return {concern.name: concern for concern in found}


def of_app(app: Path) -> Concern | None:
    """The concern that an ``app.py`` restores, if it restores any."""
    return every().get(app.parent.name.removeprefix(RESTORES)) if app.parent.name.startswith(RESTORES) else None


def is_entered(body: Body, concern: Concern) -> bool:
    """Whether the concern's function can come into a method of one of our kinds."""
    kind = _kinds().get(body.owner)
    if kind is None or not body.is_method:
        return True
    if kind not in {watched.kind for watched in concern.watched}:
        return False
    at_home = concern.is_home_of(kind)
    match body.name:
        case "create":
            return at_home and KINDS[kind].comes_back
        case "update":
            return at_home and _changes_any(kind, concern)
        case "delete" | "discard":
            return False
        case _:
            return True


def _changes_any(kind: str, concern: Concern) -> bool:
    """Whether the concern holds a field of the kind that AWS can change in place."""
    fields = {field.encode_name for field in msgspec.structs.fields(KINDS[kind].model)}
    return any(concern.holds(kind, field) for field in fields - KINDS[kind].immutable)


def writes(concern: Concern) -> frozenset[str]:
    """The actions that the concern's table names."""
    return frozenset(action for watched in concern.watched for action in watched.writes)


def of_others(concern: Concern) -> frozenset[str]:
    """The actions that undo fields of kinds at home here which others hold, unless its own table names them too."""
    guests = (watched for other in every().values() if other != concern for watched in other.watched)
    theirs = (watched.writes for watched in guests if concern.is_home_of(watched.kind))
    return frozenset[str]().union(*theirs) - writes(concern)


@cache
def _kinds() -> Mapping[str, str]:
    """The kind of each class; not of objects in a cluster, which share their methods, and a name with IAM's Role."""
    return {resource.__name__: kind for kind, resource in KINDS.items() if not kind.startswith("Kubernetes::")}
