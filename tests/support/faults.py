"""A way to AWS on which calls go wrong: the reply is lost after the effect, or the caller is killed before it comes.

Or one on which EC2 throttles, as it does and the emulator does not.

A function is sent this way by its own configuration (``led``). A fault proxy for emulators can lose a reply; none
knows the process that waits for it, and to die between a call's effect and its answer is what must be survived.
"""

import http.client
import os
import re
import signal
import socket
import time
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
_SCOPE: Final = re.compile(r"/([\w-]+)/aws4_request")
_THROTTLED: Final = (
    b"<Response><Errors><Error><Code>RequestLimitExceeded</Code><Message>Request limit exceeded.</Message></Error>"
    b"</Errors><RequestID>0</RequestID></Response>"
)
"""As EC2 says it ("Error codes for the Amazon EC2 API")."""

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

    def refuses(self, service: str, operation: str) -> bool:
        """Whether AWS would not take this call now."""
        return False


class _Bucket:
    """Tokens of one EC2 API, one a call ("Request throttling for the Amazon EC2 API", EC2 developer guide).

    100 and 20 more a second for calls that change nothing, 50 and 5 for those that do. Others of the account have just
    taken what it held.
    """

    def __init__(self, operation: str) -> None:
        self._most, self._refill = (100.0, 20.0) if operation.startswith(("Describe", "Get")) else (50.0, 5.0)
        self._left, self._at = 0.0, time.monotonic()

    def takes(self) -> bool:
        """Whether one was left."""
        now = time.monotonic()
        self._left = min(self._most, self._left + (now - self._at) * self._refill)
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Throttled(Way):
    """On which EC2 takes no more calls than an account's buckets have tokens. ``refused`` names the others."""

    def __init__(self) -> None:
        super().__init__(set(), lose_the_reply)
        self._buckets: dict[str, _Bucket] = {}
        self.refused: set[str] = set()

    def refuses(self, service: str, operation: str) -> bool:
        if service != "ec2":
            return False
        with self._lock:
            if self._buckets.setdefault(operation, _Bucket(operation)).takes():
                return False
            self.refused.add(operation)
            return True


class _Passage(BaseHTTPRequestHandler):
    server: Way

    def _pass(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        operation = _operation(self.headers.get("X-Amz-Target", ""), body)
        if self.server.refuses(_service(self.headers.get("Authorization", "")), operation):
            self.send_response(503)
            self.send_header("Content-Length", str(len(_THROTTLED)))
            self.end_headers()
            self.wfile.write(_THROTTLED)
            return
        upstream = urlsplit(os.environ["AWS_ENDPOINT_URL"])
        with closing(http.client.HTTPConnection(upstream.netloc, timeout=30)) as onward:
            onward.request(self.command, self.path, body, dict(self.headers))
            answer = onward.getresponse()
            content = answer.read()
        if answer.status < 300 and self.server.takes(operation):
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
def led[Led: Way](function: str, way: Led) -> Iterator[Led]:
    """The function reaches AWS by ``way``."""
    functions: LambdaClient = root.client("lambda")
    told = functions.get_function_configuration(FunctionName=function)["Environment"]["Variables"]
    with way:
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


def _service(authorization: str) -> str:
    """The service of a signature's scope: ``Credential=KEY/DATE/REGION/SERVICE/aws4_request``."""
    found = _SCOPE.search(authorization)
    return found[1] if found else ""


def _operation(target: str, body: bytes) -> str:
    """A call's name in the query protocols (EC2, IAM) and in JSON's (KMS, Logs)."""
    if named := _TARGET.search(target):
        return named[1]
    found = _OPERATION.search(body)
    return found[1].decode() if found else ""
