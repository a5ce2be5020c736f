"""The past: the same questions, asked of what was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import sqlalchemy as sa

from triptych.adapters.database.database import Fetcher
from triptych.adapters.expression.reader import RuleReader
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.objectset import ReadingRepository
from triptych.adapters.objects.sql_reading import SqlReader
from triptych.adapters.objects.statements import Statements
from triptych.adapters.objects.tables import ENTRY, UNTIL, StoredType
from triptych.domain.ontology import Ontology

_AS_OF = "as_of"


@dataclass(frozen=True, slots=True)
class Past:
    """All objects as they were after one entry of the ledger.

    Attributes:
        ontology: What they are.
        rules: Reads rules and names.
        access: The statements that ask for what was.
        database: Where they are kept.
        entry: The last entry that is seen.
    """

    ontology: Ontology
    rules: RuleReader
    access: Mapping[str, Access]
    database: Fetcher
    entry: int

    def repository[T](self, of: type[T]) -> ReadingRepository[T]:
        """Makes a repository that reads what was."""
        name = self.ontology.object_type(of).name
        return ReadingRepository(SqlReader(self.rules, self.access, name, self.database))


def make_past(access: Mapping[str, Access]) -> dict[str, Access]:
    """Derives of each object type how its past is asked."""
    types = {name: _past_type(each.stored) for name, each in access.items()}
    return {
        name: Access(
            types[name],
            each.mapping,
            Statements(types[name], each.statements.dialect, types, each.statements.names),
            each.encoders,
        )
        for name, each in access.items()
    }


def access_at(past: Mapping[str, Access], entry: int) -> dict[str, Access]:
    """Returns how what was after one entry is asked; what was compiled once is kept."""
    return {
        name: replace(each, statements=replace(each.statements, given={_AS_OF: entry}), ones={})
        for name, each in past.items()
    }


def _past_type(stored: StoredType) -> StoredType:
    def past(table: sa.Table) -> sa.Table:
        return cast(sa.Table, _past_rows(table, stored.history[table.name]))

    joined = {name: past(each) for name, each in stored.joined.items()}
    return replace(stored, table=past(stored.table), joined=joined)


def _past_rows(table: sa.Table, history: sa.Table) -> Any:
    """Says which rows there were: those of today that are old enough, and those gone since."""
    as_of = sa.bindparam(_AS_OF, type_=table.c[ENTRY].type)
    today = sa.select(*table.columns).where(table.c[ENTRY] <= as_of)
    gone = sa.select(*(history.c[each.name] for each in table.columns))
    gone = gone.where(history.c[ENTRY] <= as_of, history.c[UNTIL] > as_of)
    return sa.union_all(today, gone).subquery(f"{table.name}__past")
