"""A copy of a database to try a migration on: as it is, in the same server or beside the file."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit
from uuid import uuid4

from triptych.adapters.database.database import Database
from triptych.adapters.migrations.texts import literal, quoted

_SQLITE = "sqlite:///"
_KEYS = """
SELECT format('ALTER TABLE %s.%I ADD CONSTRAINT %I %s', $2::text, c.relname, k.conname,
              replace(pg_get_constraintdef(k.oid), 'REFERENCES ' || $3::text || '.', 'REFERENCES '))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
WHERE k.conrelid = $1::text::regclass AND k.contype = ANY($4::text::"char"[])
ORDER BY k.conname
"""
_INDEXES = """
SELECT replace(pg_get_indexdef(x.indexrelid), ' ON ' || $3::text || '.', ' ON ' || $2::text || '.')
FROM pg_index x
WHERE x.indrelid = $1::text::regclass
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = x.indexrelid AND k.contype IN ('p', 'u'))
ORDER BY x.indexrelid::regclass::text
"""


@asynccontextmanager
async def copied(database: Database, url: str, tables: Iterable[str]) -> AsyncIterator[str]:
    """Copies a database for the length of a block.

    Args:
        database: What is copied; it is open.
        url: Its address.
        tables: Which of its tables.

    Yields:
        The address of the copy.

    Example:
        See `triptych.services.migrations.rehearse`.
    """
    copy = _beside(database) if url.startswith(_SQLITE) else _schema(database, url, tables)
    async with copy as address:
        yield address


@asynccontextmanager
async def _beside(database: Database) -> AsyncIterator[str]:
    with TemporaryDirectory(prefix="triptych-") as folder:
        path = Path(folder) / "copy.db"
        # The path is ours.
        await database.execute(f"VACUUM INTO {literal(str(path), database.dialect)}")
        yield f"{_SQLITE}{path}"


@asynccontextmanager
async def _schema(database: Database, url: str, tables: Iterable[str]) -> AsyncIterator[str]:
    """Copies tables into a schema of their own, which is dropped in the end."""
    rows = await database.fetch("SELECT quote_ident(current_schema())")
    own, copy = str(rows[0][0]), f"triptych_{uuid4().hex}"
    await database.execute(f"CREATE SCHEMA {copy}")
    try:
        links: list[Any] = []
        for table in tables:
            name, there = quoted(table), f"{own}.{quoted(table)}"
            like = f"LIKE {there} INCLUDING CONSTRAINTS INCLUDING DEFAULTS"
            await database.execute(f"CREATE TABLE {copy}.{name} ({like})")
            # All names are quoted, or ours.
            filled = f"INSERT INTO {copy}.{name} SELECT * FROM {there}"  # noqa: S608  # nosec B608
            await database.execute(filled)
            parts = await database.fetch(_KEYS, [there, copy, own, "{p,u}"])
            parts = [*parts, *await database.fetch(_INDEXES, [there, copy, own])]
            for (text,) in parts:
                await database.execute(text)
            links += await database.fetch(_KEYS, [there, copy, own, "{f}"])
        for (text,) in links:
            await database.execute(text.replace("REFERENCES ", f"REFERENCES {copy}."))
        yield _in_schema(url, copy)
    finally:
        await database.execute(f"DROP SCHEMA {copy} CASCADE")


def _in_schema(url: str, schema: str) -> str:
    parts = urlsplit(url)
    said = dict(parse_qsl(parts.query)) | {"search_path": schema}
    return urlunsplit(parts._replace(query=urlencode(said)))
