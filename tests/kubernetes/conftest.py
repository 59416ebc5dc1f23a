"""Each test runs against the laptop's Kubernetes API, and against a real one where there is one (see ``servers``)."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.kubernetes import servers
from tests.kubernetes.servers import Wire

REAL = pytest.param(
    "real",
    marks=pytest.mark.skipif(
        not (servers.ASSETS or servers.RUNNING), reason="KUBEBUILDER_ASSETS or K8S_API_URL names no real server"
    ),
)


@pytest.fixture(scope="session", params=["laptop", REAL])
def api(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Wire]:
    serving = servers.laptop() if request.param == "laptop" else servers.real(tmp_path_factory.mktemp("real"))
    with serving as wire:
        yield wire


@pytest.fixture
def home(api: Wire) -> Iterator[str]:
    """A namespace of the test's own."""
    name = f"test-{uuid4().hex[:8]}"
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    assert api.request("POST", "/api/v1/namespaces", body=body).status == 201
    yield name
    api.request("DELETE", f"/api/v1/namespaces/{name}")
