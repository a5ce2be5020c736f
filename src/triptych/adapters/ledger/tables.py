"""The tables of the ledger: entries, their chain, idempotency keys, events and deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

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
    """

    entries: sa.Table
    chain: sa.Table
    keys: sa.Table
    events: sa.Table
    deliveries: sa.Table
    plans: sa.Table

    @property
    def all(self) -> tuple[sa.Table, ...]:
        """All of them."""
        return self.entries, self.chain, self.keys, self.events, self.deliveries, self.plans


def ledger_tables(dialect: Dialect) -> LedgerTables:
    """Makes the tables of the ledger.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.ledger.tables import ledger_tables

        assert ledger_tables(SqliteDialect()).chain.name == "triptych_chain"
        ```
    """
    number, text, content = (
        dialect.codecs[kind].sql for kind in (ScalarKind.INT, ScalarKind.STR, ScalarKind.BYTES)
    )
    metadata = sa.MetaData()

    def table(name: str, key: tuple[str, ...], /, *items: sa.schema.SchemaItem) -> sa.Table:
        primary = sa.PrimaryKeyConstraint(*key, name=f"pk_triptych_{name}")
        # A key of several columns is the table itself, not an index beside it.
        options: dict[str, Any] = {"sqlite_strict": True, "sqlite_with_rowid": len(key) == 1}
        return sa.Table(f"triptych_{name}", metadata, *items, primary, **options)

    def column(name: str, of: sa.types.TypeEngine[object], **options: bool) -> sa.Column[object]:
        return sa.Column(name, of, nullable=options.get("nullable", False))

    entries = table(
        "entries",
        ("number",),
        column("number", number),
        *(column(name, text) for name in ("actor", "action", "decision", "code", "correlation")),
        column("content", text, nullable=True),
        column("proof", content),
        sa.Index("ix_triptych_entries_actor", "actor", "number"),
    )
    chain = table(
        "chain",
        ("position",),
        column("position", number),
        column("entry", number),
        column("hash", content),
        sa.UniqueConstraint("entry", name="uq_triptych_chain_entry"),
    )
    keys = table(
        "keys",
        ("caller", "key"),
        *(column(name, text) for name in ("caller", "key")),
        column("digest", content),
        column("entry", number),
        column("outcome", text),
        column("expires", number),
        sa.Index("ix_triptych_keys_expires", "expires"),
    )
    events = table(
        "events",
        ("entry", "place"),
        column("entry", number),
        column("place", number),
        *(column(name, text) for name in ("type", "subject", "body", "correlation")),
    )
    deliveries = table(
        "deliveries",
        ("handler", "entry", "place"),
        column("handler", text),
        column("entry", number),
        column("place", number),
        *(column(name, text) for name in ("subject", "state", "error", "worker")),
        *(column(name, number) for name in ("tries", "due", "leased")),
        sa.Index("ix_triptych_deliveries_due", "state", "due", "entry", "place"),
        sa.Index("ix_triptych_deliveries_subject", "handler", "subject", "entry"),
    )
    plans = table(
        "plans",
        ("id",),
        *(column(name, text) for name in ("id", "maker", "action", "body")),
        *(column(name, number) for name in ("made", "expires")),
    )
    return LedgerTables(entries, chain, keys, events, deliveries, plans)
