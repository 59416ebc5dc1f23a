"""Each namespace of ours admits what our layers put there, and nothing else: a name too few would be deleted."""

from typing import Final

import pytest

from holdfast.kubernetes.kinds import ADDITIVE
from holdfast.kubernetes.namespaces import NamespaceState
from holdfast.kubernetes.state import ObjectState
from tests.static.declared import LINES

SPACES: Final = {path: line.desired for path, line in LINES.items() if isinstance(line.desired, NamespaceState)}
ADDING: Final = {kind.kind for kind in ADDITIVE}


def _put_into(space: str) -> set[str]:
    """What lies in the namespace of the line ``space``: its objects refer to it."""
    manifests = [line.desired.manifest for line in LINES.values() if isinstance(line.desired, ObjectState)]
    inside = [one for one in manifests if one["metadata"].get("namespace") == f"${{{space}.Name}}"]
    return {f"{one['kind']}/{one['metadata']['name']}" for one in inside if one["kind"] in ADDING}


@pytest.mark.parametrize("space", SPACES)
def test_a_namespace_admits_exactly_what_is_put_there(space: str) -> None:
    assert SPACES[space].objects == _put_into(space)
    assert SPACES[space].objects, f"{space}: not even a policy that keeps everybody out"
