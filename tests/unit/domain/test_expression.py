"""Filters and orders."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.library.domain.entities import Book
from tests.fixtures.library.domain.value_objects import BookId, Pages, Shelf
from triptych.domain.errors import InvalidInput, UnknownName
from triptych.domain.expression import Operator, find_path, read_filter, read_order, split_key
from triptych.domain.ontology import Ontology

BOOK = Book(id=BookId("b"), title="t", pages=Pages(3), shelf=Shelf("A"))


class TestComparison:
    @pytest.mark.parametrize(
        ("where", "holds"),
        [
            ({"pages": 3}, True),
            ({"pages.lt": 3}, False),
            ({"pages.le": 3}, True),
            ({"shelf.number.lt": 9}, False),
            ({"shelf.number.missing": True}, True),
            ({"shelf.number.missing": False}, False),
            ({"note.stars": None}, True),
            ({"note.stars.ne": 4}, True),
            ({"shelf.room.in": ["A", "B"]}, True),
        ],
    )
    def test_it_holds_or_not(self, library: Ontology, where: dict[str, Any], holds: bool) -> None:
        (comparison,) = read_filter(library.object_type("Book"), where)
        assert comparison.holds(BOOK) is holds

    @given(st.integers(), st.integers())
    def test_a_condition_and_its_opposite_never_agree(self, mine: int, theirs: int) -> None:
        from triptych.services.ontology import read_ontology

        of = read_ontology("tests.fixtures.library").object_type("Branch")
        branch = of.python(id=mine, name="x")
        for one, other in (("eq", "ne"), ("lt", "ge"), ("gt", "le")):
            both = read_filter(of, {f"id.{one}": theirs, f"id.{other}": theirs})
            assert sum(each.holds(branch) for each in both) == 1


class TestPaths:
    def test_a_part_of_a_value_object_is_found(self, library: Ontology) -> None:
        path = find_path(library.object_type("Book"), "shelf.number")
        assert str(path) == "shelf.number"
        assert path.is_optional

    @pytest.mark.parametrize(
        "name", ["shelf", "tags", "editions.year", "", ".", "title.x", "__class__"]
    )
    def test_what_is_no_single_value_is_refused(self, library: Ontology, name: str) -> None:
        with pytest.raises(UnknownName):
            find_path(library.object_type("Book"), name)

    def test_a_value_object_is_told_by_its_parts(self, library: Ontology) -> None:
        with pytest.raises(UnknownName, match=r"did you mean 'shelf\.room'"):
            find_path(library.object_type("Book"), "shelf")

    def test_a_property_may_be_called_like_an_operator(self, library: Ontology) -> None:
        path, operator = split_key(library.object_type("Book"), "pages.in")
        assert (str(path), operator) == ("pages", Operator.IN)


class TestOrders:
    def test_the_key_makes_an_order_total(self, library: Ontology) -> None:
        orders = read_order(library.object_type("Book"), "-pages, title")
        assert [(str(each.path), each.is_descending) for each in orders] == [
            ("pages", True),
            ("title", False),
            ("id", False),
        ]

    def test_an_order_by_the_key_stays_as_it_is(self, library: Ontology) -> None:
        assert [str(each.path) for each in read_order(library.object_type("Book"), "-id")] == ["id"]

    def test_an_unknown_property_is_refused(self, library: Ontology) -> None:
        with pytest.raises(InvalidInput, match="order"):
            read_order(library.object_type("Book"), "size")
