"""Schemas: making tables, and telling where a database differs from the code."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import sqlalchemy as sa
from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable

from triptych.adapters.database.dialect import Dialect


def creation_statements(tables: Iterable[sa.Table], dialect: Dialect) -> Iterator[tuple[str, str]]:
    """Yields table name and statement, in an order that works.

    SQLite looks a foreign key's table up when it is used; elsewhere foreign keys come last.
    """
    tables = list(tables)
    inline = None if dialect.name == "sqlite" else ()
    for table in tables:
        create = CreateTable(table, include_foreign_key_constraints=inline)
        yield table.name, str(create.compile(dialect=dialect.sql))
    for table in tables:
        for index in sorted(table.indexes, key=lambda each: str(each.name)):
            yield table.name, str(CreateIndex(index).compile(dialect=dialect.sql))
        for statement in dialect.search.statements(table):
            yield table.name, statement
        for key in _foreign_keys(table) if inline == () else ():
            yield table.name, str(AddConstraint(key).compile(dialect=dialect.sql))


def _foreign_keys(table: sa.Table) -> list[sa.ForeignKeyConstraint]:
    return sorted(table.foreign_key_constraints, key=lambda each: str(each.name))


def expected_schema(tables: Iterable[sa.Table], dialect: Dialect) -> dict[str, dict[str, str]]:
    """Describes tables as the code wants them, in the words of `Database.describe`."""
    described: dict[str, dict[str, str]] = {}
    for table in tables:
        known = {
            f"column {column.name}": _type(column, dialect)
            + ("" if column.nullable else " NOT NULL")
            for column in table.columns
        }
        known |= {f"constraint {each.name}": _says(each) for each in table.constraints}
        known |= {f"index {each.name}": "" for each in table.indexes}
        described[table.name] = known
        for name, parts in dialect.search.parts(table).items():
            described.setdefault(name, {}).update(parts)
    return described


def _says(constraint: sa.Constraint) -> str:
    """Says of a constraint what its name does not."""
    if isinstance(constraint, sa.PrimaryKeyConstraint):
        return f"({', '.join(each.name for each in constraint.columns)})"
    if isinstance(constraint, sa.ForeignKeyConstraint):
        return f"to {constraint.referred_table.name}"
    return ""


def _type(column: sa.Column[object], dialect: Dialect) -> str:
    return column.type.compile(dialect=dialect.sql).partition(" COLLATE")[0]


def differences(
    expected: Mapping[str, Mapping[str, str]], found: Mapping[str, Mapping[str, str]]
) -> list[str]:
    """Spells out where a database is not as expected; tables of others are left alone.

    Example:
        ```python
        from triptych.adapters.database.schema import differences

        wanted = {"cities": {"column id": "TEXT", "column name": "TEXT"}}
        assert differences(wanted, {"cities": {"column id": "INTEGER"}}) == [
            "cities: column id is INTEGER, the code says TEXT",
            "cities: column name is missing",
        ]
        ```
    """
    told = []
    for table, parts in expected.items():
        if table not in found:
            told.append(f"{table}: the table is missing")
            continue
        actual = found[table]
        for part, wanted in parts.items():
            if part not in actual:
                told.append(f"{table}: {part} is missing")
            elif actual[part] != wanted:
                told.append(f"{table}: {part} is {actual[part]}, the code says {wanted}")
        told += [f"{table}: {part} is not in the code" for part in actual if part not in parts]
    return told
