"""The horizon: until when it is not kept any more what was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.database import Fetcher, Write
from triptych.adapters.database.dialect import Dialect, compile_statement
from triptych.adapters.ledger.tables import LedgerTables
from triptych.domain.actions import moment_of
from triptych.domain.errors import NotKept

_NAME = "horizon"


class Horizon:
    """Until which entry of the ledger it was let go of what was.

    Args:
        tables: The tables of the ledger.
        dialect: How the database says things.
    """

    def __init__(self, tables: LedgerTables, dialect: Dialect) -> None:
        marks = tables.marks
        number = sa.bindparam("number", type_=marks.c.number.type)
        self._read = compile_statement(
            sa.select(marks.c.number).where(marks.c.name == _NAME), dialect
        )
        self._clear = compile_statement(sa.delete(marks).where(marks.c.name == _NAME), dialect)
        self._set = compile_statement(sa.insert(marks).values(name=_NAME, number=number), dialect)

    async def read(self, fetcher: Fetcher) -> int:
        """Reads the last entry that is forgotten; 0 where all is kept."""
        rows = await fetcher.fetch(self._read.text, self._read.arguments({}))
        return int(rows[0][0]) if rows else 0

    def move(self, entry: int) -> tuple[Write, Write]:
        """Makes the statements that move it."""
        return (
            Write(self._clear.text, self._clear.arguments({})),
            Write(self._set.text, self._set.arguments({"number": entry}), rows=1, is_alone=True),
        )

    async def check(self, fetcher: Fetcher, entry: int) -> None:
        """Checks that it is kept what was after an entry.

        Raises:
            NotKept: It is not any more.
        """
        last = await self.read(fetcher)
        if entry < last:
            raise NotKept(moment_of(entry), moment_of(last))


class Within:
    """Asks a database of what was, as far as it is kept.

    Args:
        fetcher: The database.
        horizon: Until when it is not.
        entry: After which entry of the ledger it is asked what was.
    """

    def __init__(self, fetcher: Fetcher, horizon: Horizon, entry: int) -> None:
        self._fetcher, self._horizon, self._entry = fetcher, horizon, entry

    async def fetch(self, sql: str, arguments: Sequence[Any] = ()) -> Sequence[Sequence[Any]]:
        """Runs a reading statement and returns all its rows.

        Raises:
            NotKept: What was is not kept any more.
        """
        await self._horizon.check(self._fetcher, self._entry)
        return await self._fetcher.fetch(sql, arguments)
