"""Writing one statement: the tables that it asks, and those that it is joined with on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.givens import encoded
from triptych.adapters.objects.tables import StoredType
from triptych.domain.expression import Expression
from triptych.domain.expression.nodes import Given, Linked, Variable
from triptych.domain.expression.vocabulary import Kind
from triptych.domain.ontology import ScalarKind

type Clauses = Mapping[type, Callable[[Writer, Any, bool], Any]]
type Values = Mapping[type, Callable[[Writer, Any], Any]]


class _Rows:
    """The rows of one statement, or of a question inside of it, with all that is joined to them."""

    def __init__(self, rows: sa.FromClause) -> None:
        self.joined = rows

    def join(self, table: sa.FromClause, on: Any, *, is_optional: bool) -> None:
        self.joined = self.joined.join(table, on, isouter=is_optional)


class Writer:
    """Writes expressions for one statement.

    Args:
        stored: Every object type and its tables.
        dialect: How the database says things.
        table: The statement's own table.
        clauses: How each kind of clause is written, as it stands or turned round.
        values: How each kind of value is written.
        prefix: What the names of its parameters begin with.
    """

    def __init__(
        self,
        stored: Mapping[str, StoredType],
        dialect: Dialect,
        table: sa.FromClause,
        clauses: Clauses,
        values: Values,
        prefix: str = "g",
    ) -> None:
        self.stored = stored
        self.dialect = dialect
        self._clauses, self._values, self._prefix = clauses, values, prefix
        self.items: dict[str, Any] = {}
        self._own = _Rows(table)
        self._tables: dict[tuple[str, ...], tuple[sa.FromClause, _Rows]] = {(): (table, self._own)}

    @property
    def rows(self) -> sa.FromClause:
        """The statement's own table, joined with all that was asked for along links."""
        return self._own.joined

    def clause(self, of: Expression, *, holds: bool = True) -> Any:
        """Writes a clause that is true where the expression holds, or where it does not."""
        return self._clauses[type(of)](self, of, holds)

    def value(self, of: Expression) -> Any:
        """Writes a value."""
        written = self._values.get(type(of))
        if written is None:
            return sa.case((self.clause(of), sa.true()), else_=sa.false())
        return written(self, of)

    def table(self, of: Variable) -> sa.FromClause:
        """Returns the table of a variable, joined where it was not yet."""
        if isinstance(of, Linked) and of.path not in self._tables:
            table = self.stored[of.type_name].table.alias(f"linked_{'_'.join(of.path)}")
            start = self.table(of.of)
            _, rows = self._tables[of.of.path]
            on = start.c[of.link.property] == table.c.id
            rows.join(table, on, is_optional=of.is_optional)
            self._tables[of.path] = table, rows
        return self._tables[of.path][0]

    def within(self, item: Variable, table: sa.FromClause, rows: Any, clause: Expression) -> Any:
        """Writes a clause about one of many objects, and returns the rows that it is asked of."""
        inner, around = _Rows(rows), dict(self._tables)
        self._tables[item.path] = table, inner
        written = self.clause(clause)
        # What was joined inside of a loop is not known outside of it; the rest is.
        kept = {path: each for path, each in self._tables.items() if each[1] is not inner}
        self._tables = around | kept
        return inner.joined, written

    def bind(self, value: Any, kind: Kind) -> Any:
        """Writes a constant."""
        codec = self.dialect.codecs[kind.scalar or ScalarKind.STR]
        return sa.literal(encoded(value, kind, self.dialect), codec.sql)

    def given(self, of: Given, suffix: str = "") -> Any:
        """Writes a value that is given when the statement is run; of several, one."""
        if of.size:
            suffix = f"_{of.size - 1}"
        codec = self.dialect.codecs[of.kind.scalar or ScalarKind.STR]
        return sa.bindparam(f"{self._prefix}{of.number}{suffix}", type_=codec.sql)
