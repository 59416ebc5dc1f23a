"""References between resources, in CloudFormation's own notation (``Fn::Sub``).

``${network/vpc}`` is what AWS calls the resource ``vpc`` of the layer ``network`` (its ``Ref``), ``${keys/data.Arn}``
one of its attributes. They stay symbolic in the manifest and are resolved when read, so that a resource which comes
back under a new id takes all that lean on it along. They may stand in values and in keys: the conditions of a trust
policy are keyed by the issuer of the cluster's tokens.
"""

import re
from collections.abc import Mapping

from holdfast.core.resource import Physical

REFERENCE = re.compile(r"\$\{([a-z0-9_]+/[a-z0-9_]+)(?:\.([A-Za-z]+))?\}")

NONE = frozenset[str]()


def resolve(value: object, physical: Mapping[str, Physical]) -> object:
    """``value`` (any JSON) with each reference replaced that ``physical`` (by ``layer/name``) can answer."""
    match value:
        case str():
            return REFERENCE.sub(lambda match: _answer(match, physical), value)
        case Mapping():
            return {resolve(key, physical): resolve(item, physical) for key, item in value.items()}
        case list() | tuple():
            return [resolve(item, physical) for item in value]
        case _:
            return value


def references(value: object) -> frozenset[str]:
    """The ``layer/name`` of every resource that ``value`` still refers to."""
    match value:
        case str():
            return frozenset(match[1] for match in REFERENCE.finditer(value)) if "${" in value else NONE
        case Mapping():
            return NONE.union(*map(references, (*value, *value.values())))
        case list() | tuple():
            return NONE.union(*map(references, value))
        case _:
            return NONE


def _answer(match: re.Match[str], physical: Mapping[str, Physical]) -> str:
    attributes = physical.get(match[1], {})
    return attributes.get(match[2] or "id", match[0])
