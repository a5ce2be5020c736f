"""Layouts, tables, and what an application says about them."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import Any

import pytest
import sqlalchemy as sa  # review: ignore[TST005] statements are written here, and never run

from tests.conftest import MakeDomain
from tests.fixtures.library.domain.entities import Book
from triptych import Table
from triptych.adapters.database.dialect import compile_statement
from triptych.adapters.database.sqlite_dialect import SqliteDialect
from triptych.adapters.objects.layout import lay_out
from triptych.adapters.objects.tables import make_tables
from triptych.domain.errors import InvalidInput, Misconfigured, UnknownName
from triptych.domain.ontology import Ontology
from triptych.services.ontology import read_ontology

HEADER = (
    '"""x."""\nfrom __future__ import annotations\nfrom dataclasses import dataclass\n'
    "from typing import NewType\n"
)


class TestLayout:
    def test_value_objects_are_flattened(self, library: Ontology) -> None:
        names = [each.name for each in lay_out(library.object_type("Book")).columns]
        assert "shelf_room" in names
        assert "note__present" in names
        assert "shelf__present" not in names

    def test_two_values_of_one_column_name_are_told(self, make_domain: MakeDomain) -> None:
        package = make_domain(
            {
                "value_objects.py": HEADER
                + '\n\n@dataclass(frozen=True)\nclass Shelf:\n    """s."""\n    room: str\n',
                "entities.py": HEADER
                + "from .value_objects import Shelf\nAId = NewType('AId', str)\n\n\n"
                + '@dataclass(frozen=True)\nclass A:\n    """a."""\n    id: AId\n    shelf: Shelf\n'
                + "    shelf_room: str\n",
            }
        )
        with pytest.raises(Misconfigured, match="two values that would be column shelf_room"):
            lay_out(read_ontology(package).object_type("A"))

    def test_an_unknown_column_is_a_key_error(self, library: Ontology) -> None:
        with pytest.raises(KeyError):
            lay_out(library.object_type("Book")).column(("colour",))


class TestTables:
    def make(self, library: Ontology, *options: Table) -> Any:
        return make_tables(library, SqliteDialect(), options)

    def test_a_table_may_be_called_otherwise(self, library: Ontology) -> None:
        tables = self.make(library, Table(Book, name="volumes"))
        assert tables["Book"].table.name == "volumes"
        assert tables["Review"].table.name == "reviews"
        (key,) = [
            each.elements[0].target_fullname
            for each in tables["Review"].table.foreign_key_constraints
            if each.column_keys == ["book"]
        ]
        assert key == "volumes.id"

    def test_links_and_declared_groups_are_indexed_and_completed_by_the_key(
        self, library: Ontology
    ) -> None:
        table = self.make(library, Table(Book, indexes=[("title", "shelf.room")]))["Book"].table
        indexed = {index.name: [each.name for each in index.columns] for index in table.indexes}
        assert indexed == {
            "ix_books_home_id": ["home_id", "id"],
            "ix_books_title_shelf_room": ["title", "shelf_room", "id"],
        }

    @pytest.mark.parametrize(
        "option", [Table(Book, indexes=[("colour",)]), Table(Book, unique=[("shelf",)])]
    )
    def test_a_property_that_is_not_there_is_told(self, library: Ontology, option: Table) -> None:
        with pytest.raises(InvalidInput, match=r"Table\(Book\): Book has no stored value"):
            self.make(library, option)

    def test_a_class_that_is_not_stored_is_told(self, library: Ontology) -> None:
        with pytest.raises(UnknownName):
            self.make(library, Table(int))


class TestDialect:
    def test_a_wide_object_is_one_document_all_the_same(self) -> None:
        pairs: list[tuple[str, sa.ColumnElement[Any]]] = [
            (f"p{n}", sa.literal_column(str(n))) for n in range(200)
        ]
        statement = compile_statement(
            sa.select(SqliteDialect().json_object(pairs)), SqliteDialect()
        )
        arguments = statement.arguments({})
        with closing(sqlite3.connect(":memory:")) as connection:
            text = connection.execute(statement.text, arguments).fetchone()[0]
        assert text == "{" + ",".join(f'"p{n}":{n}' for n in range(200)) + "}"
