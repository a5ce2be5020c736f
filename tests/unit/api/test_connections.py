"""What is sent at the same time leaves together, whole, and in order."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.server import ServerState

from triptych.api.connections import JoinedWrites, WholeAnswers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

CHUNK, COUNT = b"x" * 65_536, 400


@dataclass
class Wire:
    """A transport that keeps what it is given."""

    written: list[bytes] = field(default_factory=list)
    is_closed: bool = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def is_closing(self) -> bool:
        return self.is_closed

    def write_eof(self) -> None:
        self.written.append(b"END")

    def close(self) -> None:
        self.is_closed = True


async def app(scope: Any, receive: Any, send: Any) -> None:
    """Answers with a whole body, or with one in many parts without ever waiting in between."""
    if scope["type"] != "http":
        return
    parts = COUNT if scope["path"] == "/long" else 1
    length = str(parts * len(CHUNK)).encode()
    headers = [(b"content-length", length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for number in range(parts):
        more = number + 1 < parts
        await send({"type": "http.response.body", "body": CHUNK, "more_body": more})


@asynccontextmanager
async def served() -> AsyncIterator[int]:
    config = uvicorn.Config(app, log_level="critical")
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: WholeAnswers(config, state, {}), "127.0.0.1", 0
    )
    async with server:
        yield server.sockets[0].getsockname()[1]


async def asked(port: int, *paths: str) -> bytes:
    """Asks for all paths by one connection, before any is answered; returns all that comes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for path in paths:
        last = "connection: close\r\n" if path == paths[-1] else ""
        writer.write(f"GET {path} HTTP/1.1\r\nhost: a\r\n{last}\r\n".encode())
    said = await reader.read(-1)
    writer.close()
    return said


class TestJoinedWrites:
    async def test_what_is_written_in_one_turn_leaves_as_one(self) -> None:
        wire = Wire()
        transport = JoinedWrites(wire, asyncio.get_running_loop())
        transport.write(b"head")
        transport.write(b"body")
        assert wire.written == []
        await asyncio.sleep(0)
        transport.write(b"more")
        await asyncio.sleep(0)
        assert wire.written == [b"headbody", b"more"]

    async def test_pieces_and_the_end_keep_their_order(self) -> None:
        wire = Wire()
        transport = JoinedWrites(wire, asyncio.get_running_loop())
        transport.write(b"head")
        transport.writelines([b"bo", b"dy"])
        transport.write_eof()
        assert wire.written == [b"headbody", b"END"]

    async def test_much_is_written_at_once_so_that_whoever_writes_is_told_to_wait(self) -> None:
        wire = Wire()
        transport = JoinedWrites(wire, asyncio.get_running_loop())
        transport.write(b"head")
        transport.write(CHUNK)
        assert wire.written == [b"head" + CHUNK]
        await asyncio.sleep(0)
        assert len(wire.written) == 1

    async def test_all_is_written_before_it_is_closed_and_nothing_after(self) -> None:
        wire = Wire()
        transport = JoinedWrites(wire, asyncio.get_running_loop())
        transport.write(b"last")
        transport.close()
        assert wire.written == [b"last"]
        assert transport.is_closing()
        transport.write(b"late")
        await asyncio.sleep(0)
        assert wire.written == [b"last"]


class TestWholeAnswers:
    async def test_answers_to_one_connection_come_whole_and_in_order(self) -> None:
        async with served() as port:
            said = await asked(port, "/", "/", "/long")
        # Nothing in a body looks like the beginning of an answer.
        answers = [each.partition(b"\r\n\r\n") for each in said.split(b"HTTP/1.1 200 OK")[1:]]
        assert [len(body) for _, _, body in answers] == [
            count * len(CHUNK) for count in (1, 1, COUNT)
        ]
