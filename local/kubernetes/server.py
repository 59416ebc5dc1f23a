"""One cluster's API on a loopback port, over TLS: who asks is asked first, then what they may, then the cluster.

Statuses as a 1.36 server was seen to give them: 401 for a token that is not valid, 403 for nobody in particular and for
whoever has no right.
"""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import yaml

from local.kubernetes.access import ANONYMOUS, OPEN_TO_ALL, Authenticator, User, allows
from local.kubernetes.audit import NAMESPACE_CONTROLLER, AuditLog, Heard, verb
from local.kubernetes.authority import ADDRESS, Authority
from local.kubernetes.cluster import Asked, Cluster
from local.kubernetes.refusal import Refusal
from local.kubernetes.served import SERVED, Place, place

_SILENCE: Final = 30
"""Seconds after which a connection that says nothing is closed."""


class Server:
    """Serves from its making on, until `stop`. `authenticator` is asked at each request, each is `told`."""

    def __init__(
        self, name: str, authenticator: Authenticator, told: Callable[[dict[str, Any]], None] = lambda _: None
    ) -> None:
        self.cluster = Cluster()
        self.audit = AuditLog(told)
        self._authenticator = authenticator
        authority = Authority(name)
        self.authority = authority.certificate
        self._http = _Listener((ADDRESS, 0), self._handler(), authority.serving())
        self._thread = threading.Thread(target=self._http.serve_forever, name=f"kubernetes-{name}", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"https://{ADDRESS}:{self._http.server_address[1]}"

    def stop(self) -> None:
        self._http.shutdown()
        self._http.hang_up()
        self._http.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            timeout = _SILENCE
            disable_nagle_algorithm = True

            def _do(self) -> None:
                length = int(self.headers.get("Content-Length") or 0)
                body = self.rfile.read(length)
                status, answer = server.answer(self.command, self.path, dict(self.headers.items()), body)
                data = json.dumps(answer).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(data)))
                self.end_headers()
                self.wfile.write(data)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _do  # noqa: N815  (names that the library asks for)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """The audit log says it."""

        return Handler

    def answer(self, method: str, target: str, headers: dict[str, str], body: bytes) -> tuple[int, dict[str, Any]]:
        """One request, from whoever its headers say."""
        sent = {name.lower(): value for name, value in headers.items()}
        url, agent = urlsplit(target), sent.get("user-agent", "unknown")
        there, user = place(url.path), ANONYMOUS
        try:
            user = self._user(sent.get("authorization", ""))
            self._authorize(user, method, url.path)
            asked = Asked(
                method,
                url.path,
                dict(parse_qsl(url.query)),
                _read(body),
                sent.get("content-type", "application/json").partition(";")[0],
                agent.partition("/")[0],
            )
            status, answer = self.cluster.answer(asked)
        except Refusal as refusal:
            status, answer = refusal.status, refusal.body
        if there:
            self._write_down(user, Heard(method, target, agent), there, status, answer)
        return status, answer

    def _write_down(self, user: User, heard: Heard, there: Place, status: int, answer: dict[str, Any]) -> None:
        """Under the name of what was made; and what the controller deletes that empties a namespace."""
        made = str(answer.get("metadata", {}).get("name", "")) if heard.method == "POST" and status == 201 else ""
        dry = "dryRun=All" in heard.uri
        self.audit.write(user, heard, there._replace(name=there.name or ("" if dry else made)), status)
        if heard.method == "DELETE" and there.served.resource == "namespaces" and status == 200 and not dry:
            for served in SERVED:
                if served.namespaced:
                    emptied = Heard("DELETE", f"/…/namespaces/{there.name}/{served.plural}", "kube-controller-manager")
                    self.audit.write(NAMESPACE_CONTROLLER, emptied, Place(served, there.name, "", ""), 200)

    def _user(self, authorization: str) -> User:
        scheme, _, token = authorization.partition(" ")
        if scheme.lower() != "bearer":
            return ANONYMOUS
        user = self._authenticator(token)
        if user is None:
            raise Refusal(401, "Unauthorized")
        return user._replace(groups=(*user.groups, "system:authenticated"))

    def _authorize(self, user: User, method: str, path: str) -> None:
        there = place(path)
        if there is None:
            if user is ANONYMOUS and path not in OPEN_TO_ALL:
                raise Refusal(403, f'forbidden: User "{user.name}" cannot {method.lower()} path "{path}"')
            return
        doing = verb(method, there)
        if not allows(user, doing, there.served, there.namespace):
            scope = f'in the namespace "{there.namespace}"' if there.namespace else "at the cluster scope"
            what = f'"{there.served.plural}" in API group "{there.served.group}" {scope}'
            named = f'{there.served.resource} "{there.name}"' if there.name else there.served.resource
            raise Refusal(403, f'{named} is forbidden: User "{user.name}" cannot {doing} resource {what}')


class _Listener(ThreadingHTTPServer):
    """TLS begins in the thread of the connection: who never shakes hands keeps nobody waiting."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler], context: Any) -> None:
        super().__init__(address, handler)
        self._context = context
        self._open: set[socket.socket] = set()

    def hang_up(self) -> None:
        """Close what clients keep open for their next request."""
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def finish_request(self, request: Any, client_address: Any) -> None:
        request.settimeout(_SILENCE)
        try:
            with self._context.wrap_socket(request, server_side=True) as secured:
                self._serve(secured, client_address)
        except OSError:
            return  # whoever asked has gone, or does not trust us

    def _serve(self, secured: socket.socket, client_address: Any) -> None:
        self._open.add(secured)
        try:
            super().finish_request(secured, client_address)
        finally:
            self._open.discard(secured)


def _read(body: bytes) -> Any:
    if not body:
        return None
    try:
        return json.loads(body)
    except ValueError:
        pass
    try:
        return yaml.safe_load(body)
    except yaml.YAMLError as error:
        raise Refusal(400, f"the body of the request could not be read: {error}") from error
