"""Connections to PostgreSQL that wait for work."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

_OLDEST = (14, 0)


class Connections:
    """Open connections that wait for work; the last one back is the first one out.

    A pool that resets each session would cost a round trip a statement; statements here leave
    nothing behind that would have to be reset.

    Args:
        url: Of the database.
        most: How many are open at the same time, at the most.
        timeout: Seconds that a statement may take.
        isolation: Of statements outside of transactions, in PostgreSQL's words.
    """

    def __init__(self, url: str, most: int, timeout: float, isolation: str) -> None:
        self._url, self._most, self._timeout = url, most, timeout
        self._settings = {
            "TimeZone": "UTC",
            "application_name": "triptych",
            "statement_timeout": str(int(timeout * 1000)),
            "default_transaction_isolation": isolation,
        }
        # A semaphore serves its waiters in turn; a caller that asks in a loop starves nobody.
        self._free = asyncio.Semaphore(0)
        self._idle: list[asyncpg.Connection[Any]] = []
        self.is_open = False

    def open(self) -> None:
        """Allows as many connections as there may be; each is made when it is first needed."""
        if not self.is_open:
            self.is_open = True
            for _ in range(self._most):
                self._free.release()

    async def take(self) -> asyncpg.Connection[Any]:
        """Waits for a connection and returns it; whoever takes it gives it back."""
        await self._free.acquire()
        connection = self._idle.pop() if self._idle else None
        if connection is not None and not connection.is_closed():
            return connection
        try:
            return await asyncpg.connect(
                self._url, timeout=self._timeout, server_settings=self._settings
            )
        except BaseException:
            self._free.release()
            raise

    def give(self, connection: asyncpg.Connection[Any], *, is_sound: bool = True) -> None:
        """Gives a connection back; one that may be in the middle of something is ended."""
        if is_sound:
            self._idle.append(connection)
        else:
            connection.terminate()
        self._free.release()

    async def close(self) -> None:
        """Waits for every connection and closes it."""
        if not self.is_open:
            return
        self.is_open = False
        for _ in range(self._most):
            await self._free.acquire()
        while self._idle:
            await self._idle.pop().close()


def unfit(connection: asyncpg.Connection[Any]) -> tuple[str, str]:
    """Says why a server is none to work with, by what it said of itself, and what to do.

    Both are empty where it is one; it is not asked anything.
    """
    version = connection.get_server_version()
    if version < _OLDEST:
        return f"it is version {version.major}", f"{_OLDEST[0]} or later is needed"
    encoding = connection.get_settings().server_encoding
    if encoding != "UTF8":
        reason = f"it keeps its texts as {encoding}, which cannot hold every letter"
        return reason, "make one by `createdb --encoding UTF8 --template template0`"
    return "", ""
