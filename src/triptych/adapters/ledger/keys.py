"""Idempotency keys: what a call was answered, for whoever makes it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from triptych.adapters.database.database import Executor, Write
from triptych.adapters.database.dialect import Dialect, Statement, compile_statement
from triptych.adapters.ledger.ledger import inserting
from triptych.adapters.ledger.tables import LedgerTables


@dataclass(frozen=True, slots=True)
class Known:
    """What a key stands for.

    Attributes:
        digest: Of the call.
        entry: The entry of the ledger that it is.
        outcome: What was answered, as JSON.

    Example:
        ```python
        from triptych.adapters.ledger.keys import Known

        assert Known(b"", 7, "[]").entry == 7
        ```
    """

    digest: bytes
    entry: int
    outcome: str


class Keys:
    """Keeps what calls were answered, by caller and key.

    Args:
        tables: The tables of the ledger.
        dialect: How the database says things.
    """

    def __init__(self, tables: LedgerTables, dialect: Dialect) -> None:
        self._keys = tables.keys
        self._dialect = dialect
        self._insert: Statement = inserting(self._keys, dialect)
        self._find = compile_statement(
            sa.select(self._keys.c.digest, self._keys.c.entry, self._keys.c.outcome).where(
                *self._is_it(), self._keys.c.expires > sa.bindparam("now", type_=sa.BigInteger())
            ),
            dialect,
        )
        gone = self._keys.c.expires <= sa.bindparam("now", type_=sa.BigInteger())
        self._forget = compile_statement(sa.delete(self._keys).where(*self._is_it(), gone), dialect)
        self._sweep = compile_statement(sa.delete(self._keys).where(gone), dialect)

    @property
    def table(self) -> str:
        """The name of the table."""
        return self._keys.name

    def _is_it(self) -> list[sa.ColumnElement[bool]]:
        keys = self._keys.c
        return [
            keys.caller == sa.bindparam("caller", type_=keys.caller.type),
            keys.key == sa.bindparam("key", type_=keys.key.type),
        ]

    async def find(self, executor: Executor, caller: str, key: str, now: int) -> Known | None:
        """Looks up what a key stands for, unless its time is over."""
        values = {"caller": caller, "key": key, "now": now}
        rows = await executor.fetch(self._find.text, self._find.arguments(values))
        return Known(bytes(rows[0][0]), rows[0][1], rows[0][2]) if rows else None

    def keep(self, caller: str, key: str, known: Known, now: int, expires: int) -> Iterator[Write]:
        """Makes the statements that keep what a key stands for."""
        values = {"caller": caller, "key": key, "now": now}
        yield Write(self._forget.text, self._forget.arguments(values))
        row = {
            "caller": caller,
            "key": key,
            "digest": known.digest,
            "entry": known.entry,
            "outcome": known.outcome,
            "expires": expires,
        }
        yield Write(self._insert.text, self._insert.arguments(row), rows=1, is_alone=True)

    async def sweep(self, executor: Executor, now: int) -> int:
        """Forgets every key whose time is over, and returns how many there were."""
        return await executor.execute(self._sweep.text, self._sweep.arguments({"now": now}))
