"""The HTTP server of the laptop AWS: uvicorn on the loopback address, an answer in one piece.

Promises: it serves until `leave` is called, which ends it within two seconds; an answer's head and body leave by one
write where the body is there already. Each write wakes its reader, and there are hundreds of thousands of answers in a
run of the tests.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from local.laptop import ADDRESS

type Asgi = Callable[[Any, Any, Any], Awaitable[None]]

_KEEP_ALIVE_SECONDS: Final = 75
_GRACE_SECONDS: Final = 1
_STATUS_LINE: Final = b"HTTP/1.1 "


class Server:
    def __init__(self, app: Asgi, port: int) -> None:
        config = uvicorn.Config(
            app,
            host=ADDRESS,
            port=port,
            http=_InOnePiece,
            ws="none",
            log_config=None,
            access_log=False,
            # AWS names no server, and the emulator says when it answers.
            server_header=False,
            date_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )
        self._server = uvicorn.Server(config)

    async def serve(self) -> None:
        await self._server.serve()

    def leave(self) -> None:
        self._server.should_exit = True


class _InOnePiece(HttpToolsProtocol):
    def connection_made(self, transport: Any) -> None:
        joining: Any = _Joining(transport)
        super().connection_made(joining)


class _Joining:
    """A transport that keeps the head of an answer for its body, until the loop's next turn at the latest."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        if data.startswith(_STATUS_LINE):
            self._head += data
            asyncio.get_running_loop().call_soon(self._let_go)
        else:
            joined, self._head = self._head + data, b""
            self._transport.write(joined)

    def close(self) -> None:
        self._let_go()
        self._transport.close()

    def _let_go(self) -> None:
        if self._head and not self._transport.is_closing():
            self.write(b"")
