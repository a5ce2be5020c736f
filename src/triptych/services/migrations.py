"""Migrations: what brings a database in step with the code is shown, tried, and done."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from triptych.adapters.database.database import Collided
from triptych.adapters.migrations.checking import breakages, count_rows
from triptych.adapters.migrations.operations import FillRows, Move
from triptych.adapters.migrations.schema import kinds_of, schema_of
from triptych.adapters.migrations.telling import guesses_of
from triptych.adapters.objects.sql import SqlStore
from triptych.domain.errors import MigrationRefused, Misconfigured
from triptych.domain.migrations import Applied, Breakage, Phase, Step

type Told = Callable[[Step, int], None]

_ROUNDS = 4


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What brings a database in step with the code.

    Attributes:
        steps: What is to be done, in order; nothing where all is in step.
        breakages: Rows that are in the way.
        guesses: What may have been meant.
        moves: The steps with what is done for them.
        version: Of the tables that it was made for.
    """

    steps: tuple[Step, ...]
    breakages: tuple[Breakage, ...]
    guesses: tuple[str, ...]
    moves: tuple[Move, ...]
    version: int = 0

    @property
    def destructive(self) -> list[Step]:
        """The steps after which something is gone."""
        return [each for each in self.steps if each.is_destructive]

    def sql(self) -> str:
        """Writes the statements as a script; what is worked out in Python is a comment in it."""
        lines = []
        for move in self.moves:
            lines.append(f"-- {move.step.table}: {move.step.about}")
            for operation in move.operations:
                if isinstance(operation, FillRows):
                    columns = ", ".join(operation.names.values())
                    lines.append(f"-- ({columns} of {operation.target}: worked out in Python)")
                else:
                    lines += [f"{text};" for text in operation.texts]
        return "\n".join(lines)


class Migrations:
    """Brings the database of a store in step with its code.

    Args:
        store: The store; its database need not be in step.

    Attributes:
        database: The database.

    Example:
        ```python
        import asyncio

        from triptych import open_store
        from triptych.services.migrations import Migrations

        async def main() -> list[str]:
            store = open_store("flights", "sqlite:///:memory:")
            async with Migrations(store).opened() as migrations:
                return [each.about for each in await migrations.apply("ada")]

        assert set(asyncio.run(main())) == {"make the table"}
        ```
    """

    def __init__(self, store: SqlStore) -> None:
        self._schema = schema_of(store)
        self.database = store.database

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Migrations]:
        """Connects for the length of a block, whatever the tables are like."""
        await self.database.open()
        try:
            yield self
        finally:
            await self.database.close()

    async def plan(self) -> MigrationPlan:
        """Says what would be done, and which rows are in the way; changes nothing."""
        version, comparison = await self._schema.version(), await self._schema.compare()
        rows = await count_rows(self.database, comparison)
        moves = self._schema.moves(comparison, rows)
        broken = await breakages(self.database, comparison, rows, self.database.dialect)
        return MigrationPlan(
            tuple(each.step for each in moves),
            tuple(broken),
            tuple(guesses_of(comparison)),
            tuple(moves),
            version,
        )

    async def apply(
        self,
        actor: str,
        *,
        only: Phase | None = None,
        loses: bool = False,
        tell: Told = lambda step, rows: None,
    ) -> list[Step]:
        """Does what is to be done, one at a time under a lock; what is done already is not again.

        Args:
            actor: Who does it.
            only: `Phase.EXPAND` for what the earlier code can live with; all where it is `None`.
            loses: Whether what nobody wants any more may be dropped.
            tell: Is told each step, and how many rows it has worked out.

        Returns:
            What was done.

        Raises:
            MigrationRefused: Rows are in the way, or something would be lost.
            DatabaseUnavailable: Somebody holds a table all the time.
        """
        async with self._schema.alone():
            return await self._apply(actor, only, loses, tell)

    async def _apply(self, actor: str, only: Phase | None, loses: bool, tell: Told) -> list[Step]:
        done: list[Step] = []
        for _ in range(_ROUNDS):
            plan = await self.plan()
            staged = None if self._schema.is_one_file else only
            moves = [each for each in plan.moves if staged in (None, each.step.phase)]
            if not moves:
                return done
            _refuse(plan, moves, loses)
            kinds = await self._kinds(is_half=staged is not None)
            with suppress(Collided):
                await self._schema.run(
                    moves, plan.version, kinds, actor, lambda move, rows: tell(move.step, rows)
                )
                done += [each.step for each in moves]
        left = "\n".join(f"  {each.table}: {each.about}" for each in plan.steps)
        raise Misconfigured(f"{self.database.name} does not come in step:\n{left}")

    async def _kinds(self, *, is_half: bool) -> dict[str, Mapping[str, str]]:
        """Says what columns hold in the end; in between, those that are there stay as they are."""
        wanted = self._schema.kinds
        if not is_half:
            return wanted
        known = kinds_of(await self._schema.found())
        return {**known, **{name: {**of, **known.get(name, {})} for name, of in wanted.items()}}

    async def history(self) -> list[Applied]:
        """Lists what was done, the last first."""
        described = await self.database.describe()
        memory = self._schema.memory
        if memory.table.name not in described:
            return []
        return [each for each in await memory.applied(self.database) if each.steps]


def _refuse(plan: MigrationPlan, moves: Sequence[Move], loses: bool) -> None:
    """Refuses what would lose something, or could not be done.

    Raises:
        MigrationRefused: It is so.
    """
    lost = [each.step for each in moves if each.step.is_destructive]
    if plan.breakages:
        raise MigrationRefused([str(each) for each in plan.breakages], "mend them first")
    if lost and not loses:
        said = [f"{each.table}: {each.about}, {each.rows:,} rows" for each in lost]
        raise MigrationRefused(said, "say --destructive if that is meant")
