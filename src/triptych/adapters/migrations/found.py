"""The tables that are there, and what is remembered of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from triptych.adapters.database.memory import Kinds

_REQUIRED = " NOT NULL"


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """A column that is there.

    Attributes:
        type: In the database's words.
        is_required: Whether it holds something in each row.
        kind: What it holds, where that is remembered.
    """

    type: str
    is_required: bool
    kind: str = ""


@dataclass(frozen=True, slots=True)
class FoundTable:
    """A table that is there.

    Attributes:
        name: What it is called.
        columns: Its columns by name.
        constraints: What its constraints say, by name.
        indexes: What is known of its indexes, by name.
        is_ours: Whether it is remembered that the application made it.
    """

    name: str
    columns: Mapping[str, FoundColumn]
    constraints: Mapping[str, str] = field(default_factory=dict)
    indexes: Mapping[str, str] = field(default_factory=dict)
    is_ours: bool = False


def read_found(described: Mapping[str, Mapping[str, str]], kinds: Kinds) -> dict[str, FoundTable]:
    """Reads what `Database.describe` tells.

    Args:
        described: By table, its parts.
        kinds: By table and column, what is remembered that they hold.

    Example:
        ```python
        from triptych.adapters.migrations.found import read_found

        found = read_found({"cities": {"column name": "TEXT NOT NULL"}}, {})
        assert found["cities"].columns["name"].is_required
        ```
    """
    tables = {}
    for name, parts in described.items():
        known = kinds.get(name, {})
        columns = {}
        for column, type_ in _named(parts, "column").items():
            plain = type_.removesuffix(_REQUIRED)
            columns[column] = FoundColumn(plain, plain != type_, known.get(column, ""))
        tables[name] = FoundTable(
            name,
            columns,
            _named(parts, "constraint"),
            _named(parts, "index") | _named(parts, "trigger"),
            name in kinds,
        )
    return tables


def _named(parts: Mapping[str, str], word: str) -> dict[str, str]:
    return {
        part.removeprefix(f"{word} "): how
        for part, how in parts.items()
        if part.startswith(f"{word} ")
    }


def under_new_names(
    kinds: Kinds, names: Mapping[str, tuple[Sequence[str], Mapping[str, str]]]
) -> dict[str, dict[str, str]]:
    """Finds what is remembered of tables and columns by what they were called before.

    Args:
        kinds: By table and column, what is remembered that they hold.
        names: By table, what it was called, and what its columns were called.

    Example:
        ```python
        from triptych.adapters.migrations.found import under_new_names

        kinds = under_new_names({"t": {"a": "str"}}, {"u": (["t"], {"b": "a"})})
        assert kinds["u"]["b"] == "str"
        ```
    """
    known = {table: dict(columns) for table, columns in kinds.items()}
    for table, (before, renamed) in names.items():
        was = next((each for each in before if each in known), None)
        if table not in known and was is not None:
            known[table] = dict(known[was])
        for now, column in renamed.items():
            if column in known.get(table, {}):
                known[table].setdefault(now, known[table][column])
    return known
