"""From an expression to SQL that means the same, `None` included, and can use an index.

A clause is written as it stands or turned round, never as `NOT (...)`: so what is NULL, which
neither is, is left out either way, and no three-valued logic leaks. Where equality will do, it is
equality and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import sqlalchemy as sa

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.database.search import searched_columns
from triptych.adapters.objects.comparing import different, equal, may_be_missing, ordered
from triptych.adapters.objects.givens import after_prefix, not_searched
from triptych.adapters.objects.layout import Column, Group
from triptych.adapters.objects.tables import StoredType
from triptych.adapters.objects.writer import Clauses, Values, Writer
from triptych.domain.errors import InvalidInput, Problem
from triptych.domain.expression.building import INT, kind_of
from triptych.domain.expression.nodes import (
    All,
    Among,
    Bin,
    Choose,
    Compare,
    Constant,
    Count,
    Either,
    Exists,
    Expression,
    Extract,
    Given,
    Item,
    Length,
    Linked,
    Matches,
    Missing,
    Not,
    Period,
    Reckon,
    TextChange,
    TextMatch,
    Value,
    Variable,
)
from triptych.domain.expression.vocabulary import Match, Operator
from triptych.domain.ontology import Cardinality, ScalarKind, Structure

_MOMENTS = {ScalarKind.DATE, ScalarKind.DATETIME}


def make_writer(
    stored: Mapping[str, StoredType], dialect: Dialect, table: sa.FromClause, prefix: str = "g"
) -> Writer:
    """Makes a writer of expressions for one statement.

    Args:
        stored: Every object type and its tables.
        dialect: How the database says things.
        table: The statement's own table.
        prefix: What the names of its parameters begin with.
    """
    return Writer(stored, dialect, table, _CLAUSES, _VALUES, prefix)


def _constant(writer: Writer, of: Constant, holds: bool) -> Any:
    return sa.true() if bool(of.value) is holds else sa.false()


def _is_true(writer: Writer, of: Expression, holds: bool) -> Any:
    value = writer.value(of)
    wanted = writer.bind(holds, kind_of(of))
    return value == wanted


def _some(rows: Any, *conditions: Any) -> Any:
    """Asks whether there is a row; all tables but its own are those of the statement around."""
    one: Any = sa.select(sa.literal_column("1")).select_from(rows).where(*conditions)
    return sa.exists(one.correlate_except(rows))


def _how_many(rows: Any, *conditions: Any) -> Any:
    """Counts rows; all tables but its own are those of the statement around."""
    count = sa.select(sa.func.count()).select_from(rows).where(*conditions)
    return count.correlate_except(rows).scalar_subquery()


def _missing(writer: Writer, of: Missing, holds: bool) -> Any:
    if isinstance(of.of, Variable):
        column = writer.table(of.of).c[writer.stored[of.of.type_name].layout.key[0].name]
    else:
        found = _present_column(writer, of.of)
        if isinstance(found, tuple):
            column, presence = found
            return column == presence if not holds else column != presence
        column = found
    return column.is_(None) if holds else column.is_not(None)


def _present_column(writer: Writer, of: Expression) -> Any:
    """Returns the column that is NULL where there is nothing; with its value, one that tells."""
    if not isinstance(of, Value) or not isinstance(of.kind.type, Structure) or of.kind.many:
        return writer.value(of)
    stored = writer.stored[of.of.type_name]
    group = _group(stored.layout.fields, of.path.names)
    # Only what is optional is asked for, and that has a witness.
    witness = cast(Column, group.witness)
    column = writer.table(of.of).c[witness.name]
    if witness.is_presence:
        codec = writer.dialect.codecs[ScalarKind.BOOL]
        return column, sa.literal(codec.encode(True) if codec.encode else True, codec.sql)
    return column


def _group(fields: Sequence[Any], path: tuple[str, ...]) -> Group:
    for each in fields:
        if isinstance(each, Group) and path[: len(each.path)] == each.path:
            return each if each.path == path else _group(each.fields, path)
    raise KeyError(path)


def _compare(writer: Writer, of: Compare, holds: bool) -> Any:
    left, right = _comparable(writer, of.left, of.right)
    if of.operator is not Operator.EQ:
        return ordered(of.operator, left, right, holds=holds)
    return equal(of, (left, right)) if holds else different(of, (left, right))


def _comparable(writer: Writer, left: Expression, right: Expression) -> tuple[Any, Any]:
    """Writes two values so that they compare as they do in Python."""
    one, other = writer.value(left), writer.value(right)
    kinds = [kind_of(each).scalar or ScalarKind.STR for each in (left, right)]
    idioms = writer.dialect.idioms
    if ScalarKind.DECIMAL in kinds:
        is_column = isinstance(left, Value) and kinds[0] is ScalarKind.DECIMAL
        one, other = idioms.exact(one, kinds[0]), idioms.exact(other, kinds[1])
        return (one, other) if is_column else idioms.decimals(one, other)
    if _MOMENTS.intersection(kinds) and not (_is_plain(left) and _is_plain(right)):
        return idioms.exact(one, kinds[0]), idioms.exact(other, kinds[1])
    return one, other


def _is_plain(of: Expression) -> bool:
    return isinstance(of, Value | Given | Constant | Item)


def _among(writer: Writer, of: Among, holds: bool) -> Any:
    if isinstance(of.values, Value):
        found = _is_held(writer, of.item, of.values)
        return found if holds else sa.not_(found)
    listed = _listed(of.values)
    if not isinstance(of.item, Value):
        equals = [Compare(Operator.EQ, of.item, each) for each in listed]
        clauses = [writer.clause(each, holds=holds) for each in equals]
        return sa.or_(*clauses) if holds else sa.and_(*clauses)
    item, values = writer.value(of.item), [writer.value(each) for each in listed]
    if holds:
        return item.in_(values)
    outside = item.not_in(values)
    return sa.or_(outside, item.is_(None)) if may_be_missing(of.item) else outside


def _listed(of: Expression) -> list[Expression]:
    """Returns several values one by one."""
    kind = replace(kind_of(of), many=None)
    if isinstance(of, Given):
        return [Given(of.number, kind, place + 1) for place in range(of.size)]
    return [Constant(each, kind) for each in of.value] if isinstance(of, Constant) else []


def _is_held(writer: Writer, item: Expression, values: Value) -> Any:
    """Asks whether a value is among those that one object holds."""
    rows, value, conditions = _opened(writer, values)
    return _some(rows, *conditions, value == writer.value(item))


def _match(writer: Writer, of: TextMatch, holds: bool) -> Any:
    text = writer.value(of.text)
    if of.match is Match.STARTS and isinstance(of.part, Constant | Given):
        if isinstance(of.part, Given):
            first, after = writer.given(of.part), writer.given(of.part, "_after")
        else:
            first = writer.bind(of.part.value, of.part.kind)
            after = writer.bind(after_prefix(of.part.value), of.part.kind)
        return (
            sa.and_(text >= first, text < after) if holds else sa.or_(text < first, text >= after)
        )
    part = writer.value(of.part)
    if of.match is Match.STARTS:
        found = sa.func.substr(text, sa.literal_column("1"), sa.func.length(part)) == part
    elif of.match is Match.ENDS:
        found = writer.dialect.idioms.ends(text, part)
    else:
        found = writer.dialect.idioms.contains(text, part)
    return found if holds else sa.not_(found)


def _spoken(writer: Writer, of: Matches, holds: bool) -> Any:
    table = writer.stored[of.of.type_name].origin
    if table is None:
        found = "words are found in what is, not in what was"
        raise InvalidInput([Problem("search", found, "filter by contains")])
    if not searched_columns(table):
        raise not_searched(of.of.type_name)
    query = writer.value(of.words)
    spoken = writer.dialect.search.matches(table, writer.table(of.of), query)
    return spoken if holds else sa.not_(spoken)


def _all(writer: Writer, of: All, holds: bool) -> Any:
    clauses = [writer.clause(each, holds=holds) for each in of.clauses]
    return sa.and_(*clauses) if holds else sa.or_(*clauses)


def _either(writer: Writer, of: Either, holds: bool) -> Any:
    clauses = [writer.clause(each, holds=holds) for each in of.clauses]
    return sa.or_(*clauses) if holds else sa.and_(*clauses)


def _choice(writer: Writer, of: Choose, holds: bool) -> Any:
    then, otherwise = (writer.clause(each, holds=holds) for each in (of.then, of.otherwise))
    return sa.or_(
        sa.and_(writer.clause(of.clause), then),
        sa.and_(writer.clause(of.clause, holds=False), otherwise),
    )


def _exists(writer: Writer, of: Exists, holds: bool) -> Any:
    if isinstance(of.among, Value):
        found = _some_item(writer, cast(Item, of.item), of.among, of.clause)
    else:
        rows, table, conditions = _linked(writer, of.among)
        rows, clause = writer.within(cast(Variable, of.item), table, rows, of.clause)
        found = _some(rows, *conditions, clause)
    return found if holds else sa.not_(found)


def _some_item(writer: Writer, item: Item, values: Value, clause: Expression) -> Any:
    rows, value, conditions = _opened(writer, values)
    around = dict(writer.items)
    writer.items[item.name] = value
    found = _some(rows, *conditions, writer.clause(clause))
    writer.items = around
    return found


def _opened(writer: Writer, values: Value) -> tuple[Any, Any, list[Any]]:
    """Returns the rows of several values that an object holds, each value, and whose it is."""
    stored = writer.stored[values.of.type_name]
    column = stored.layout.column(values.path.names)
    table = writer.table(values.of)
    if not column.is_joined:
        kind = kind_of(values).scalar or ScalarKind.STR
        return *writer.dialect.idioms.items(table.c[column.name], kind), []
    joined = stored.joined[values.path.names[0]].alias()
    owned = [joined.c[f"owner_{each.name}"] == table.c[each.name] for each in stored.layout.key]
    return joined, joined.c.target, owned


def _linked(writer: Writer, of: Linked) -> tuple[Any, Any, list[Any]]:
    """Returns the rows that a link to many leads to, their table, and what holds of them."""
    table = writer.stored[of.type_name].table.alias()
    start, link = writer.table(of.of), of.link
    if link.holder is not Cardinality.MANY:
        return table, table, [table.c[link.property] == start.c.id]
    holder = writer.stored[link.target if link.is_reverse else link.source]
    owner, target = (table, start) if link.is_reverse else (start, table)
    joined = holder.joined[link.property].alias()
    owned = [joined.c[f"owner_{each.name}"] == owner.c[each.name] for each in holder.layout.key]
    aimed = joined.c.target == target.c.id
    if link.is_reverse:
        return table.join(joined, sa.and_(*owned)), table, [aimed]
    return table.join(joined, aimed), table, owned


def _stored_value(writer: Writer, of: Value) -> Any:
    stored = writer.stored[of.of.type_name]
    return writer.table(of.of).c[stored.layout.column(of.path.names).name]


def _reckoned(writer: Writer, of: Reckon) -> Any:
    (left, one), (right, other) = (
        (writer.value(each), kind_of(each).scalar or ScalarKind.INT) for each in (of.left, of.right)
    )
    return writer.dialect.idioms.reckon(of.sign, (left, one), (right, other))


def _length(writer: Writer, of: Length) -> Any:
    if not kind_of(of.of).many:
        return sa.func.length(writer.value(of.of))
    if not isinstance(of.of, Value):
        return writer.bind(len(of.of.value) if isinstance(of.of, Constant) else 0, INT)
    column = writer.stored[of.of.of.type_name].layout.column(of.of.path.names)
    if column.is_joined:
        rows, _, conditions = _opened(writer, of.of)
        return _how_many(rows, *conditions)
    return writer.dialect.idioms.size(writer.table(of.of.of).c[column.name])


def _counted(writer: Writer, of: Count) -> Any:
    rows, _, conditions = _linked(writer, of.among)
    return _how_many(rows, *conditions)


def _extracted(writer: Writer, of: Extract) -> Any:
    kind = kind_of(of.of).scalar or ScalarKind.DATETIME
    return writer.dialect.idioms.extract(of.part, kind, writer.value(of.of))


def _bin(writer: Writer, of: Bin) -> Any:
    kind = kind_of(of.of).scalar or ScalarKind.INT
    width = writer.bind(of.width.value, of.width.kind)
    return writer.dialect.idioms.binned(writer.value(of.of), kind, width)


def _period(writer: Writer, of: Period) -> Any:
    return begin(writer.dialect, of, common_to(writer, of))


def common_to(writer: Writer, of: Period) -> Any:
    """Writes what dates or instants of one period share: enough to tell it from others."""
    return writer.dialect.idioms.common(of.unit, of.zone, writer.value(of.of), _scalar_of(of))


def begin(dialect: Dialect, of: Period, common: Any) -> Any:
    """Writes the beginning of a period that is told by what is common to it."""
    return dialect.idioms.period(of.unit, of.zone, common, _scalar_of(of))


def _scalar_of(of: Period) -> ScalarKind:
    return kind_of(of.of).scalar or ScalarKind.DATETIME


def _chosen(writer: Writer, of: Choose) -> Any:
    then, otherwise = writer.value(of.then), writer.value(of.otherwise)
    return sa.case((writer.clause(of.clause), then), else_=otherwise)


def _plain(writer: Writer, of: Constant) -> Any:
    return sa.null() if of.value is None else writer.bind(of.value, of.kind)


_CLAUSES: Clauses = {
    Constant: _constant,
    Value: _is_true,
    Item: _is_true,
    Missing: _missing,
    Compare: _compare,
    Among: _among,
    TextMatch: _match,
    Matches: _spoken,
    All: _all,
    Either: _either,
    Not: lambda writer, of, holds: writer.clause(of.clause, holds=not holds),
    Choose: _choice,
    Exists: _exists,
}
_VALUES: Values = {
    Constant: _plain,
    Given: lambda writer, of: writer.given(of),
    Value: _stored_value,
    Item: lambda writer, of: writer.items[of.name],
    TextChange: lambda writer, of: writer.dialect.idioms.change(of.change, writer.value(of.text)),
    Choose: _chosen,
    Reckon: _reckoned,
    Extract: _extracted,
    Length: _length,
    Count: _counted,
    Bin: _bin,
    Period: _period,
}
