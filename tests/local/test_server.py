"""How answers of the laptop AWS leave, by what its server writes: in one piece, whatever their parts are."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from local.server import _Joining

HEAD = b"HTTP/1.1 200 \r\ncontent-length: 4\r\n\r\n"


class Transport:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True


def seen(deed: Callable[[Any], Awaitable[None]]) -> list[bytes]:
    transport: Any = Transport()

    async def done() -> None:
        await deed(_Joining(transport))
        await asyncio.sleep(0)

    asyncio.run(done())
    written: list[bytes] = transport.written
    return written


def test_head_and_body_leave_together() -> None:
    async def answer(joining: _Joining) -> None:
        joining.write(HEAD)
        joining.write(b"body")
        joining.write(b"more")

    assert seen(answer) == [HEAD + b"body", b"more"]


def test_a_head_without_a_body_leaves_at_the_loop_s_next_turn() -> None:
    async def answer(joining: _Joining) -> None:
        joining.write(HEAD)

    assert seen(answer) == [HEAD]


def test_what_is_asked_to_go_on_and_then_answered_is_told_both_in_order() -> None:
    async def answer(joining: _Joining) -> None:
        joining.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        joining.write(HEAD)
        joining.write(b"body")

    assert seen(answer) == [b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"body"]


def test_nothing_is_lost_when_the_connection_is_closed_by_us_and_nothing_written_when_it_was_by_them() -> None:
    async def ours(joining: _Joining) -> None:
        joining.write(HEAD)
        joining.close()

    async def theirs(joining: _Joining) -> None:
        joining.write(HEAD)
        joining._transport.close()

    assert seen(ours) == [HEAD]
    assert seen(theirs) == []
