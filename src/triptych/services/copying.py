"""Everything of one database brought into another: to move, to keep, and to bring back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from triptych.adapters.migrations.copying import Digest, copy_tables, digests
from triptych.adapters.migrations.found import FoundTable
from triptych.adapters.migrations.schema import schema_of
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import InvalidInput, Misconfigured, Problem
from triptych.services.migrations import Migrations

type Told = Callable[[str, int], None]


@dataclass(frozen=True, slots=True)
class CopiedTable:
    """A table that was copied, and the proof that it is the same.

    Attributes:
        name: What it is called.
        rows: How many rows it has.
        digest: What all of them come to, in both databases.
    """

    name: str
    rows: int
    digest: str


async def copy(
    source: SqlStore,
    target: SqlStore,
    *,
    actor: str = "",
    is_finished: bool = True,
    tell: Told = lambda table, rows: None,
) -> list[CopiedTable]:
    """Copies everything of one store into the empty database of another.

    Args:
        source: What is copied; its database need not be in step with the code.
        target: Where to.
        actor: Who does it.
        is_finished: Whether checks, links and indexes are made, too, so that it can be used.
        tell: Is told of each table, how many rows are copied.

    Returns:
        The tables, each with what its rows come to: it was the same in both databases.

    Raises:
        InvalidInput: There is something already where it is to be; or nothing to copy.
        Misconfigured: What has arrived is not what was sent; nothing of it is kept in use.
    """
    async with Migrations(source).opened(), Migrations(target).opened() as migrations:
        tables = await _ours(source)
        await _check_empty(target, tables)
        sent = await copy_tables(source.database, tables, target.database, tell)
        if is_finished:
            plan = await migrations.plan()
            if not plan.destructive:
                await migrations.apply(actor)
        known = [each for each in await _ours(target) if each.name in sent]
        arrived = await digests(target.database, known, target.database.dialect)
        _check_same(sent, arrived, target)
        return [CopiedTable(name, each.rows, each.text) for name, each in sent.items()]


async def _ours(store: SqlStore) -> list[FoundTable]:
    """Lists the tables of an application that are there.

    Raises:
        InvalidInput: There are none; or it is not remembered what they hold.
    """
    found = await schema_of(store).found()
    tables = [each for each in found.values() if each.is_ours]
    if not tables:
        mend = "make it by `serve` or `load`, or bring it in step by `db apply`"
        raise InvalidInput([Problem(store.database.name, "has nothing to copy", mend)])
    return tables


async def _check_empty(target: SqlStore, tables: list[FoundTable]) -> None:
    there = await target.database.describe()
    taken = [each.name for each in tables if each.name in there]
    if taken:
        found = f"has {', '.join(taken[:3])} already"
        raise InvalidInput([Problem(target.database.name, found, "choose an empty one")])


def _check_same(sent: dict[str, Digest], arrived: dict[str, Digest], target: SqlStore) -> None:
    # What was done to the copy itself is remembered there, and only there.
    own = target.memory.table.name
    wrong = [name for name in sent if name != own and sent[name] != arrived.get(name)]
    if wrong:
        raise Misconfigured(
            f"{target.database.name}: {', '.join(wrong)} is not what was sent; do not use it"
        )
