"""Plans that wait for somebody to commit them."""

from __future__ import annotations

import sqlalchemy as sa

from triptych.adapters.database.database import Database, Executor, Write
from triptych.adapters.database.dialect import Dialect, compile_statement
from triptych.adapters.ledger.ledger import inserting
from triptych.adapters.ledger.tables import LedgerTables
from triptych.domain.errors import ObjectMissing


class Plans:
    """Keeps plans, each for a while.

    Args:
        tables: The tables of the ledger.
        dialect: How the database says things.
    """

    def __init__(self, tables: LedgerTables, dialect: Dialect) -> None:
        plans = tables.plans
        now = sa.bindparam("now", type_=sa.BigInteger())
        is_it = plans.c.id == sa.bindparam("plan", type_=plans.c.id.type)
        self._insert = inserting(plans, dialect)
        self._find = compile_statement(
            sa.select(plans.c.body).where(is_it, plans.c.expires > now), dialect
        )
        self._drop = compile_statement(sa.delete(plans).where(is_it), dialect)
        self._sweep = compile_statement(sa.delete(plans).where(plans.c.expires <= now), dialect)

    async def keep(self, database: Database, row: dict[str, object]) -> None:
        """Keeps a plan: `id`, `maker`, `action`, `body`, `made` and `expires` in microseconds."""
        await database.execute(self._insert.text, self._insert.arguments(row))

    async def find(self, executor: Executor, plan: str, now: int) -> str:
        """Reads a plan.

        Raises:
            ObjectMissing: There is none, or its time is over.
        """
        values = {"plan": plan, "now": now}
        rows = await executor.fetch(self._find.text, self._find.arguments(values))
        if not rows:
            raise ObjectMissing("plan", plan)
        return str(rows[0][0])

    def dropping(self, plan: str) -> Write:
        """Makes the statement that lets go of a plan, which must still be there."""
        return Write(self._drop.text, self._drop.arguments({"plan": plan}), rows=1)

    async def sweep(self, database: Database, now: int) -> int:
        """Forgets every plan whose time is over, and returns how many there were."""
        return await database.execute(self._sweep.text, self._sweep.arguments({"now": now}))
