"""The process that is the laptop AWS: the emulator, its gaps closed, its calls relayed, served on the loopback address.

Promises: it ends at SIGTERM, SIGINT or, when its standard input is a pipe, at the end of that; then none of its
functions runs on and its folder is gone. Its environment must be the one that `local.laptop` makes: the emulator reads
its settings while it is imported, and functions inherit the rest.
"""

import argparse
import asyncio
import json
import os
import signal
import stat
import sys
import threading
from collections.abc import Callable
from typing import Any, Final

import ministack.app
import uvloop
from ministack.core import lambda_runtime
from ministack.services import scheduler

from local.gaps import close_all
from local.laptop import HEALTH, Laptop, forget
from local.relay import relay
from local.remembered import remember
from local.server import Asgi, Server

_SCHEDULER_SECONDS: Final = 0.5


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, required=True)
    laptop = Laptop(parser.parse_args().port)
    scheduler._SCHEDULE_TICK_INTERVAL = _SCHEDULER_SECONDS
    close_all()
    remember()
    uvloop.run(_serve(_with_health(relay(ministack.app.app)), laptop))


def _with_health(app: Asgi) -> Asgi:
    answer = json.dumps({"pid": os.getpid()}).encode()

    async def answering(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and scope["path"] == HEALTH:
            headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": answer})
            return
        await app(scope, receive, send)

    return answering


async def _serve(app: Asgi, laptop: Laptop) -> None:
    server = Server(app, laptop.port)
    loop = asyncio.get_running_loop()
    # uvicorn hears them while it serves, and raises them again when it is done: they must not end the process then.
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.leave)
    if stat.S_ISFIFO(os.fstat(sys.stdin.fileno()).st_mode):
        threading.Thread(target=_await_starter, args=(loop, server.leave), daemon=True).start()
    await server.serve()
    lambda_runtime.reset()
    forget(laptop.folder)
    # Executions and pollers still sleep in their threads, and asyncio would wait for them.
    os._exit(0)


def _await_starter(loop: asyncio.AbstractEventLoop, leave: Callable[[], None]) -> None:
    sys.stdin.buffer.read()
    loop.call_soon_threadsafe(leave)


if __name__ == "__main__":
    main()
