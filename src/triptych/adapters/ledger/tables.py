"""The tables of the ledger: entries, their chain, idempotency keys, events and deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from triptych.adapters.database.dialect import Dialect
from triptych.domain.ontology import ScalarKind


@dataclass(frozen=True, slots=True)
class LedgerTables:
    """The tables of the ledger in one database's terms.

    Attributes:
        entries: Every call: who, what, when, and what came of it.
        chain: The digests of entries, each bound to all before it.
        keys: Idempotency keys and the outcomes that they stand for.
        events: What has happened, in the words of the domain.
        deliveries: Which event is still to reach which handler.
        plans: Plans that wait for somebody to commit them.
        marks: How far something has come, by name.
    """

    entries: sa.Table
    chain: sa.Table
    keys: sa.Table
    events: sa.Table
    deliveries: sa.Table
    plans: sa.Table
    marks: sa.Table

    @property
    def all(self) -> tuple[sa.Table, ...]:
        """All of them."""
        most = (self.entries, self.chain, self.keys, self.events, self.deliveries, self.plans)
        return (*most, self.marks)


def ledger_tables(dialect: Dialect) -> LedgerTables:
    """Makes the tables of the ledger.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.ledger.tables import ledger_tables

        assert ledger_tables(SqliteDialect()).chain.name == "triptych_chain"
        ```
    """
    return _Builder(dialect).tables()


class _Builder:
    """Makes tables of columns of three types."""

    def __init__(self, dialect: Dialect) -> None:
        codecs = dialect.codecs
        self._number, self._text = codecs[ScalarKind.INT].sql, codecs[ScalarKind.STR].sql
        self._content = codecs[ScalarKind.BYTES].sql
        self._metadata = sa.MetaData()

    def _table(self, name: str, key: tuple[str, ...], *items: SchemaItem) -> sa.Table:
        primary = sa.PrimaryKeyConstraint(*key, name=f"pk_triptych_{name}")
        # A key of several columns is the table itself, not an index beside it.
        options: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": len(key) == 1}
        return sa.Table(f"triptych_{name}", self._metadata, *items, primary, **options)

    def _numbers(self, *names: str) -> list[SchemaItem]:
        return [sa.Column(name, self._number, nullable=False) for name in names]

    def _texts(self, *names: str) -> list[SchemaItem]:
        return [sa.Column(name, self._text, nullable=False) for name in names]

    def _contents(self, *names: str) -> list[SchemaItem]:
        return [sa.Column(name, self._content, nullable=False) for name in names]

    def tables(self) -> LedgerTables:
        """Makes all of them."""
        return LedgerTables(
            self._entries(),
            self._chain(),
            self._keys(),
            self._events(),
            self._deliveries(),
            self._plans(),
            self._marks(),
        )

    def _entries(self) -> sa.Table:
        return self._table(
            "entries",
            ("number",),
            *self._numbers("number"),
            *self._texts("actor", "action", "decision", "code", "correlation"),
            sa.Column("content", self._text, nullable=True),
            *self._contents("proof"),
            sa.Index("ix_triptych_entries_actor", "actor", "number"),
        )

    def _chain(self) -> sa.Table:
        return self._table(
            "chain",
            ("position",),
            *self._numbers("position", "entry"),
            *self._contents("hash"),
            sa.UniqueConstraint("entry", name="uq_triptych_chain_entry"),
        )

    def _keys(self) -> sa.Table:
        return self._table(
            "keys",
            ("caller", "key"),
            *self._texts("caller", "key"),
            *self._contents("digest"),
            *self._numbers("entry"),
            *self._texts("outcome"),
            *self._numbers("expires"),
            sa.Index("ix_triptych_keys_expires", "expires"),
        )

    def _events(self) -> sa.Table:
        return self._table(
            "events",
            ("entry", "place"),
            *self._numbers("entry", "place"),
            *self._texts("type", "subject", "body", "correlation"),
        )

    def _deliveries(self) -> sa.Table:
        return self._table(
            "deliveries",
            ("handler", "entry", "place"),
            *self._texts("handler"),
            *self._numbers("entry", "place"),
            *self._texts("subject", "state", "error", "worker"),
            *self._numbers("tries", "due", "leased"),
            sa.Index("ix_triptych_deliveries_due", "due", "entry", "place"),
            sa.Index("ix_triptych_deliveries_subject", "handler", "subject", "entry"),
        )

    def _plans(self) -> sa.Table:
        return self._table(
            "plans",
            ("id",),
            *self._texts("id", "maker", "action", "body"),
            *self._numbers("made", "expires"),
        )

    def _marks(self) -> sa.Table:
        return self._table("marks", ("name",), *self._texts("name"), *self._numbers("number"))
