"""The servers that the suite runs against: the laptop's, and a real one where the environment names one.

``KUBEBUILDER_ASSETS`` is a folder with ``etcd`` and ``kube-apiserver`` (envtest's convention). ``K8S_API_URL`` is the
address of a server that runs, with ``K8S_API_TOKEN`` of somebody who may do everything,
``K8S_API_TOKEN_WITHOUT_RIGHTS`` of somebody who may do nothing, and ``K8S_API_CA``, the file of its authority.
"""

import json
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import urllib3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from holdfast.kubernetes.api import APPLY, JSON, JSON_PATCH, Answer
from holdfast.kubernetes.direct import trusting
from local.kubernetes.access import User
from local.kubernetes.server import Server

ADMIN: Final = "admin-token"
NOBODY: Final = "nobody-token"
ASSETS: Final = os.environ.get("KUBEBUILDER_ASSETS", "")
RUNNING: Final = os.environ.get("K8S_API_URL", "")
_START_SECONDS: Final = 60


class Wire(NamedTuple):
    """``kubernetes.api.Api`` over HTTPS; ``other`` is the token of somebody without rights."""

    url: str
    token: str
    other: str
    pool: urllib3.PoolManager

    def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] = {},
        body: object = None,
        content_type: str = JSON,
    ) -> Answer:
        headers = {"Content-Type": content_type, "User-Agent": "kubectl/v1.36"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        sent = None if body is None else json.dumps(body)
        answer = self.pool.request(method, f"{self.url}{path}?{urlencode(query)}", body=sent, headers=headers)
        told = json.loads(answer.data) if answer.data[:1] == b"{" else {"message": answer.data.decode()}
        return Answer(answer.status, told)

    def apply(self, path: str, body: object, manager: str = "holdfast", **query: str) -> Answer:
        return self.request("PATCH", path, query={"fieldManager": manager, **query}, body=body, content_type=APPLY)

    def edit(self, path: str, body: object) -> Answer:
        strategic = "application/strategic-merge-patch+json"
        return self.request("PATCH", path, query={"fieldManager": "editor"}, body=body, content_type=strategic)

    def patch(self, path: str, *steps: Mapping[str, Any]) -> Answer:
        return self.request("PATCH", path, body=steps, content_type=JSON_PATCH)


def _wire(url: str, authority: str, token: str = ADMIN, other: str = NOBODY) -> Wire:
    pool = urllib3.PoolManager(ssl_context=trusting(authority), retries=False, timeout=20)
    return Wire(url, token, other, pool)


@contextmanager
def laptop() -> Iterator[Wire]:
    users = {ADMIN: User("admin", ("system:masters",)), NOBODY: User("nobody")}
    server = Server("tests", users.get)
    try:
        yield _wire(server.url, server.authority.decode())
    finally:
        server.stop()


@contextmanager
def real(folder: Path) -> Iterator[Wire]:
    if RUNNING:
        authority = Path(os.environ["K8S_API_CA"]).read_text()
        yield _wire(RUNNING, authority, os.environ["K8S_API_TOKEN"], os.environ["K8S_API_TOKEN_WITHOUT_RIGHTS"])
        return
    store, peers, port = (_free_port() for _ in range(3))
    (folder / "tokens.csv").write_text(f'{ADMIN},admin,1,"system:masters"\n{NOBODY},nobody,2\n')
    (folder / "accounts.key").write_bytes(_key())
    started = [
        subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=(folder / f"{name}.log").open("wb"))
        for name, command in (("etcd", _etcd(folder, store, peers)), ("kube-apiserver", _api(folder, store, port)))
    ]
    try:
        yield _ready(folder, port)
    finally:
        for process in reversed(started):
            process.terminate()
            process.wait()


def _ready(folder: Path, port: int) -> Wire:
    certificate, deadline = folder / "apiserver.crt", time.monotonic() + _START_SECONDS
    while True:
        assert time.monotonic() < deadline, (folder / "kube-apiserver.log").read_text()[-2000:]
        time.sleep(0.2)
        if not certificate.exists():
            continue
        wire = _wire(f"https://127.0.0.1:{port}", certificate.read_text())
        try:
            if wire.request("GET", "/api/v1/namespaces/default").status == 200:
                return wire
        except urllib3.exceptions.HTTPError:
            continue


def _etcd(folder: Path, store: int, peers: int) -> list[str]:
    clients, others = f"http://127.0.0.1:{store}", f"http://127.0.0.1:{peers}"
    listen = [f"--listen-client-urls={clients}", f"--advertise-client-urls={clients}", f"--listen-peer-urls={others}"]
    cluster = [f"--initial-advertise-peer-urls={others}", f"--initial-cluster=default={others}"]
    return [f"{ASSETS}/etcd", f"--data-dir={folder / 'etcd'}", *listen, *cluster]


def _api(folder: Path, store: int, port: int) -> list[str]:
    return [
        f"{ASSETS}/kube-apiserver",
        f"--etcd-servers=http://127.0.0.1:{store}",
        f"--secure-port={port}",
        "--bind-address=127.0.0.1",
        "--advertise-address=127.0.0.1",
        f"--cert-dir={folder}",
        f"--token-auth-file={folder / 'tokens.csv'}",
        "--authorization-mode=RBAC",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={folder / 'accounts.key'}",
        f"--service-account-signing-key-file={folder / 'accounts.key'}",
        "--service-cluster-ip-range=172.20.0.0/16",
        "--disable-admission-plugins=ServiceAccount",
        "--allow-privileged=true",
    ]


def _key() -> bytes:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
