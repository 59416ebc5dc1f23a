"""What only the laptop's server has: an audit log in EKS's shape, and the access policies of EKS."""

from collections.abc import Iterator
from typing import Final

import pytest

from local.kubernetes.access import Grant, User, allows
from local.kubernetes.served import SERVED, Served
from local.kubernetes.server import Server

KINDS: Final = {one.kind: one for one in SERVED}
ALICE: Final = User("arn:aws:sts::1:assumed-role/dev/alice", ("system:masters",))
DEPLOYMENTS: Final = "/apis/apps/v1/namespaces/default/deployments"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server("atlas", {"alice": ALICE}.get)
    yield server
    server.stop()


def test_every_request_about_an_object_is_in_the_audit_log(server: Server) -> None:
    headers = {"Authorization": "Bearer alice", "User-Agent": "kubectl/v1.36.0"}
    server.answer("GET", f"{DEPLOYMENTS}/app", headers, b"")
    server.answer("DELETE", f"{DEPLOYMENTS}/app", {}, b"")
    server.answer("GET", "/version", headers, b"")

    looked, refused = server.audit.events
    assert looked["verb"] == "get"
    assert looked["user"] == {"username": ALICE.name, "groups": ["system:masters", "system:authenticated"]}
    assert looked["objectRef"] == {
        "resource": "deployments",
        "namespace": "default",
        "name": "app",
        "apiGroup": "apps",
        "apiVersion": "v1",
    }
    assert looked["responseStatus"]["code"] == 404
    assert looked["userAgent"] == "kubectl/v1.36.0"
    assert (refused["verb"], refused["responseStatus"]["code"]) == ("delete", 403)
    assert refused["user"]["username"] == "system:anonymous"


@pytest.mark.parametrize(
    ("policy", "verb", "kind", "namespace", "allowed"),
    [
        ("AmazonEKSClusterAdminPolicy", "delete", "ClusterRole", "", True),
        ("AmazonEKSAdminPolicy", "create", "Deployment", "default", True),
        ("AmazonEKSAdminPolicy", "create", "ClusterRole", "", False),
        ("AmazonEKSViewPolicy", "list", "Deployment", "default", True),
        ("AmazonEKSViewPolicy", "get", "Secret", "default", False),
        ("AmazonEKSViewPolicy", "patch", "Deployment", "default", False),
        ("AmazonEKSAdminViewPolicy", "get", "Node", "", True),
        ("AmazonEKSAdminViewPolicy", "patch", "Node", "", False),
    ],
)
def test_an_access_policy_allows_what_its_page_says(
    policy: str, verb: str, kind: str, namespace: str, *, allowed: bool
) -> None:
    assert allows(User("u", (), (Grant(policy),)), verb, KINDS[kind], namespace) is allowed


def test_a_policy_for_one_namespace_ends_there() -> None:
    deployments: Served = KINDS["Deployment"]
    user = User("u", (), (Grant("AmazonEKSAdminPolicy", ("team",)),))
    assert allows(user, "patch", deployments, "team")
    assert not allows(user, "patch", deployments, "default")
    assert not allows(user, "list", deployments, "")
