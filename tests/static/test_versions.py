"""Versions that must agree do: whoever raises one of them is told here which others go along."""

import ast
import json
import re
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Final

import pytest

from holdfast.core import versions
from holdfast.core.spec_parts import ClusterSpec
from holdfast.core.versions import CLUSTER_AUTOSCALERS, KUBERNETES
from local.gaps import eks_addons
from local.kubernetes import schema, served
from tests.static.stack import ROOT
from tests.support import moto_eks, world

DAY: Final = re.compile(r"\b20\d\d-[01]\d-[0-3]\d\b")
PAGE: Final = re.compile(r'"[A-Z][^"]+"|\b[a-z0-9.-]+\.(com|io|org)/\S+')
"""A title as people search for it, or an address."""


def _described() -> dict[str, str]:
    """By the name of each constant in the module of versions, what is written under it."""
    body = ast.parse(Path(versions.__file__).read_text()).body
    return {
        one.target.id: under.value.value
        if isinstance(under, ast.Expr) and isinstance(under.value, ast.Constant) and isinstance(under.value.value, str)
        else ""
        for one, under in pairwise(body)
        if isinstance(one, ast.AnnAssign) and isinstance(one.target, ast.Name)
    }


def test_all_constants_of_the_module_are_looked_at() -> None:
    assert _described().keys() == {name for name in vars(versions) if name.isupper()}


@pytest.mark.parametrize("name", _described())
def test_a_version_says_when_it_was_looked_up_and_where(name: str) -> None:
    said = _described()[name]
    assert DAY.search(said), f"core/versions.py: {name} does not say on which day it was looked up"
    assert PAGE.search(said), f"core/versions.py: {name} names no page"


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


def test_there_is_a_cluster_autoscaler_for_it_by_its_digest() -> None:
    assert re.fullmatch(rf"v{KUBERNETES}\.\d+@sha256:[0-9a-f]{{64}}", CLUSTER_AUTOSCALERS[KUBERNETES])


def test_the_laptop_has_that_kubernetes() -> None:
    assert schema._FOLDER.startswith(f"kubernetes-json-schema/v{KUBERNETES}."), "local/kubernetes/schema.py"
    assert served.VERSION.startswith(f"v{KUBERNETES}."), "local/kubernetes/served.py"


def test_the_laptops_eks_has_add_ons_for_it() -> None:
    assert KUBERNETES in eks_addons._KUBERNETES, "local/gaps/eks_addons.py: add the version, and its add-ons'"
    _, defaults = eks_addons._VERSIONS["kube-proxy"]
    of_its_own = dict(zip(eks_addons._KUBERNETES, defaults, strict=True))[KUBERNETES]
    assert of_its_own.startswith(f"v{KUBERNETES}."), "local/gaps/eks_addons.py: kube-proxy goes with Kubernetes"
