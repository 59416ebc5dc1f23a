"""Versions that must agree do: whoever raises one of them is told here which others go along."""

import json
import re
from importlib.resources import files

from holdfast.core.spec_parts import ClusterSpec
from holdfast.core.versions import KUBERNETES
from tests.static.stack import ROOT
from tests.support import moto_eks, world


def test_kubernetes_is_a_minor_version_that_a_spec_may_ask_for() -> None:
    assert re.fullmatch(r"1\.[0-9]{2}", KUBERNETES)
    assert ClusterSpec().version == KUBERNETES


def test_the_schema_has_the_kubernetes_that_is_chosen() -> None:
    schema = json.loads((ROOT / "docs" / "environment.schema.json").read_text())
    assert schema["$defs"]["ClusterSpec"]["properties"]["version"]["default"] == KUBERNETES, "run `make schema`"


def test_what_stands_in_for_eks_in_tests_has_add_ons_for_it() -> None:
    assert KUBERNETES in moto_eks.KUBERNETES, "tests/support/moto_eks.py: add the version"


def test_kube_proxy_is_of_the_clusters_minor_version() -> None:
    """ "kube-proxy versions" (eks/latest/userguide/managing-kube-proxy.html): one for each minor version."""
    assert world.ADDONS["kube-proxy"].startswith(f"v{KUBERNETES}."), "tests/support/world.py: ADDONS"


def test_kubernetes_validate_knows_the_kubernetes_that_is_chosen() -> None:
    """A schema a minor version, in a folder of its own; the strict ones are those that see a typing error."""
    schemas = files("kubernetes_validate") / "kubernetes-json-schema"
    known = {folder.name for folder in schemas.iterdir()}
    assert f"v{KUBERNETES}.0-local-strict" in known, f"requirements/dev.in: kubernetes-validate knows {sorted(known)}"
