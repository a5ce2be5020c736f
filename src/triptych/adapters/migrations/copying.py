"""Everything of one database brought into another, of either kind, with a proof of equality."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import msgspec
import sqlalchemy as sa

from triptych.adapters.database.database import Database, Fetcher, Transaction
from triptych.adapters.database.dialect import Dialect
from triptych.adapters.migrations.fills import row_reader
from triptych.adapters.migrations.found import FoundTable
from triptych.adapters.migrations.operations import FillRows
from triptych.adapters.migrations.running import batches
from triptych.adapters.migrations.texts import creation
from triptych.adapters.objects.kinds import PRESENCE
from triptych.domain.ontology import ScalarKind

_SIZE = 2**256

type Told = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class Digest:
    """What all rows of a table come to, whatever their order and wherever they are kept.

    Attributes:
        rows: How many there are.
        value: The sum of the digests of all rows.

    Example:
        ```python
        from triptych.adapters.migrations.copying import Digest

        assert Digest().plus({"a": 1}) == Digest().plus({"a": 1})
        assert Digest().plus({"a": 1}) != Digest().plus({"a": "1"})
        ```
    """

    rows: int = 0
    value: int = 0

    def plus(self, row: Mapping[str, Any]) -> Digest:
        """Adds a row."""
        # A Decimal may come back with another exponent: what it is in full is the same.
        said = msgspec.json.encode(
            sorted(
                (name, format(value, "f") if isinstance(value, Decimal) else value)
                for name, value in row.items()
            )
        )
        number = int.from_bytes(hashlib.sha256(said).digest())
        return Digest(self.rows + 1, (self.value + number) % _SIZE)

    @property
    def text(self) -> str:
        """The value as people compare it."""
        return f"{self.value:064x}"[:16]


async def digests(
    fetcher: Fetcher, tables: Iterable[FoundTable], dialect: Dialect
) -> dict[str, Digest]:
    """Reads all rows of tables and tells what they come to, by table."""
    found = {}
    for table in tables:
        digest = Digest()
        async for rows in _rows(fetcher, table, dialect):
            for row in rows:
                digest = digest.plus(row)
        found[table.name] = digest
    return found


async def copy_tables(
    source: Database, tables: Sequence[FoundTable], target: Database, tell: Told
) -> dict[str, Digest]:
    """Copies tables into a database that has none of them: their rows, and their keys.

    It is read as of one moment, and written in one transaction.

    Args:
        source: Where they are.
        tables: Which; what their columns hold must be remembered.
        target: Where they are to be.
        tell: Is told of each table, how many rows are copied.

    Returns:
        What the rows that were read come to, by table.
    """
    made = {}
    async with source.transaction() as reading, target.transaction(is_bulk=True) as writing:
        for table in tables:
            loose = _loose(table, target.dialect)
            await writing.execute(creation(loose, target.dialect))
            made[table.name] = await _copy(reading, source.dialect, table, writing, target, tell)
    return made


async def _copy(
    reading: Fetcher,
    dialect: Dialect,
    table: FoundTable,
    writing: Transaction,
    target: Database,
    tell: Told,
) -> Digest:
    digest, names = Digest(), list(table.columns)
    encoders = [_encoder(each.kind, target.dialect) for each in table.columns.values()]
    tell(table.name, 0)
    async for rows in _rows(reading, table, dialect):
        cells = [
            [
                value if value is None or encode is None else encode(value)
                for encode, value in zip(encoders, row.values(), strict=True)
            ]
            for row in rows
        ]
        await writing.load_rows(table.name, names, cells)
        for row in rows:
            digest = digest.plus(row)
        tell(table.name, digest.rows)
    return digest


async def _rows(
    fetcher: Fetcher, table: FoundTable, dialect: Dialect
) -> AsyncIterator[Sequence[dict[str, Any]]]:
    read, key = row_reader(table.columns, {}, dialect), _key(table)
    every = FillRows(
        source=table.name,
        columns=dict(table.columns),
        aliases={},
        key=key,
        target="",
        fills=(),
        names={},
    )
    async for rows in batches(fetcher, every, dialect):
        yield [read(cells[len(key) :]) for cells in rows]


def _key(table: FoundTable) -> tuple[str, ...]:
    """Returns the columns of the primary key, as the constraint says them."""
    said = next((how for how in table.constraints.values() if how.startswith("(")), "")
    return tuple(said.strip("()").split(", ")) if said else ()


def _loose(table: FoundTable, dialect: Dialect) -> sa.Table:
    """Makes a table of the same columns and the same key, and nothing that must be checked."""
    named = next((name for name, how in table.constraints.items() if how.startswith("(")), None)
    columns = [
        sa.Column(name, _sql_type(each.kind, dialect), nullable=not each.is_required)
        for name, each in table.columns.items()
    ]
    keys = [sa.PrimaryKeyConstraint(*_key(table), name=named)] if named else []
    return sa.Table(table.name, sa.MetaData(), *columns, *keys, sqlite_strict=True)


def _sql_type(kind: str, dialect: Dialect) -> Any:
    if _is_json(kind):
        return dialect.array.sql
    return dialect.codecs[ScalarKind.BOOL if kind == PRESENCE else ScalarKind(kind)].sql


def _encoder(kind: str, dialect: Dialect) -> Callable[[Any], Any] | None:
    if _is_json(kind):
        return lambda value: msgspec.json.encode(value).decode()
    return dialect.codecs[ScalarKind.BOOL if kind == PRESENCE else ScalarKind(kind)].encode


def _is_json(kind: str) -> bool:
    return kind.startswith(("tuple[", "frozenset["))
