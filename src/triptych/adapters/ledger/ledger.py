"""Writing and reading the entries of the ledger, and the chain that binds them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import Any

import msgspec
import sqlalchemy as sa

from triptych.adapters.database.database import Executor, Write
from triptych.adapters.database.dialect import Dialect, Statement, compile_statement
from triptych.adapters.ledger.tables import LedgerTables, ledger_tables
from triptych.domain.actions import Decision, EditKind, Entry, Touched
from triptych.domain.errors import ObjectMissing

_encode = msgspec.json.Encoder().encode
_SALT = 8
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Content:
    """What an entry says besides its columns; this is what erasure takes away.

    Attributes:
        salt: Keeps what is erased from being guessed by its digest.
        parameters: What was given.
        touched: Type, key, kind and version of the objects that were changed.
        reason: Of the error.
        duration: In microseconds.

    Example:
        ```python
        from triptych.adapters.ledger.ledger import Content

        assert Content("ab", {}, [], "", 7).duration == 7
        ```
    """

    salt: str
    parameters: dict[str, Any]
    touched: list[tuple[str, str, str, int]]
    reason: str
    duration: int


class Ledger:
    """Writes entries, and reads them back.

    Args:
        dialect: How the database says things.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.ledger.ledger import Ledger

        assert Ledger(SqliteDialect()).tables.entries.name == "triptych_entries"
        ```
    """

    def __init__(self, dialect: Dialect) -> None:
        self.tables: LedgerTables = ledger_tables(dialect)
        self.dialect = dialect
        self._salts = _Salts()

    @cached_property
    def _insert(self) -> Statement:
        return inserting(self.tables.entries, self.dialect)

    def write(self, entry: Entry) -> Write:
        """Makes the statement that writes an entry."""
        touched = [(each.type_name, each.key, each.kind, each.version) for each in entry.touched]
        content = _encode(
            Content(
                self._salts.next(),
                dict(entry.parameters),
                touched,  # type: ignore[arg-type]  # a member of the enumeration is its text
                entry.reason,
                entry.duration // _MICROSECOND,
            )
        ).decode()
        row = {
            "number": entry.number,
            "actor": entry.actor,
            "action": entry.action,
            "decision": str(entry.decision),
            "code": entry.code,
            "correlation": entry.correlation,
            "content": content,
            "proof": hashlib.sha256(content.encode()).digest(),
        }
        return Write(self._insert.text, self._insert.arguments(row), rows=1)

    async def read(self, executor: Executor, numbers: Iterable[int]) -> dict[int, Entry]:
        """Reads entries by their numbers; those that are missing are left out."""
        wanted = list(dict.fromkeys(numbers))
        found: dict[int, Entry] = {}
        entries = self.tables.entries
        for start in range(0, len(wanted), 500):
            chunk = [sa.literal(each, sa.BigInteger()) for each in wanted[start : start + 500]]
            query = sa.select(entries).where(entries.c.number.in_(chunk))
            rows = await self.fetch(executor, query)
            found |= {row[0]: _entry(row) for row in rows}
        return found

    async def get(self, executor: Executor, receipt: str) -> Entry:
        """Reads one entry by its receipt.

        Raises:
            ObjectMissing: There is none.
        """
        number = int(receipt) if receipt.isascii() and receipt.isdigit() else -1
        found = await self.read(executor, [number] if number < 1 << 63 else [])
        if number not in found:
            raise ObjectMissing("receipt", receipt)
        return found[number]

    async def latest(
        self, executor: Executor, take: int, before: int | None = None, **wanted: str
    ) -> list[Entry]:
        """Reads the latest entries, the last first.

        Args:
            executor: The database.
            take: How many at the most.
            before: The number of an entry; only earlier ones are read.
            wanted: Values of `actor`, `action`, `decision` or `correlation` that they must have.
        """
        entries = self.tables.entries
        query = sa.select(entries).order_by(entries.c.number.desc()).limit(take)
        for name, value in wanted.items():
            query = query.where(entries.c[name] == value)
        if before is not None:
            query = query.where(entries.c.number < before)
        return [_entry(row) for row in await self.fetch(executor, query)]

    async def fetch(self, executor: Executor, query: Any) -> Sequence[Sequence[Any]]:
        """Runs a query of SQLAlchemy Core."""
        compiled = compile_statement(query, self.dialect)
        return await executor.fetch(compiled.text, compiled.arguments({}))


class _Salts:
    """Makes salts; asking the system for each would cost more than writing the entry."""

    def __init__(self) -> None:
        self._drawn = b""

    def next(self) -> str:
        if not self._drawn:
            self._drawn = secrets.token_bytes(_SALT * 512)
        salt, self._drawn = self._drawn[:_SALT], self._drawn[_SALT:]
        return salt.hex()


def inserting(table: sa.Table, dialect: Dialect) -> Statement:
    """Makes the statement that writes a row; its parameters are the columns' names."""
    cells = {each.name: sa.bindparam(each.name, type_=each.type) for each in table.columns}
    return compile_statement(sa.insert(table).values(cells), dialect)


def _entry(row: Sequence[Any]) -> Entry:
    number, actor, action, decision, code, correlation, text = tuple(row)[:7]
    content = None if text is None else msgspec.json.decode(text, type=Content)
    touched = [] if content is None else content.touched
    return Entry(
        number=number,
        actor=actor,
        action=action,
        decision=Decision(decision),
        parameters={} if content is None else content.parameters,
        touched=tuple(Touched(of, key, EditKind(kind), at) for of, key, kind, at in touched),
        code=code,
        reason="" if content is None else content.reason,
        duration=timedelta(microseconds=0 if content is None else content.duration),
        correlation=correlation,
    )
