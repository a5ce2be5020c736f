"""What is remembered in a database of how its tables came to be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from triptych.adapters.database.database import Fetcher, Write
from triptych.adapters.database.dialect import Dialect, compile_statement
from triptych.domain.migrations import Applied
from triptych.domain.ontology import ScalarKind

type Kinds = Mapping[str, Mapping[str, str]]
"""By table and column, what it holds: two kinds may share a type of the database."""


class Memory:
    """What is remembered in a database of how its tables came to be.

    Args:
        dialect: How the database says things.
    """

    def __init__(self, dialect: Dialect) -> None:
        number, text = (dialect.codecs[kind].sql for kind in (ScalarKind.INT, ScalarKind.STR))
        self.table = sa.Table(
            "triptych_migrations",
            sa.MetaData(),
            *(sa.Column(name, number, nullable=False) for name in ("number", "moment")),
            *(sa.Column(name, text, nullable=False) for name in ("actor", "steps", "kinds")),
            sa.PrimaryKeyConstraint("number", name="pk_triptych_migrations"),
            sqlite_strict=True,
        )
        columns = self.table.c
        newest = columns.number.desc()
        self._last = compile_statement(
            sa.select(columns.kinds).order_by(newest).limit(sa.literal_column("1")), dialect
        )
        all_of_them = sa.select(columns.number, columns.moment, columns.actor, columns.steps)
        self._list = compile_statement(all_of_them.order_by(newest), dialect)
        named = {each.name: sa.bindparam(each.name, type_=each.type) for each in columns}
        next_number = sa.select(
            sa.func.coalesce(sa.func.max(columns.number), sa.text("0")) + sa.text("1")
        )
        named["number"] = next_number.scalar_subquery()  # type: ignore[assignment]  # both are values
        self._insert = compile_statement(sa.insert(self.table).values(named).inline(), dialect)

    async def kinds(self, fetcher: Fetcher) -> dict[str, dict[str, str]]:
        """Reads what the columns hold, by table; empty where nothing is remembered."""
        rows = await fetcher.fetch(self._last.text, self._last.arguments({}))
        return msgspec.json.decode(rows[0][0], type=dict[str, dict[str, str]]) if rows else {}

    async def applied(self, fetcher: Fetcher) -> list[Applied]:
        """Reads what was done, the last first."""
        rows: Sequence[Sequence[Any]] = await fetcher.fetch(
            self._list.text, self._list.arguments({})
        )
        return [
            Applied(n, at, who, tuple(msgspec.json.decode(steps))) for n, at, who, steps in rows
        ]

    def remember(self, actor: str, steps: Sequence[str], kinds: Kinds) -> Write:
        """Makes the statement that notes what was done now, and what the columns hold."""
        values = {
            "moment": int(datetime.now(UTC).timestamp() * 1_000_000),
            "actor": actor,
            "steps": msgspec.json.encode(steps).decode(),
            "kinds": msgspec.json.encode(kinds).decode(),
        }
        return Write(self._insert.text, self._insert.arguments(values), rows=1)
