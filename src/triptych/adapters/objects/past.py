"""The past: what was, in the place of every table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import sqlalchemy as sa

from triptych.adapters.database.dialect import Dialect, Statement, compile_statement
from triptych.adapters.objects.access import Access
from triptych.adapters.objects.forgetting import is_it
from triptych.adapters.objects.tables import ENTRY, UNTIL, StoredType
from triptych.adapters.objects.view import derived

AS_OF = "as_of"


def make_past(access: Mapping[str, Access]) -> dict[str, Access]:
    """Derives of each object type how its past is asked, as of an entry that is given."""
    return derived(access, {name: _past_type(each.stored) for name, each in access.items()})


def spans_statement(access: Access, dialect: Dialect) -> Statement:
    """Writes what asks from which entry until which each version of an object was, and is.

    Args:
        access: Of its object type.
        dialect: Of the database.

    Returns:
        A statement that is given the key; of what still is, the end is 0.
    """
    table = access.stored.table
    history = access.stored.history[table.name]
    zero: Any = sa.literal_column("0").label(UNTIL)
    today = sa.select(table.c[ENTRY], zero, table.columns[0]).where(*is_it(access, table))
    gone = sa.select(history.c[ENTRY], history.c[UNTIL], history.c[table.columns[0].name])
    return compile_statement(sa.union_all(today, gone.where(*is_it(access, history))), dialect)


def _past_type(stored: StoredType) -> StoredType:
    def past(table: sa.Table) -> sa.Table:
        return cast(sa.Table, _past_rows(table, stored.history[table.name]))

    joined = {name: past(each) for name, each in stored.joined.items()}
    return replace(stored, table=past(stored.table), joined=joined, origin=None)


def _past_rows(table: sa.Table, history: sa.Table) -> Any:
    """Says which rows there were: those of today that are old enough, and those gone since."""
    as_of = sa.bindparam(AS_OF, type_=table.c[ENTRY].type)
    today = sa.select(*table.columns).where(table.c[ENTRY] <= as_of)
    gone = sa.select(*(history.c[each.name] for each in table.columns))
    gone = gone.where(history.c[ENTRY] <= as_of, history.c[UNTIL] > as_of)
    return sa.union_all(today, gone).subquery(f"{table.name}__past")
