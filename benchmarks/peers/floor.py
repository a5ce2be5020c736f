"""The floor: bare ASGI over the raw driver, with nothing that a framework would do."""

from __future__ import annotations

import os
import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID, uuid4

import asyncpg
import msgspec

from benchmarks.data import POSTGRES, SCHEMA, SQLITE_PEERS
from triptych.adapters.database.worker import Worker

FIELDS = [
    "id",
    "carrier",
    "number",
    "plane",
    "origin",
    "destination",
    "departure",
    "arrival",
    "delay",
    "arrival_delay",
    "air_time",
    "distance",
    "status",
    "reason",
    "passengers",
]
COLUMNS = ", ".join(FIELDS)
GET = f"SELECT {COLUMNS} FROM flights WHERE id = $1"
LIST = (
    f"SELECT {COLUMNS} FROM flights WHERE origin = $1 AND departure >= $2 AND departure < $3 "
    "ORDER BY departure, id LIMIT $4"
)
IS_SQLITE = os.environ["DATABASE"] == "sqlite"


class Postpone(msgspec.Struct):
    by: timedelta
    reason: str


HEADERS = (b"content-type", b"application/json")
encode = msgspec.json.Encoder().encode


class Sqlite:
    """One connection in one thread."""

    async def open(self) -> None:
        self.worker = Worker("floor")
        await self.worker.run(self._open)

    def _open(self) -> None:
        self.connection = sqlite3.connect(SQLITE_PEERS, isolation_level=None)
        for each in ("journal_mode=WAL", "synchronous=NORMAL", "mmap_size=268435456"):
            self.connection.execute(f"PRAGMA {each}")

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        rows: list[Any] = await self.worker.run(self._fetch, sql, values)
        return rows

    def _fetch(self, sql: str, values: tuple[Any, ...]) -> list[Any]:
        return self.connection.execute(sql.replace("$", "?"), values).fetchall()

    async def write(self, statements: list[tuple[str, tuple[Any, ...]]]) -> None:
        await self.worker.run(self._write, statements)

    def _write(self, statements: list[tuple[str, tuple[Any, ...]]]) -> None:
        self.connection.execute("BEGIN IMMEDIATE")
        for sql, values in statements:
            self.connection.execute(sql.replace("$", "?"), values)
        self.connection.execute("COMMIT")


class Postgres:
    """A pool that resets nothing."""

    async def open(self) -> None:
        async def keep(_: Any) -> None:
            pass

        settings = {"search_path": SCHEMA}
        self.pool = await asyncpg.create_pool(
            POSTGRES, min_size=10, max_size=10, reset=keep, server_settings=settings
        )

    async def fetch(self, sql: str, *values: Any) -> list[Any]:
        async with self.pool.acquire() as connection:
            return await connection.fetch(sql, *values)  # type: ignore[no-any-return]

    async def write(self, statements: list[tuple[str, tuple[Any, ...]]]) -> None:
        async with self.pool.acquire() as connection, connection.transaction():
            for sql, values in statements:
                await connection.execute(sql, *values)


UPDATE = "UPDATE flights SET delay = $1, status = 'delayed' WHERE id = $2"
HISTORY = "INSERT INTO history (flight, row) VALUES ($1, $2)"
AUDIT = "INSERT INTO audit (at, actor, action, parameters, correlation) VALUES ($1, $2, $3, $4, $5)"
OUTBOX = "INSERT INTO outbox (type, body, is_sent) VALUES ($1, $2, $3)"
database = Sqlite() if IS_SQLITE else Postgres()


def key(text: str) -> Any:
    return UUID(text).hex if IS_SQLITE else UUID(text)


def moment(text: str) -> Any:
    value = datetime.fromisoformat(text)
    return value.strftime("%Y-%m-%d %H:%M:%S.%f") if IS_SQLITE else value


def document(row: Any) -> dict[str, Any]:
    return dict(zip(FIELDS, row, strict=True))


async def reply(send: Any, body: bytes, status: int = 200) -> None:
    headers = [HEADERS, (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def postpone(id: str, body: bytes, send: Any) -> None:
    """Does what our action does, with nothing around it."""
    wanted = msgspec.json.decode(body, type=Postpone)
    row = document((await database.fetch(GET, key(id)))[0])
    before = encode(row).decode()
    delay = row["delay"]
    if IS_SQLITE:
        delay = str(datetime.fromisoformat(delay) + wanted.by) if isinstance(delay, str) else 0
    else:
        delay += wanted.by
    said = encode({"flight": id, "by": wanted.by, "reason": wanted.reason}).decode()
    now = datetime.now(UTC)
    await database.write(
        [
            (UPDATE, (delay, key(id))),
            (HISTORY, (key(id), before)),
            (AUDIT, (str(now) if IS_SQLITE else now, "bench", "postpone", said, str(uuid4()))),
            (OUTBOX, ("FlightPostponed", said, False)),
        ]
    )
    await reply(send, encode(row | {"delay": delay, "status": "delayed"}))


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "lifespan":
        await receive()
        await database.open()
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await send({"type": "lifespan.shutdown.complete"})
        return
    parts = scope["path"].split("/")
    if scope["method"] == "POST":
        await postpone(parts[2], (await receive())["body"], send)
        return
    if len(parts) == 3:
        rows = await database.fetch(GET, key(parts[2]))
        if rows:
            await reply(send, encode(document(rows[0])))
        else:
            await reply(send, b"{}", 404)
        return
    query = parse_qs(scope["query_string"].decode())
    rows = await database.fetch(
        LIST, query["origin"][0], moment(query["since"][0]), moment(query["until"][0]), 100
    )
    await reply(send, encode([document(row) for row in rows]))
