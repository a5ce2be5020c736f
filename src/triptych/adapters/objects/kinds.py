"""What a column holds, in words that are kept in the database: two kinds may share a type."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from triptych.adapters.database.dialect import Dialect
from triptych.adapters.objects.layout import Column
from triptych.adapters.objects.tables import ENTRY, UNTIL, VERSION, StoredType
from triptych.domain.ontology import Property, ScalarKind, Structure

PRESENCE = "presence"
_NUMBER = str(ScalarKind.INT)


def kind_of(column: Column) -> str:
    """Writes what a column holds, down to the parts of what it holds several of.

    Example:
        ```python
        from triptych import read_ontology
        from triptych.adapters.objects.kinds import kind_of
        from triptych.adapters.objects.layout import lay_out

        layout = lay_out(read_ontology("flights").object_type("Flight"))
        assert kind_of(layout.column(("departure",))) == "datetime"
        ```
    """
    if column.is_presence or column.type is None:
        return PRESENCE
    return _shape(column.type) if column.many is None else f"{column.many}[{_shape(column.type)}]"


def _shape(of: Any) -> str:
    if not isinstance(of, Structure):
        return str(of.kind)
    return "{" + ", ".join(f"{each.name}: {_held(each)}" for each in of.properties) + "}"


def _held(of: Property) -> str:
    shape = _shape(of.type) if of.many is None else f"{of.many}[{_shape(of.type)}]"
    return f"{shape}?" if of.is_optional else shape


def kinds_of_type(stored: StoredType) -> dict[str, dict[str, str]]:
    """Says what the columns of an object type's tables hold, by table.

    Example:
        ```python
        from triptych import open_store
        from triptych.adapters.objects.kinds import kinds_of_type

        stored = open_store("flights", "sqlite:///:memory:").access["Flight"].stored
        assert kinds_of_type(stored)["flights__history"]["delay"] == "timedelta"
        ```
    """
    layout = stored.layout
    own = {each.name: kind_of(each) for each in layout.columns if not each.is_joined}
    kinds = {stored.table.name: {VERSION: _NUMBER, ENTRY: _NUMBER, **own}}
    owners = {f"owner_{each.name}": kind_of(each) for each in layout.key}
    for column, target in layout.links():
        if column.is_joined:
            joined = {ENTRY: _NUMBER, **owners, "place": _NUMBER, "target": str(target.kind)}
            kinds[stored.joined[column.path[0]].name] = joined
    past = {stored.history[name].name: {UNTIL: _NUMBER, **of} for name, of in kinds.items()}
    return kinds | past


def kinds_of_own(table: sa.Table, dialect: Dialect) -> dict[str, str]:
    """Says what the columns of one of our own tables hold: numbers, texts and bytes."""
    codecs = dialect.codecs
    of = {type(codecs[k].sql): k for k in (ScalarKind.INT, ScalarKind.BYTES, ScalarKind.STR)}
    return {each.name: str(of[type(each.type)]) for each in table.columns}
