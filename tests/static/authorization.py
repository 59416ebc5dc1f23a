"""What AWS's Service Authorization Reference says of an action, from the machine-readable copy that cfn-lint carries.

"Simplified AWS service information for programmatic access" (service-authorization/latest/reference/service-reference).
"""

import json
from functools import cache
from importlib.resources import files
from typing import Any, Final

TAG: Final = "aws:ResourceTag/"


def is_known(action: str) -> bool:
    service, name = _split(action)
    return name in _reference().get(service, {}).get("Actions", {})


def resource_types(action: str) -> frozenset[str]:
    """The types of resources that the action can be bound to; none if it knows only ``*``."""
    service, name = _split(action)
    return frozenset(_reference()[service]["Actions"][name].get("Resources", []))


def heeds_ownership(action: str) -> bool:
    """Whether a condition on a resource's tag can ever be true for the action."""
    service, _ = _split(action)
    types = _reference()[service].get("Resources", {})
    keys = (key for kind in resource_types(action) for key in types.get(kind.lower(), {}).get("ConditionKeys", []))
    return any(key.startswith(TAG) for key in keys)


def _split(action: str) -> tuple[str, str]:
    service, _, name = action.lower().partition(":")
    return service, name


@cache
def _reference() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(files("cfnlint").joinpath("data/AdditionalSpecs/Policies.json").read_text())
    return found
