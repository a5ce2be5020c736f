"""API keys: kept as digests, looked up by a prefix that is no secret."""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from triptych.adapters.database.database import Executor, Fetcher, Write
from triptych.adapters.database.dialect import Dialect, Statement, compile_statement
from triptych.domain.actor import Actor
from triptych.domain.ontology import ScalarKind

_TEXT = re.compile(r"tk_([0-9a-f]{12})_([0-9a-f]{64})", re.ASCII)
_NOBODYS = hashlib.sha256(b"nobody's").digest()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """What is known of a key; the key itself is known to its holder alone.

    Attributes:
        prefix: By which it is looked up, and named.
        actor: Who acts by it.
        made: When it was made, in microseconds since 1970.
        expires: When it is over; 0 for never.
        revoked: When it was revoked; 0 where it was not.
        used: When it was last used, within a minute; 0 for never.

    Example:
        ```python
        from triptych import Actor
        from triptych.adapters.identity.keys import ApiKey

        key = ApiKey("0123456789ab", Actor("ada"), made=1, expires=10)
        assert key.is_good(9) and not key.is_good(10)
        ```
    """

    prefix: str
    actor: Actor
    made: int
    expires: int = 0
    revoked: int = 0
    used: int = 0

    def is_good(self, now: int) -> bool:
        """Tells whether it may be used at a moment."""
        return not self.revoked and (not self.expires or now < self.expires)


@dataclass(frozen=True, slots=True)
class Secret:
    """A key as its holder knows it.

    Attributes:
        prefix: By which it is looked up.
        text: The whole of it.

    Example:
        ```python
        from triptych.adapters.identity.keys import Secret, read_secret

        secret = Secret.draw()
        assert read_secret(secret.text) == secret and secret.prefix in secret.text
        assert "tk_" not in repr(secret)
        ```
    """

    prefix: str
    text: str = field(repr=False)

    @classmethod
    def draw(cls) -> Secret:
        """Draws a new one: 256 bits that nobody can guess."""
        prefix = secrets.token_hex(6)
        return cls(prefix, f"tk_{prefix}_{secrets.token_hex(32)}")

    @property
    def digest(self) -> bytes:
        """What is kept of it: it holds so much chance that no salt or slow hash is needed."""
        return hashlib.sha256(self.text.encode()).digest()


def read_secret(text: str) -> Secret | None:
    """Reads a key as it is shown; `None` where it is none.

    Example:
        ```python
        from triptych.adapters.identity.keys import read_secret

        assert read_secret("tk_0123") is None
        ```
    """
    found = _TEXT.fullmatch(text)
    return None if found is None else Secret(found[1], text)


class ApiKeys:
    """Keeps keys.

    Args:
        dialect: How the database says things.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.identity.keys import ApiKeys

        assert ApiKeys(SqliteDialect()).table.name == "triptych_api_keys"
        ```
    """

    def __init__(self, dialect: Dialect) -> None:
        self._dialect = dialect
        self.table = _table(dialect)
        columns = self.table.c
        named = columns.prefix == self._value("named", columns.prefix)
        cells = {each.name: self._value(each.name, each) for each in columns}
        self._insert = self._compiled(sa.insert(self.table).values(cells))
        self._find = self._compiled(sa.select(self.table).where(named))
        self._list = self._compiled(sa.select(self.table).order_by(columns.made.desc()))
        update = sa.update(self.table).where(named)
        self._revoke = self._compiled(
            update.where(columns.revoked == 0).values(revoked=self._value("at", columns.revoked))
        )
        self._limit = self._compiled(update.values(expires=self._value("at", columns.expires)))
        self._use = self._compiled(update.values(used=self._value("at", columns.used)))

    def _value(self, name: str, column: sa.Column[Any]) -> Any:
        return sa.bindparam(name, type_=column.type)

    def _compiled(self, statement: Any) -> Statement:
        return compile_statement(statement, self._dialect)

    def adding(self, key: ApiKey, secret: Secret) -> Write:
        """Makes the statement that keeps a new key, of which only the digest is written."""
        row = {
            "prefix": key.prefix,
            "digest": secret.digest,
            "actor": key.actor.id,
            "roles": msgspec.json.encode(sorted(key.actor.roles)).decode(),
            "claims": msgspec.json.encode(dict(key.actor.claims)).decode(),
            "made": key.made,
            "expires": key.expires,
            "revoked": key.revoked,
            "used": key.used,
        }
        return Write(self._insert.text, self._insert.arguments(row), rows=1)

    async def match(self, fetcher: Fetcher, secret: Secret) -> ApiKey | None:
        """Finds the key of a secret; it takes as long whether the prefix is known or not."""
        rows = await fetcher.fetch(self._find.text, self._find.arguments({"named": secret.prefix}))
        kept = bytes(rows[0][1]) if rows else _NOBODYS
        is_it = hmac.compare_digest(kept, secret.digest)
        return _key(rows[0]) if rows and is_it else None

    async def find(self, fetcher: Fetcher, prefix: str) -> ApiKey | None:
        """Finds a key by its prefix."""
        rows = await fetcher.fetch(self._find.text, self._find.arguments({"named": prefix}))
        return _key(rows[0]) if rows else None

    async def list(self, fetcher: Fetcher) -> list[ApiKey]:
        """Lists all keys, the latest first."""
        rows = await fetcher.fetch(self._list.text, self._list.arguments({}))
        return [_key(row) for row in rows]

    def revoking(self, prefix: str, now: int) -> Write:
        """Makes the statement that revokes a key, which must not be revoked already."""
        return _change(self._revoke, prefix, now)

    def limiting(self, prefix: str, expires: int) -> Write:
        """Makes the statement that says when a key is over."""
        return _change(self._limit, prefix, expires)

    async def note_use(self, executor: Executor, prefix: str, now: int) -> None:
        """Notes that a key was used."""
        use = _change(self._use, prefix, now)
        await executor.execute(use.text, use.arguments)


def _change(statement: Statement, prefix: str, at: int) -> Write:
    return Write(statement.text, statement.arguments({"named": prefix, "at": at}), rows=1)


def _table(dialect: Dialect) -> sa.Table:
    codecs = dialect.codecs
    text, number = codecs[ScalarKind.STR].sql, codecs[ScalarKind.INT].sql
    texts = [sa.Column(name, text, nullable=False) for name in ("actor", "roles", "claims")]
    numbers = ("made", "expires", "revoked", "used")
    return sa.Table(
        "triptych_api_keys",
        sa.MetaData(),
        sa.Column("prefix", text, nullable=False),
        sa.Column("digest", codecs[ScalarKind.BYTES].sql, nullable=False),
        *texts,
        *(sa.Column(name, number, nullable=False) for name in numbers),
        sa.PrimaryKeyConstraint("prefix", name="pk_triptych_api_keys"),
        sqlite_strict=True,
    )


def _key(row: Sequence[Any]) -> ApiKey:
    prefix, _, actor, roles, claims, made, expires, revoked, used = row
    known: Mapping[str, Any] = msgspec.json.decode(claims)
    held = {name: tuple(each) if isinstance(each, list) else each for name, each in known.items()}
    acting = Actor(actor, frozenset(msgspec.json.decode(roles)), held)
    return ApiKey(prefix, acting, made, expires, revoked, used)
