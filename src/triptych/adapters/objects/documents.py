"""JSON documents of objects, made by the database."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.layout import Column, Group
from triptych.adapters.objects.tables import StoredType
from triptych.domain.ontology import Identifier, ScalarKind, Structure

_NOTHING: Mapping[str, Any] = {}


def document_column(
    stored: StoredType,
    dialect: Dialect,
    fields: Sequence[str],
    rows: sa.FromClause,
    computed: Mapping[str, tuple[Any, ScalarKind]] = _NOTHING,
) -> Any:
    """Makes one JSON document of a row.

    Args:
        stored: The object type and its tables.
        dialect: How the database says things.
        fields: The stored properties that the document has; all of them where empty.
        rows: The table, or a subquery with its columns.
        computed: By name, what it has besides, and of which kind that is.
    """
    pairs = [
        (each.path[-1], _part(each, stored, dialect, rows))
        for each in stored.layout.fields
        if not fields or each.path[0] in fields
    ]
    for name, (value, kind) in computed.items():
        json = dialect.codecs[kind].json
        pairs.append((name, json(value) if json else value))
    return sa.cast(dialect.json_object(pairs), sa.Text).label("document")


def _part(of: Column | Group, stored: StoredType, dialect: Dialect, rows: sa.FromClause) -> Any:
    if isinstance(of, Column):
        return _cell(of, stored, dialect, rows)
    inner = dialect.json_object(
        [(each.path[-1], _part(each, stored, dialect, rows)) for each in of.fields]
    )
    witness_column = of.witness
    if witness_column is None and of.path[0] in stored.screened:
        witness_column = next((each for each in _columns(of) if not each.is_nullable), None)
    if witness_column is None:
        return inner
    witness = rows.c[witness_column.name]
    is_there: sa.ColumnElement[bool] = witness.is_not(None)
    if witness_column.is_presence:
        is_there = witness == sa.literal_column("1" if dialect.name == "sqlite" else "true")
    return dialect.json_part(sa.case((is_there, inner)))


def _columns(of: Column | Group) -> Iterator[Column]:
    """Yields the columns of a group, and of those inside of it."""
    if isinstance(of, Column):
        yield of
        return
    for each in of.fields:
        yield from _columns(each)


def _cell(of: Column, stored: StoredType, dialect: Dialect, rows: sa.FromClause) -> Any:
    if of.is_joined and isinstance(of.type, Identifier):
        return dialect.json_part(joined_cell(stored, of, dialect, rows))
    cell = rows.c[of.name]
    if of.many:
        return dialect.json_part(cell)
    if of.type is None or isinstance(of.type, Structure):
        raise TypeError(f"{of.name} is no value of its own")
    codec = dialect.codecs[of.type.kind]
    return codec.json(cell) if codec.json else cell


def joined_cell(stored: StoredType, column: Column, dialect: Dialect, rows: sa.FromClause) -> Any:
    """Makes the JSON array of a link to many, as one cell of its owner's row."""
    joined = stored.joined[column.path[0]]
    owned = [joined.c[f"owner_{each.name}"] == rows.c[each.name] for each in stored.layout.key]
    ordered = (
        sa.select(joined.c.target).where(*owned).order_by(joined.c.place).correlate(rows).subquery()
    )
    kind = column.type.kind if isinstance(column.type, Identifier) else None
    json = dialect.codecs[kind].json if kind else None
    return dialect.json_array(ordered, json(ordered.c.target) if json else ordered.c.target)
