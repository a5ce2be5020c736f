"""The past: what was, in the place of every table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, cast

import sqlalchemy as sa

from triptych.adapters.objects.access import Access
from triptych.adapters.objects.tables import ENTRY, UNTIL, StoredType
from triptych.adapters.objects.view import derived

AS_OF = "as_of"


def make_past(access: Mapping[str, Access]) -> dict[str, Access]:
    """Derives of each object type how its past is asked, as of an entry that is given."""
    return derived(access, {name: _past_type(each.stored) for name, each in access.items()})


def _past_type(stored: StoredType) -> StoredType:
    def past(table: sa.Table) -> sa.Table:
        return cast(sa.Table, _past_rows(table, stored.history[table.name]))

    joined = {name: past(each) for name, each in stored.joined.items()}
    return replace(stored, table=past(stored.table), joined=joined, words=None)


def _past_rows(table: sa.Table, history: sa.Table) -> Any:
    """Says which rows there were: those of today that are old enough, and those gone since."""
    as_of = sa.bindparam(AS_OF, type_=table.c[ENTRY].type)
    today = sa.select(*table.columns).where(table.c[ENTRY] <= as_of)
    gone = sa.select(*(history.c[each.name] for each in table.columns))
    gone = gone.where(history.c[ENTRY] <= as_of, history.c[UNTIL] > as_of)
    return sa.union_all(today, gone).subquery(f"{table.name}__past")
