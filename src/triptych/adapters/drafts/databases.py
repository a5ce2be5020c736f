"""Databases of others: their tables, keys and links, and their rows."""

from __future__ import annotations

import asyncio
import csv
import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedForeignKeyConstraint
from sqlalchemy.engine.reflection import Inspector
from sqlalchemy.exc import NoSuchModuleError, SQLAlchemyError

from triptych.adapters.drafts.tables import Table, free_file
from triptych.domain.drafts import Part, Shape
from triptych.domain.errors import Misconfigured, Problem
from triptych.infrastructure.optional import needs

_OURS = re.compile(r"triptych_.*|.*__(history|search).*|sqlite_.*|alembic_version|spatial_ref_sys")
_OWN_COLUMN = "_"
_SAMPLE = 10_000
_BATCH = 5_000
_CHOICE = re.compile(r"'((?:[^']|'')*)'")
_LOST = (sa.ARRAY, sa.JSON, sa.types.NullType)
_NAMES = {int: "int", float: "float", Decimal: "Decimal", bool: "bool", str: "str", bytes: "bytes"}
_NAMES |= {date: "date", datetime: "datetime", time: "time", timedelta: "timedelta", UUID: "UUID"}


def read_database(
    url: str, data: Path, *, with_rows: bool, progress: Callable[[str, int], None]
) -> tuple[list[Table], list[Problem]]:
    """Reads the tables of a database, of one moment, and changes nothing.

    Args:
        url: Its address, such as `postgresql://localhost/shop`.
        data: The folder, which is there, that gets a file of comma-separated values for each.
        with_rows: Whether all rows are brought along; else only some are looked at.
        progress: Is told a table's name and how many of its rows were read.

    Returns:
        The tables, and what could not be taken.

    Raises:
        Misconfigured: It cannot be reached or read.
        MissingExtra: Its driver is not installed.
    """

    def read(connection: sa.Connection) -> tuple[list[Table], list[Problem]]:
        return _Reading(connection, data, with_rows, progress).read()

    try:
        if url.startswith(("postgresql:", "postgres:")):
            return asyncio.run(_read_postgres(url, read))
        engine = sa.create_engine(_there(url), poolclass=sa.NullPool)
        with engine.connect() as connection:
            return read(connection)
    except (SQLAlchemyError, OSError) as error:
        found = str(error).partition("\n")[0]
        raise Misconfigured(f"{_hidden(url)} cannot be read: {found}") from error
    except (ModuleNotFoundError, NoSuchModuleError) as error:
        raise Misconfigured(f"{_hidden(url)}: its driver is not installed: {error}") from error


def _there(url: str) -> sa.URL:
    """Sees to it that SQLite opens a file that is there, and makes none."""
    made = sa.make_url(url)
    if made.get_backend_name() == "sqlite" and not Path(made.database or "").is_file():
        raise FileNotFoundError(f"there is no file {made.database}")
    return made


def _hidden(url: str) -> str:
    try:
        return sa.make_url(url).render_as_string(hide_password=True)
    except SQLAlchemyError:
        return "the address"


async def _read_postgres[R](url: str, read: Callable[[sa.Connection], R]) -> R:
    asyncpg = needs("asyncpg", "postgres", "to read PostgreSQL")
    needs("greenlet", "postgres", "to read PostgreSQL")
    asynchronous = needs("sqlalchemy.ext.asyncio", "postgres", "to read PostgreSQL")

    async def connect() -> Any:
        try:
            return await asyncpg.connect(url)
        except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
            raise ConnectionError(str(error)) from error

    engine = asynchronous.create_async_engine(
        "postgresql+asyncpg://", async_creator=connect, isolation_level="REPEATABLE READ"
    )
    try:
        async with engine.connect() as connection:
            made: R = await connection.run_sync(read)
            return made
    finally:
        await engine.dispose()


class _Reading:
    """One reading of a database."""

    def __init__(
        self,
        connection: sa.Connection,
        data: Path,
        with_rows: bool,
        progress: Callable[[str, int], None],
    ) -> None:
        self._connection, self._data, self._with_rows = connection, data, with_rows
        self._progress = progress
        self._is_lite = connection.dialect.name == "sqlite"
        self._doubts: list[Problem] = []

    def read(self) -> tuple[list[Table], list[Problem]]:
        inspector = sa.inspect(self._connection)
        names = [each for each in inspector.get_table_names() if not _OURS.fullmatch(each)]
        tables = [self._table(name, inspector) for name in sorted(names)]
        return [each for each in tables if each is not None], self._doubts

    def _table(self, name: str, inspector: Inspector) -> Table | None:
        columns = [
            each
            for each in inspector.get_columns(name)
            if not each["name"].startswith(_OWN_COLUMN) and self._is_taken(name, each)
        ]
        if not columns:
            return None
        shape = self._shape(name, columns, inspector)
        types = {each.name: self._looked_into(each.type) for each in shape.parts}
        file = free_file(self._data, name)
        rows = self._export(name, [each.name for each in shape.parts], file)
        frame = pl.read_csv(file, infer_schema=False)
        if not self._with_rows:
            file.unlink()
        kept = f"data/{file.name}" if self._with_rows else ""
        return Table(name, frame, kept, types, replace(shape, data=kept, rows=rows))

    def _shape(self, name: str, columns: Sequence[Any], inspector: Inspector) -> Shape:
        links = self._links(name, inspector.get_foreign_keys(name))
        checks = self._checks(name, inspector)
        key = tuple(inspector.get_pk_constraint(name)["constrained_columns"])
        parts = tuple(
            self._part(each, links.get(each["name"], ""), checks, key) for each in columns
        )
        known = {each.name for each in parts}
        unique = tuple(each for each in _unique(inspector, name) if known.issuperset(each))
        about = _comment(inspector, name)
        return Shape(name=name, parts=parts, key=key, unique=unique, about=about)

    def _is_taken(self, table: str, column: Any) -> bool:
        if isinstance(column["type"], _LOST):
            found = f"{column['type']!r:.40} is left out"
            self._doubts.append(
                Problem(f"{table}.{column['name']}", found, "add what it holds by hand")
            )
            return False
        return True

    def _looked_into(self, type_: str) -> str:
        """SQLite knows no moments: what is text there may be one."""
        return "text" if self._is_lite and type_ == "str" else type_

    def _links(self, table: str, found: Sequence[ReflectedForeignKeyConstraint]) -> dict[str, str]:
        links = {}
        for each in found:
            if len(each["constrained_columns"]) == 1:
                links[each["constrained_columns"][0]] = each["referred_table"]
                continue
            where = f"{table}.{', '.join(each['constrained_columns'])}"
            told = f"lead to {each['referred_table']} together, and are plain now"
            self._doubts.append(Problem(where, told, "make it a link by hand"))
        return links

    def _checks(self, table: str, inspector: Inspector) -> list[str]:
        try:
            return [str(each["sqltext"]) for each in inspector.get_check_constraints(table)]
        except NotImplementedError:
            return []

    def _part(self, column: Any, of: str, checks: Sequence[str], key: Sequence[str]) -> Part:
        type_, name = column["type"], column["name"]
        members = tuple(getattr(type_, "enums", None) or ()) or _choices(name, checks)
        return Part(
            name=name,
            type=_python_type(type_),
            of=of,
            members=members,
            is_optional=bool(column["nullable"]) and name not in key,
            about=str(column.get("comment") or ""),
        )

    def _export(self, table: str, names: Sequence[str], file: Path) -> int:
        """Writes rows as they stand, and returns how many."""
        statement: Any = sa.select(*(sa.column(each) for each in names)).select_from(
            sa.table(table)
        )
        if not self._with_rows:
            statement = statement.limit(_SAMPLE)
        result = self._connection.execution_options(stream_results=True, yield_per=_BATCH)
        count = 0
        with file.open("w", encoding="utf-8", newline="") as written:
            writer = csv.writer(written, quoting=csv.QUOTE_NOTNULL)
            writer.writerow(names)
            for rows in result.execute(statement).partitions():
                writer.writerows([_text(cell) for cell in row] for row in rows)
                count += len(rows)
                self._progress(table, count)
        return count


def _unique(inspector: Inspector, table: str) -> list[tuple[str, ...]]:
    """Lists the sets of columns that no two rows have alike, be it by constraint or by index."""
    found = [each["column_names"] for each in inspector.get_unique_constraints(table)]
    for index in inspector.get_indexes(table):
        is_partial = any("where" in key for key in index.get("dialect_options", {}))
        if index["unique"] and not is_partial:
            found.append([str(each) for each in index["column_names"]])
    return list(dict.fromkeys(tuple(each) for each in found))


def _comment(inspector: Inspector, table: str) -> str:
    try:
        return str(inspector.get_table_comment(table)["text"] or "")
    except NotImplementedError:
        return ""


def _python_type(type_: Any) -> str:
    try:
        return _NAMES.get(type_.python_type, "str")
    except NotImplementedError:
        return "str"


def _choices(column: str, checks: Sequence[str]) -> tuple[str, ...]:
    """Reads what values a check allows a column: `status IN ('a', 'b')` in some way."""
    for each in checks:
        begins = re.match(
            rf"\W*\"?{re.escape(column)}\"?\W.*?(\bIN\b|= ANY)", each, re.IGNORECASE | re.DOTALL
        )
        if begins and " AND " not in each.upper():
            return tuple(text.replace("''", "'") for text in _CHOICE.findall(each))
    return ()


def _text(cell: Any) -> str | None:
    match cell:
        case None:
            return None
        case bool():
            return "true" if cell else "false"
        case bytes():
            return cell.hex()
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell // timedelta(microseconds=1))
    return str(cell)
