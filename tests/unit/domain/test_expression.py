"""Filters and orders."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures.library.domain.entities import Book
from tests.fixtures.library.domain.value_objects import BookId, Pages, Shelf
from triptych.adapters.expression.filtering import read_filter
from triptych.adapters.expression.reader import RuleReader
from triptych.domain.errors import InvalidInput, UnknownName
from triptych.domain.expression import World, find_path, holds, read_order
from triptych.domain.ontology import Ontology
from triptych.services.ontology import read_ontology

BOOK = Book(id=BookId("b"), title="t", pages=Pages(3), shelf=Shelf("A"))


class TestFilters:
    @pytest.mark.parametrize(
        ("where", "is_so"),
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
            ({"shelf.room.in": []}, False),
            ({"is_heavy": False, "is_lent.ne": True}, True),
            ({"title.contains": "t", "pages.gt": 2}, True),
            ({"home": 7}, False),
            ({"home.missing": True}, True),
        ],
    )
    def test_it_holds_or_not(self, library: Ontology, where: dict[str, Any], is_so: bool) -> None:
        condition = read_filter(RuleReader(library), library.object_type("Book"), where)
        world = World(objects={(): BOOK}, given=condition.given)
        assert holds(condition.expression, world) is is_so

    @given(st.integers(), st.integers())
    def test_a_condition_and_its_opposite_never_agree(self, mine: int, theirs: int) -> None:
        rules = RuleReader(read_ontology("tests.fixtures.library"))
        of = rules.ontology.object_type("Branch")
        branch = of.python(id=mine, name="x")
        for one, other in (("eq", "ne"), ("lt", "ge"), ("gt", "le")):
            found = [read_filter(rules, of, {f"id.{each}": theirs}) for each in (one, other)]
            worlds = [World(objects={(): branch}, given=each.given) for each in found]
            assert sum(map(holds, (each.expression for each in found), worlds)) == 1

    def test_values_of_one_size_share_a_template(self, library: Ontology) -> None:
        rules, of = RuleReader(library), library.object_type("Book")
        one, other = (read_filter(rules, of, {"pages.in": each}) for each in ([1, 2, 3], [4] * 4))
        assert one.expression is other.expression
        assert one.given != other.given

    @pytest.mark.parametrize(
        ("where", "found"),
        [
            ({"size": 1}, "there is no property of Book 'size'"),
            ({"title.x": 1}, "there is no property of Book 'title.x'"),
            ({"shelf": 1}, "did you mean 'shelf.room'"),
            ({"tags": "x"}, "not one plain value"),
            ({"tags.in": ["x"]}, "ask what it contains"),
            ({"pages.in": 3}, "3 are not several"),
            ({"is_heavy": 1}, "1 is neither True nor False"),
            ({"home_id": 1, "pages.nope": 1}, "pages.nope"),
        ],
    )
    def test_what_makes_no_sense_is_told(
        self, library: Ontology, where: dict[str, Any], found: str
    ) -> None:
        with pytest.raises(InvalidInput) as caught:
            read_filter(RuleReader(library), library.object_type("Book"), where)
        assert found in str(caught.value)


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
