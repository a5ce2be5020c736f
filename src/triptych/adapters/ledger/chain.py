"""The chain: each entry's digest bound to all before it, so that nobody changes the past unseen.

Entries are written side by side and bound a moment later, in batches, by one process at a time:
writing them bound would let every action of every process wait for one row.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from triptych.adapters.database.database import ConstraintBroken, Database, Executor
from triptych.adapters.database.dialect import compile_statement
from triptych.adapters.ledger.ledger import Ledger

ERASE, FORGET = "erase", "forget"
_BATCH = 1_000
_BEGINNING = bytes(32)
# A transaction that began before is over by now: what it wrote is seen, or never will be.
_SETTLED = 10 * 60 * 1_000_000 << 10
# What is looked at most of the time: who commits later than this is found a minute later.
_RECENT = 1_000_000 << 10
_LINK = ("position", "entry", "hash")


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of checking the chain.

    Attributes:
        bound: How many entries are bound.
        waiting: How many are not bound yet.
        problems: What is not as it was written.
        head: The last hash, as hexadecimal: kept elsewhere, it proves all before it.

    Example:
        ```python
        from triptych.adapters.ledger.chain import Verification

        assert Verification(3, 0, (), "ab").is_sound
        ```
    """

    bound: int
    waiting: int
    problems: tuple[str, ...]
    head: str

    @property
    def is_sound(self) -> bool:
        """Whether everything is as it was written."""
        return not self.problems


class Chain:
    """Binds entries, and checks that they are as they were bound.

    Args:
        ledger: The ledger.

    Example:
        ```python
        from triptych.adapters.database.sqlite_dialect import SqliteDialect
        from triptych.adapters.ledger.chain import Chain
        from triptych.adapters.ledger.ledger import Ledger

        assert Chain(Ledger(SqliteDialect()))
        ```
    """

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._entries, self._chain = ledger.tables.entries, ledger.tables.chain
        self._find = compile_statement(self._finding(), ledger.dialect)
        self._bound_below = 0

    async def bind(self, database: Database, *, is_whole: bool = True) -> int:
        """Binds entries that are not bound yet, and returns how many there were.

        Args:
            database: Where they are.
            is_whole: Whether to look for those, too, whose transaction took long to commit.
        """
        count = 0
        while True:
            done = await self._bind_some(database, is_whole=is_whole)
            count += done
            if done < _BATCH:
                return count

    async def _bind_some(self, database: Database, *, is_whole: bool) -> int:
        position, last, newest = await self._head(database)
        since = self._bound_below if is_whole else max(self._bound_below, newest - _RECENT)
        rows = await self._loose(database, since)
        links = []
        for row in rows:
            position, last, newest = position + 1, _bound(last, row), max(newest, row[0])
            links.append((position, row[0], last))
        if links:
            try:
                async with database.transaction(is_exact=False) as transaction:
                    await transaction.load_rows(self._chain.name, _LINK, links)
            except ConstraintBroken:
                return 0  # another process was faster, and has bound them
        if is_whole and len(rows) < _BATCH:
            # All that is settled is bound, and need not be looked at again.
            self._bound_below = max(self._bound_below, newest - _SETTLED)
        return len(rows)

    async def _loose(self, executor: Executor, since: int) -> Sequence[Sequence[Any]]:
        """Reads entries that are not bound, among those after one."""
        text, arguments = self._find.text, self._find.arguments({"since": since})
        return await executor.fetch(text, arguments)

    def _finding(self) -> Any:
        entries, chain = self._entries, self._chain
        number = entries.c.number
        return (
            sa.select(*self._digested())
            .select_from(entries.outerjoin(chain, chain.c.entry == number))
            .where(chain.c.entry.is_(None), number > sa.bindparam("since", type_=number.type))
            .order_by(number)
            .limit(_BATCH)
        )

    async def _head(self, executor: Executor) -> tuple[int, bytes, int]:
        """Reads the last link: its position, its hash, and the entry that it binds."""
        chain = self._chain.c
        query = sa.select(chain.position, chain.hash, chain.entry)
        rows = await self._ledger.fetch(executor, query.order_by(chain.position.desc()).limit(1))
        return (rows[0][0], bytes(rows[0][1]), rows[0][2]) if rows else (0, _BEGINNING, 0)

    def _digested(self) -> list[Any]:
        """The columns that a digest is made of."""
        names = ("number", "actor", "action", "decision", "code", "correlation", "proof")
        return [self._entries.c[name] for name in names]

    async def verify(self, executor: Executor) -> Verification:
        """Reads the whole chain and checks every entry against it."""
        problems: list[str] = []
        erased: set[int] = set()
        known: set[int] = set()
        horizon = 0
        position, last = 0, _BEGINNING
        while True:
            rows = await self._links(executor, position)
            for at, entry, hashed, *digested, content in rows:
                position += 1
                if at != position:
                    problems.append(f"position {position} of the chain is missing")
                    position = at
                last = self._check(last, (entry, bytes(hashed), digested, content), problems)
                if content is None:
                    erased.add(entry)
                elif digested[2] in (ERASE, FORGET):
                    said = msgspec.json.decode(content)["parameters"]
                    known |= set(said.get("entries", ()))
                    horizon = max(horizon, said.get("until", 0))
            if len(rows) < _BATCH:
                break
        problems += [
            f"the content of entry {each} is gone, and no erasure says so"
            for each in sorted(erased - known)
            if each > horizon
        ]
        return Verification(position, await self._waiting(executor), tuple(problems), last.hex())

    def _check(
        self, last: bytes, link: tuple[int, bytes, list[Any], str | None], problems: list[str]
    ) -> bytes:
        """Checks one link, and returns the hash that the next is bound to."""
        entry, hashed, digested, content = link
        if digested[0] is None:
            problems.append(f"entry {entry} is missing")
            return hashed
        if content is not None and hashlib.sha256(content.encode()).digest() != bytes(digested[-1]):
            problems.append(f"the content of entry {entry} was changed")
        if _bound(last, digested) != hashed:
            problems.append(f"entry {entry} is not as it was bound, or what is before it")
        return hashed

    async def _links(self, executor: Executor, after: int) -> Sequence[Sequence[Any]]:
        chain, entries = self._chain, self._entries
        query = (
            sa.select(
                chain.c.position,
                chain.c.entry,
                chain.c.hash,
                *self._digested(),
                entries.c.content,
            )
            .select_from(chain.outerjoin(entries, entries.c.number == chain.c.entry))
            .where(chain.c.position > after)
            .order_by(chain.c.position)
            .limit(_BATCH)
        )
        return await self._ledger.fetch(executor, query)

    async def _waiting(self, executor: Executor) -> int:
        entries, chain = self._entries, self._chain
        loose = entries.outerjoin(chain, chain.c.entry == entries.c.number)
        query = sa.select(sa.func.count()).select_from(loose).where(chain.c.entry.is_(None))
        statement = compile_statement(query, self._ledger.dialect)
        rows = await executor.fetch(statement.text, statement.arguments({}))
        return int(rows[0][0])


def _bound(last: bytes, row: Sequence[Any]) -> bytes:
    """Binds an entry to all before it."""
    *said, proof = row
    digest = hashlib.sha256(msgspec.json.encode(said) + bytes(proof)).digest()
    return hashlib.sha256(last + digest).digest()
