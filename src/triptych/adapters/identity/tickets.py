"""Tickets: what a browser holds, kept as digests: sign-ins that have begun, and sessions."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.database import Fetcher, Write
from triptych.adapters.database.dialect import Dialect, compile_statement
from triptych.domain.ontology import ScalarKind

SIGN_IN, SESSION = "sign-in", "session"


def draw() -> str:
    """Draws a ticket: 256 bits of chance."""
    return secrets.token_urlsafe(32)


def digest_of(ticket: str) -> bytes:
    """Returns what is kept of a ticket."""
    return hashlib.sha256(ticket.encode()).digest()


class Tickets:
    """Where tickets are kept: their digests, what they stand for, and until when.

    Args:
        dialect: How the database says things.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.identity.tickets import Tickets

        assert Tickets(SqliteDialect()).table.name == "triptych_tickets"
        ```
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.table = _table(dialect)
        columns = self.table.c
        self._named = {each.name: sa.bindparam(each.name, type_=each.type) for each in columns}
        same = [columns[name] == self._named[name] for name in ("digest", "kind")]
        self._insert = self._compiled(sa.insert(self.table).values(self._named))
        self._find = self._compiled(
            sa.select(columns.body).where(*same, columns.expires > self._named["expires"])
        )
        self._drop = self._compiled(sa.delete(self.table).where(*same))
        self._drop_of = self._compiled(
            sa.delete(self.table).where(
                columns.actor == self._named["actor"], columns.kind == self._named["kind"]
            )
        )
        self._drop_old = self._compiled(
            sa.delete(self.table).where(columns.expires <= self._named["expires"])
        )
        self._list = self._compiled(
            sa.select(columns.actor, columns.made, columns.expires)
            .where(columns.kind == self._named["kind"])
            .order_by(columns.made.desc())
        )

    def _compiled(self, statement: Any) -> Any:
        return compile_statement(statement, self._dialect)

    def adding(self, kind: str, ticket: str, actor: str, body: str, span: tuple[int, int]) -> Write:
        """Makes the statement that keeps a new ticket, from when until when it is good."""
        row = {
            "digest": digest_of(ticket),
            "kind": kind,
            "actor": actor,
            "body": body,
            "made": span[0],
            "expires": span[1],
        }
        return Write(self._insert.text, self._insert.arguments(row), rows=1)

    async def find(self, fetcher: Fetcher, kind: str, ticket: str, now: int) -> str | None:
        """Finds what a ticket stands for; nothing where it is unknown, or over."""
        given = {"digest": digest_of(ticket), "kind": kind, "expires": now}
        rows = await fetcher.fetch(self._find.text, self._find.arguments(given))
        return str(rows[0][0]) if rows else None

    def dropping(self, kind: str, ticket: str) -> Write:
        """Makes the statement that lets go of a ticket, which must be there."""
        given = {"digest": digest_of(ticket), "kind": kind}
        return Write(self._drop.text, self._drop.arguments(given), rows=1)

    def dropping_all_of(self, kind: str, actor: str) -> Write:
        """Makes the statement that lets go of all tickets of somebody."""
        return Write(self._drop_of.text, self._drop_of.arguments({"kind": kind, "actor": actor}))

    def dropping_old(self, now: int) -> Write:
        """Makes the statement that lets go of what is over."""
        return Write(self._drop_old.text, self._drop_old.arguments({"expires": now}))

    async def list(self, fetcher: Fetcher, kind: str) -> list[tuple[str, int, int]]:
        """Lists tickets: whose, and from when until when they are good."""
        rows = await fetcher.fetch(self._list.text, self._list.arguments({"kind": kind}))
        return [(str(actor), made, expires) for actor, made, expires in rows]


def _table(dialect: Dialect) -> sa.Table:
    codecs = dialect.codecs
    text, number = codecs[ScalarKind.STR].sql, codecs[ScalarKind.INT].sql
    return sa.Table(
        "triptych_tickets",
        sa.MetaData(),
        sa.Column("digest", codecs[ScalarKind.BYTES].sql, nullable=False),
        *(sa.Column(name, text, nullable=False) for name in ("kind", "actor", "body")),
        *(sa.Column(name, number, nullable=False) for name in ("made", "expires")),
        sa.PrimaryKeyConstraint("digest", name="pk_triptych_tickets"),
        sqlite_strict=True,
    )
