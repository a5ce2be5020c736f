"""Connections of callers: what is sent at the same time leaves by one visit to the system."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_MOST = 65_536


class JoinedWrites:
    """A transport that writes once for each turn of the event loop.

    uvicorn writes the head of an answer, and then its body. Each write wakes whoever waits at the
    other end, and takes about as long as reading an object from SQLite.

    Args:
        transport: What is written to; it is asked for everything else, too.
        loop: Whose turns are meant.

    Example:
        ```python
        import asyncio

        from triptych.api.connections import JoinedWrites

        class Wire:
            written: list[bytes] = []

            def write(self, data: bytes) -> None:
                self.written.append(data)

            def is_closing(self) -> bool:
                return False

        async def main() -> list[bytes]:
            transport = JoinedWrites(Wire(), asyncio.get_running_loop())
            transport.write(b"head, ")
            transport.write(b"body")
            await asyncio.sleep(0)
            return Wire.written

        assert asyncio.run(main()) == [b"head, body"]
        ```
    """

    def __init__(self, transport: Any, loop: asyncio.AbstractEventLoop) -> None:
        self._transport, self._loop = transport, loop
        self._waiting: list[bytes] = []
        self._size = 0

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Takes what is to be written before this turn ends; much of it is written at once."""
        if not self._waiting:
            self._loop.call_soon(self._flush)
        self._waiting.append(data)
        self._size += len(data)
        if self._size > _MOST:
            # The transport must see it, to tell whoever writes to wait.
            self._flush()

    def writelines(self, parts: Iterable[bytes]) -> None:
        """Takes several pieces that are to be written."""
        self.write(b"".join(parts))

    def write_eof(self) -> None:
        """Says that nothing follows, once everything is written."""
        self._flush()
        self._transport.write_eof()

    def close(self) -> None:
        """Closes the connection once everything is written."""
        self._flush()
        self._transport.close()

    def _flush(self) -> None:
        waiting, self._waiting, self._size = self._waiting, [], 0
        if waiting and not self._transport.is_closing():
            self._transport.write(b"".join(waiting))


class WholeAnswers(HttpToolsProtocol):
    """HTTP as uvicorn speaks it, over a transport that joins what is written."""

    def connection_made(self, transport: Any) -> None:
        """Begins to listen to a caller."""
        super().connection_made(JoinedWrites(transport, self.loop))  # type: ignore[arg-type]
