"""A way to AWS on which calls go wrong: the reply is lost after the effect, or the caller is killed before it comes.

A function is sent this way by its own configuration (``misled``). A fault proxy for emulators can lose a reply; none
knows the process that waits for it, and to die between a call's effect and its answer is what must be survived.
"""

import http.client
import os
import re
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

import psutil

from tests.support.cloud import root
from tests.support.waiting import until

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_OPERATION: Final = re.compile(rb"(?:^|&)Action=(\w+)")
_TARGET: Final = re.compile(r"\.(\w+)$")

type Strike = Callable[["_Passage"], None]


class Way(ThreadingHTTPServer):
    """On the loopback address; hands everything on, but each of ``operations`` goes wrong the first time it works."""

    daemon_threads = True

    def __init__(self, operations: set[str], strike: Strike) -> None:
        super().__init__(("127.0.0.1", 0), _Passage)
        self._left = set(operations)
        self._lock = Lock()
        self.strike = strike
        self.struck: list[str] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def takes(self, operation: str) -> bool:
        """Whether this call goes wrong."""
        with self._lock:
            if operation not in self._left:
                return False
            self._left.remove(operation)
            self.struck.append(operation)
            return True


class _Passage(BaseHTTPRequestHandler):
    server: Way

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        upstream = urlsplit(os.environ["AWS_ENDPOINT_URL"])
        with closing(http.client.HTTPConnection(upstream.netloc, timeout=30)) as onward:
            onward.request(self.command, self.path, body, dict(self.headers))
            answer = onward.getresponse()
            content = answer.read()
        if answer.status < 300 and self.server.takes(_operation(self.headers.get("X-Amz-Target", ""), body)):
            self.server.strike(self)
            return
        self.send_response(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in {"connection", "content-length", "transfer-encoding", "date", "server"}:
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = _pass  # noqa: N815  (the names by which the base class calls)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  (the base class's own signature)
        """Says nothing."""


def lose_the_reply(passage: _Passage) -> None:
    passage.connection.shutdown(socket.SHUT_RDWR)


def kill_the_caller(passage: _Passage) -> None:
    port = passage.client_address[1]
    ends = psutil.net_connections("tcp4")
    caller = next(end.pid for end in ends if end.laddr and end.laddr[1] == port and end.pid != os.getpid())
    assert caller is not None
    os.kill(caller, signal.SIGKILL)
    lose_the_reply(passage)


@contextmanager
def misled(function: str, operations: set[str], strike: Strike) -> Iterator[Way]:
    """The function reaches AWS by a way on which each of ``operations`` goes wrong once."""
    functions: LambdaClient = root.client("lambda")
    told = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    with Way(operations, strike) as way:
        Thread(target=way.serve_forever, daemon=True).start()
        _tell(function, told | {"AWS_ENDPOINT_URL": way.url})
        try:
            yield way
        finally:
            _tell(function, told)
            way.shutdown()


def _tell(function: str, variables: dict[str, str]) -> None:
    functions: LambdaClient = root.client("lambda")
    functions.update_function_configuration(FunctionName=function, Environment={"Variables": variables})
    until(
        "the function's new configuration is in force",
        lambda: functions.get_function_configuration(FunctionName=function).get("LastUpdateStatus", "Successful"),
        lambda seen: seen == "Successful",
    )


def _operation(target: str, body: bytes) -> str:
    """A call's name in the query protocols (EC2, IAM) and in JSON's (KMS, Logs)."""
    if named := _TARGET.search(target):
        return named[1]
    found = _OPERATION.search(body)
    return found[1].decode() if found else ""
